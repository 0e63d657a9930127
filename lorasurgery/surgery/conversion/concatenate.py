"""Concatenate plain LoRAs, bit for bit where their scales allow.

A is stacked as it is, and so is B where all have one scale.

[c₁B₁ … cₙBₙ] [A₁; …; Aₙ],  cᵢ = weightᵢ · scaleᵢ;      (Σ cᵢBᵢ) A where all share one A
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from lorasurgery.dtypes import Dtype, widest
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import cat
from lorasurgery.stored_array import StoredArray
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors


def concatenated(
    factors: Sequence[Factors], weights: Sequence[float], dtype: Dtype | None, bias: LazyTensor | None
) -> LoraFactors | None:
    """Return the factors of the sum, unread; None where one is not a plain LoRA of one matrix.

    Args:
        dtype: of the new factors, or None for the widest of the old.
    """
    plain = [each for each in factors if is_plain(each)]
    if len(plain) < len(factors):
        return None
    scales = [weight * each.scale for each, weight in zip(plain, weights, strict=True)]
    wanted = dtype or widest(side.dtype for each in plain for side in (each.A, each.B))
    if len(plain) > 1 and share_one(plain):
        return LoraFactors(
            plain[0].A.cast(wanted), _summed([each.B for each in plain], scales, wanted), 1.0, bias
        )
    common = scales[0] if len(set(scales)) == 1 and scales[0] > 0 else 1.0
    A = cat([each.A.cast(wanted) for each in plain])
    B = cat(
        [_scaled(each.B, scale / common, wanted) for each, scale in zip(plain, scales, strict=True)], dim=1
    )
    return LoraFactors(A, B, common, bias)


def is_plain(factors: Factors) -> TypeGuard[LoraFactors]:
    """Whether these are the factors of a plain LoRA for one matrix."""
    return isinstance(factors, LoraFactors) and len(factors.A.shape) == 2


def share_one(plain: Sequence[LoraFactors]) -> bool:
    """Whether all have the same A, bit for bit."""
    import numpy as np

    first = plain[0].A
    if any(each.A.shape != first.shape or each.A.dtype != first.dtype for each in plain):
        return False
    bits = first.raw().bits
    return all(np.array_equal(bits, each.A.raw().bits) for each in plain[1:])


def _scaled(tensor: LazyTensor, scale: float, dtype: Dtype) -> LazyTensor:
    return tensor.cast(dtype) if scale == 1.0 else tensor.scaled(scale, dtype)


def _summed(tensors: Sequence[LazyTensor], scales: Sequence[float], dtype: Dtype) -> LazyTensor:
    def stored() -> StoredArray:
        import numpy as np

        from lorasurgery.linalg.ordered import round_once

        total = np.zeros(tensors[0].shape)
        for tensor, scale in zip(tensors, scales, strict=True):
            total += scale * tensor.raw().double()
        return round_once(total, dtype)

    return LazyTensor.of_whole(tensors[0].shape, dtype, stored)
