"""Least squares over the elements of each row whose cells are narrowest (see `linalg/narrow_cells.py`)."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled, compiled_free, compiled_part
from lorasurgery.linalg.kernels.square_root import root

_MAGNITUDE, _SHIFT = np.uint16(0x7FFF), np.uint16(4)
_ZERO, _ONE = np.float32(0), np.float32(1)
# Samples whose products are added to a matrix at a time, which then goes through the registers once.
_AT_ONCE = 4
# Columns of a matrix that are added to at a time.
WIDTH = 16
# A row is held where it was by this share of the weight that moves it, for the directions that no sample has.
_HOLD = np.float32(1e-3)


@compiled
@no_type_check
def smallest(bits: Any, counts: Any, places: Any) -> Any:
    """Write where the numbers of each row of 16-bit floats (n, m) are smallest, into `places` (n, s).

    `counts` is room for one number for each of 2048 magnitudes. Of those that share the last magnitude
    the leftmost are taken, so that any order of work gives the same places.
    """
    rows, columns = bits.shape
    wanted = places.shape[1]
    for n in range(rows):
        row, here = bits[n], places[n]
        for i in range(len(counts)):
            counts[i] = 0
        for j in range(columns):
            counts[(row[j] & _MAGNITUDE) >> _SHIFT] += 1
        last, below = 0, 0
        while below + counts[last] < wanted:
            below += counts[last]
            last += 1
        held, of_last = 0, wanted - below
        for j in range(columns):
            magnitude = np.int64((row[j] & _MAGNITUDE) >> _SHIFT)
            if magnitude < last:
                here[held] = j
                held += 1
            elif magnitude == last and of_last > 0:
                here[held] = j
                held += 1
                of_last -= 1


@compiled_free
@no_type_check
def solve_rows(
    sides: Any, basis: Any, places: Any, centres: Any, variances: Any, model: Any, G: Any, b: Any
) -> Any:
    """Move each row of `sides` (n, r) to where `sides @ basisᵀ` is nearest to the centres at its places.

    `basis` (m, r) has orthonormal columns. An element counts by 1 / (its variance + `model`). G (r, r)
    and b (r) are room.
    """
    rank, count = basis.shape[1], places.shape[1]
    for n in range(len(sides)):
        side, at, centre, variance = sides[n], places[n], centres[n], variances[n]
        least = variance[0]
        for k in range(count):
            least = min(least, variance[k])
        for i in range(rank):
            b[i] = _ZERO
            for j in range(rank):
                G[i, j] = _ZERO
        k = 0
        while k + _AT_ONCE <= count:
            u, v, w, x = basis[at[k]], basis[at[k + 1]], basis[at[k + 2]], basis[at[k + 3]]
            du, dv, dw, dx = centre[k], centre[k + 1], centre[k + 2], centre[k + 3]
            for i in range(rank):
                du -= u[i] * side[i]
                dv -= v[i] * side[i]
                dw -= w[i] * side[i]
                dx -= x[i] * side[i]
            pu = (least + model) / (variance[k] + model)
            pv = (least + model) / (variance[k + 1] + model)
            pw = (least + model) / (variance[k + 2] + model)
            px = (least + model) / (variance[k + 3] + model)
            for i in range(rank):
                su, sv, sw, sx, row = pu * u[i], pv * v[i], pw * w[i], px * x[i], G[i]
                b[i] += su * du + sv * dv + sw * dw + sx * dx
                for j in range(rank):
                    row[j] += su * u[j] + sv * v[j] + sw * w[j] + sx * x[j]
            k += _AT_ONCE
        trace = _ZERO
        for i in range(rank):
            trace += G[i, i]
        for i in range(rank):
            G[i, i] += _HOLD * trace / np.float32(rank)
        if _is_solved(G, b):
            for i in range(rank):
                side[i] += b[i]


@compiled_part
@no_type_check
def _is_solved(G: Any, b: Any) -> Any:
    """Solve G x = b in place by Cholesky's factors, unless G is not positive definite."""
    rank = len(b)
    for k in range(rank):
        if not G[k, k] > _ZERO:
            return False
        pivot = _ONE / np.float32(root(np.float64(G[k, k])))
        first = G[k]
        for j in range(k, rank):
            first[j] *= pivot
        for i in range(k + 1, rank):
            factor, row = first[i], G[i]
            for j in range(i, rank):
                row[j] -= factor * first[j]
    for k in range(rank):
        row = G[k]
        b[k] /= row[k]
        for j in range(k + 1, rank):
            b[j] -= row[j] * b[k]
    for k in range(rank - 1, -1, -1):
        row, rest = G[k], b[k]
        for j in range(k + 1, rank):
            rest -= row[j] * b[j]
        b[k] = rest / row[k]
    return True
