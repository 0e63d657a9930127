"""Decompose the change of one matrix of an adapter, in factor space where ΔW is a sum of products."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from lorasurgery.errors import NumericError, UnsupportedError
from lorasurgery.surgery.adapter_input.whole_matrix import applied, are_finite
from lorasurgery.surgery.base.weights import BaseWeight
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.variants.edit import Change, Dense, Sum, Term
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors

if TYPE_CHECKING:
    from lorasurgery.linalg.factored import Svd

# Singular values below this share of the largest are the rounding of float64, and count for
# nothing.
NOTHING = 1e-13


def is_product(change: Change | None) -> bool:
    """Whether a change is a sum of products, or of structures whose decomposition is known."""
    from lorasurgery.linalg.terms import Hadamard, Kronecker

    return isinstance(change, Sum) and all(
        isinstance(term, Term | Hadamard | Kronecker) for term in change.terms
    )


def decomposed(matrix: AdapterMatrix, rank: int | None = None) -> Svd:
    """Decompose ΔW, or W' − W where the change is not a sum, with the vectors of `rank` triplets or of all.

    Raises:
        UnsupportedError: it depends on W, and there is no base; or it is a norm that is replaced.
        NumericError: a NaN or an infinity.
    """
    from lorasurgery.linalg.factored import svd_of

    if isinstance(matrix.factors, ReplacedVectorFactors):
        raise UnsupportedError(
            f"{matrix.path!r} is replaced whole, as control LoRAs do with norms, and has no factors: write "
            "comfyui, kohya or diffusers, or leave such norms out with --exclude '*norm*'."
        )
    change = matrix.edit().weight
    if change is None:
        return svd_of((), matrix.flat_shape)
    if isinstance(change, Sum):
        _refuse_non_finite(matrix, is_finite=are_finite(change.terms))
        return without_nothing(svd_of(change.terms, matrix.flat_shape, rank))
    import torch

    W = torch.from_numpy(weight_of(matrix).read())
    D = applied(change, W) - W
    _refuse_non_finite(matrix, is_finite=bool(D.isfinite().all()))
    return without_nothing(svd_of((Dense(lambda start, stop: D[start:stop]),), matrix.flat_shape, rank))


def weight_of(matrix: AdapterMatrix) -> BaseWeight:
    """Return the weight that a change depends on.

    Raises:
        UnsupportedError: there is no base.
    """
    if matrix.weight is None:
        raise UnsupportedError(
            f"The change of {matrix.path!r} depends on its weight; give its model with --base."
        )
    return matrix.weight


def without_nothing(svd: Svd) -> Svd:
    """Leave out what the arithmetic in float64 cannot tell from zero."""
    floor = NOTHING * float(svd.S[:1].sum())
    kept, beyond = svd.cut(int((floor < svd.S).sum())), svd.beyond[svd.beyond > floor]
    return dataclasses.replace(kept, beyond=beyond)


def _refuse_non_finite(matrix: AdapterMatrix, *, is_finite: bool) -> None:
    if not is_finite:
        raise NumericError(
            f"The factors of {matrix.path!r} have a NaN or an infinity; "
            "take an earlier checkpoint of the training."
        )
