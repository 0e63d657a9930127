"""Gram-Schmidt with every sum in order: the same basis on every machine."""

from __future__ import annotations

from typing import Any, no_type_check

from lorasurgery.linalg.kernels.jit import compiled
from lorasurgery.linalg.kernels.square_root import root


@compiled
@no_type_check
def orthonormalise(vectors: Any, basis: Any, coefficients: Any, room: Any, tolerance: Any) -> Any:
    """Write an orthonormal basis of some vectors (r, n), which are overwritten, into the columns of
    `basis` (n, r), and return how many there are.

    `coefficients` (r, r) become those that give the vectors back: vectors = coefficients @ basisᵀ.
    Gram-Schmidt twice, each sum in order; what is below `tolerance` of a vector's norm is rounding.
    """
    count, n = vectors.shape
    held = 0
    for k in range(count):
        vector = vectors[k]
        whole = 0.0
        for i in range(n):
            whole += vector[i] * vector[i]
        for _ in range(2):
            for m in range(held):
                room[m] = 0.0
            for i in range(n):
                row, here = basis[i], vector[i]
                for m in range(held):
                    room[m] += row[m] * here
            for i in range(n):
                row, rest = basis[i], vector[i]
                for m in range(held):
                    rest -= row[m] * room[m]
                vector[i] = rest
            for m in range(held):
                coefficients[k, m] += room[m]
        square = 0.0
        for i in range(n):
            square += vector[i] * vector[i]
        if square > tolerance * tolerance * whole:
            norm = root(square)
            for i in range(n):
                basis[i, held] = vector[i] / norm
            coefficients[k, held] = norm
            held += 1
    return held
