"""The two factors of a tensor of llama.cpp's, and one module's factors out of those of two tensors.

transformers has the gate and the up projection of fused experts one below the other, llama.cpp in tensors with factors of their own:

    [B_g A; B_u A] = [B_g; B_u] @ A                               where both have one A
    [B_g A_g; B_u A_u] = [B_g, 0; 0, B_u] @ [A_g; A_u]            where not, with the ranks of both
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Pair:
    """A tensor's factors, turned to A (..., r, in) and B (..., out, r), and their scale."""

    A: LazyTensor
    B: LazyTensor
    scale: float


def joined(parts: Mapping[int | None, Pair]) -> LoraFactors:
    """Make a module's factors from those of all its rows (None), or of their halves (0, 1), of which an absent one stays."""
    if None in parts:
        return LoraFactors(parts[None].A, parts[None].B, parts[None].scale)
    given = next(iter(parts.values()))
    upper, lower = parts.get(0, _nothing(given)), parts.get(1, _nothing(given))
    if len(parts) == 1 or _have_one_A(upper, lower):
        return LoraFactors(given.A, _stacked(upper.B, lower.B), given.scale)
    A = _stacked(upper.A, lower.A)
    if upper.scale == lower.scale:
        return LoraFactors(A, _in_blocks(upper.B, lower.B), upper.scale)
    return LoraFactors(A, _in_blocks(_scaled(upper), _scaled(lower)))


def _nothing(pair: Pair) -> Pair:
    """The other half of a module of which a pair is one half, where that does not change."""
    import torch

    B = pair.B
    return Pair(
        pair.A, LazyTensor(B.shape, B.dtype, lambda: torch.zeros(B.shape, dtype=B.dtype.torch)), pair.scale
    )


def _have_one_A(upper: Pair, lower: Pair) -> bool:
    import torch

    first, second = ((pair.A.shape, pair.A.dtype, pair.scale) for pair in (upper, lower))
    return first == second and torch.equal(upper.A.read(), lower.A.read())


def _stacked(upper: LazyTensor, lower: LazyTensor) -> LazyTensor:
    """One below the other."""
    import torch

    *batch, rows, columns = upper.shape
    return LazyTensor(
        (*batch, rows + lower.shape[-2], columns),
        Dtype.of(torch.promote_types(upper.dtype.torch, lower.dtype.torch)),
        lambda: torch.cat([upper.read(), lower.read()], dim=-2),
    )


def _in_blocks(upper: LazyTensor, lower: LazyTensor) -> LazyTensor:
    """One below and right of the other, among zeros."""
    import torch

    *batch, rows, columns = upper.shape
    shape = (*batch, rows + lower.shape[-2], columns + lower.shape[-1])
    dtype = Dtype.of(torch.promote_types(upper.dtype.torch, lower.dtype.torch))

    def read() -> Tensor:
        blocks = torch.zeros(shape, dtype=dtype.torch)
        blocks[..., :rows, :columns] = upper.read()
        blocks[..., rows:, columns:] = lower.read()
        return blocks

    return LazyTensor(shape, dtype, read)


def _scaled(pair: Pair) -> LazyTensor:
    """B times the scale, in float64: two ranks under one alpha have two scales, and a module has one."""

    return pair.B.map(lambda B: B.double() * pair.scale, shape=pair.B.shape, dtype=Dtype.F64)
