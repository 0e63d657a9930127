"""Operations on single entries: trim the small ones, and average those that agree in sign.

Source: Yadav et al., 2023, arXiv 2306.01708.

Both are odd in every entry: the sign of a row or a column makes no difference but to itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float64
from torch import Tensor

from lorasurgery.fusing._noise import NOISE


def trimmed(entries: Float64[Tensor, "p q"], density: float) -> Float64[Tensor, "p q"]:
    """Keep the largest entries, `density` of them and at least one; zero the others, and all
    rounding errors.

    Entries as large as the smallest of those that are kept are kept too, so that the answer does
    not depend on their order.
    """
    if not entries.numel():
        return entries
    sizes = entries.abs()
    count = max(round(density * entries.numel()), 1)
    least = sizes.flatten().kthvalue(entries.numel() - count + 1).values
    return entries.where(sizes >= torch.maximum(least, NOISE * sizes.max()), 0.0)


def disjoint_mean(parts: Sequence[Float64[Tensor, "p q"]]) -> Float64[Tensor, "p q"]:
    """Elect the sign of the sum for each place, and average the entries that have it; a zero sum
    elects none.
    """
    entries = torch.stack(list(parts))
    total = entries.sum(dim=0)
    elected = total.where(total.abs() > NOISE * entries.abs().sum(dim=0), 0.0).sign()
    agreeing = (entries.sign() == elected) & (entries != 0)
    mean: Tensor = (entries * agreeing).sum(dim=0) / agreeing.sum(dim=0).clamp(min=1)
    return mean
