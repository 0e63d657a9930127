"""Pairs of factors of half modules, and how they are joined into one module's factors.

transformers has the gate and the up projection of fused experts one below the other; llama.cpp
and MLX have tensors with factors of their own:

    [B_g A; B_u A] = [B_g; B_u] @ A                               where both have one A
    [B_g A_g; B_u A_u] = [B_g, 0; 0, B_u] @ [A_g; A_u]            where not, with the ranks of both
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import block_diagonal, cat, zeros
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class FactorPair:
    """The factors A (..., r, in) and B (..., out, r) of one stored tensor, and their scale."""

    A: LazyTensor
    B: LazyTensor
    scale: float


def joined(parts: Mapping[int | None, FactorPair]) -> LoraFactors:
    """Join the pairs of a module: one of all its rows (None), or those of its halves (0, 1).

    A half that is absent does not change.
    """
    if None in parts:
        return LoraFactors(parts[None].A, parts[None].B, parts[None].scale)
    given = next(iter(parts.values()))
    upper, lower = parts.get(0, _nothing(given)), parts.get(1, _nothing(given))
    if len(parts) == 1 or _have_one_A(upper, lower):
        return LoraFactors(given.A, cat([upper.B, lower.B], dim=-2), given.scale)
    A = cat([upper.A, lower.A], dim=-2)
    if upper.scale == lower.scale:
        return LoraFactors(A, block_diagonal([upper.B, lower.B]), upper.scale)
    return LoraFactors(A, block_diagonal([each.B.scaled(each.scale, Dtype.F64) for each in (upper, lower)]))


def _nothing(pair: FactorPair) -> FactorPair:
    """Make the pair of the other half of a module, where that half does not change."""
    return FactorPair(pair.A, zeros(pair.B.shape, pair.B.dtype), pair.scale)


def _have_one_A(upper: FactorPair, lower: FactorPair) -> bool:
    import torch

    first, second = ((pair.A.shape, pair.A.dtype, pair.scale) for pair in (upper, lower))
    return first == second and torch.equal(upper.A.read(), lower.A.read())
