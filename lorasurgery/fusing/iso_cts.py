"""Iso-CTS: the directions that adapters have in common, and some that each has alone, at equal strength.

    Σ wᵢ ΔWᵢ = U S Vᵀ of rank R, of which the leading k are common;
    (I − U_k U_kᵀ) wᵢ ΔWᵢ = Uᵢ Sᵢ Vᵢᵀ, of which the leading s = (R − k) / n are taken;
    ΔW = mean(S_k, S₁, …, Sₙ) · U⊥ V⊥ᵀ,      U⊥ = whitened [U_k | U₁ | … | Uₙ], V⊥ likewise

Marczak et al., 2025, arXiv 2502.04959; k is about `options.common` of R, as R − k is to be a
multiple of n. R is the rank of the sum, where the paper has min(out, in). The columns are in the
order of their singular values before these were made equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from lorasurgery.fusing import Options, cat
from lorasurgery.fusing._noise import above_noise, scale_of
from lorasurgery.fusing._whitening import whitened
from lorasurgery.linalg.factored import Svd, svd_of_product


def combine(parts: Sequence[Svd], weights: Sequence[float], options: Options) -> Svd:
    """Flatten the spectrum of the common directions and the adapters' own."""
    total = cat.combine(parts, weights, options)
    own = _own_rank(len(total.S), len(parts), options.common)
    common = total.cut(len(total.S) - own * len(parts))
    pieces = [common]
    for part, weight in zip(parts, weights, strict=True):
        pieces.append(_beside(common.U, part, weight).cut(own))
    values = np.concatenate([piece.S for piece in pieces])
    order = np.argsort(-values, kind="stable")
    left = whitened(np.concatenate([piece.U for piece in pieces], axis=1)[:, order])
    right = whitened(np.concatenate([piece.V for piece in pieces], axis=1)[:, order])
    flat = np.full_like(values, values.mean() if len(values) else 0.0)
    if _are_orthonormal(left) and _are_orthonormal(right):
        return Svd(left, flat, right)
    return above_noise(svd_of_product(left * flat, right.T), scale_of(parts, weights))


def _own_rank(rank: int, count: int, common: float) -> int:
    """s: the ranks that each adapter gets for itself."""
    return min(round((rank - int(common * rank)) / count), rank // count)


def _beside(common: ndarray, part: Svd, weight: float) -> Svd:
    """(I − U_k U_kᵀ) wᵢ ΔWᵢ."""
    rest = part.U - common @ (common.T @ part.U)
    return above_noise(svd_of_product(weight * rest * part.S, part.V.T), scale_of([part], [weight]))


def _are_orthonormal(columns: ndarray) -> bool:
    """Whether whitened columns are as many as their directions: ‖P Qᵀ‖²_F is the number of these."""
    directions = round(float(np.square(columns).sum()))
    return directions == int(columns.shape[1])
