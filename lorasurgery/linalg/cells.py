"""The cell of each element of ΔW: the interval that rounding to the merged weight's dtype leaves it.

    merged = round(base + ΔW)             low  = (merged + the number before it) / 2 − base
                                          high = (merged + the number after it)  / 2 − base

Neighbours are those of the dtype, so that cells at powers of two are asymmetric. Where a merge rounded
the product first, merged = round(base + round(ΔW)), the numbers of the product's dtype that lead to
`merged` follow one another, and the cell reaches from half a step before the first of them to half a
step after the last. Products of that kind often fall on a tie, which goes to the even neighbour: an
end that goes to the other one is not in the cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.panels import row_slices

_ENDS = Kernel("cells", "cell_ends")
# What kernels know these dtypes by (see `kernels/tiles.py`).
_KINDS = {torch.bfloat16: np.uint16(0), torch.float16: np.int16(0)}
# Numbers at a time, which stay in a core's own cache.
PANEL_NUMEL = 1 << 16


@dataclass(frozen=True)
class Cells:
    """The ends of all cells, in float32; `impossible` counts elements that no ΔW leads to.

    Those have the cell of a sum that was rounded once.
    """

    low: Float[Tensor, "out in"]
    high: Float[Tensor, "out in"]
    impossible: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.low.shape
        return rows, columns

    def shrunk(self, share: float) -> Cells:
        """Return the same cells without a share of their width, half of it at either end."""
        inset = (self.high - self.low).mul_(share / 2)
        return Cells(self.low + inset, self.high - inset, self.impossible)


def cells_of(
    base: Float[Tensor, "out in"], merged: Float[Tensor, "out in"], product: torch.dtype | None = None
) -> Cells:
    """Return the cells of ΔW; `merged` is in the dtype that it was rounded to.

    Args:
        product: the dtype that ΔW was rounded to before it was added, if it was.
    """
    ends, impossible = torch.empty(2, *merged.shape), 0
    if product is None and merged.dtype in _KINDS and base.dtype is not torch.float64:
        for rows in row_slices(merged.shape, PANEL_NUMEL):
            stored, before = (each[rows].contiguous() for each in (merged.view(torch.int16), base))
            numbers = (stored.numpy().view(np.uint16), before.float().numpy())
            low, high = (side[rows].numpy().reshape(-1) for side in ends)
            _ENDS(*(each.reshape(-1) for each in numbers), low, high, _KINDS[merged.dtype])
        return Cells(ends[0], ends[1])
    for rows in row_slices(merged.shape):
        low, high = _cells(base[rows].double(), merged[rows])
        if product is not None:
            first, last = _rounded_ends(low, high, _is_even(merged[rows]), product)
            exists = first <= last
            impossible += exists.numel() - int(exists.sum())
            low = torch.where(exists, (_before(first).double() + first.double()) / 2, low)
            high = torch.where(exists, (_after(last).double() + last.double()) / 2, high)
        ends[0, rows], ends[1, rows] = low, high
    return Cells(ends[0], ends[1], impossible)


def _cells(base: Tensor, merged: Tensor) -> tuple[Tensor, Tensor]:
    number = merged.double()
    return (number + _before(merged).double()) / 2 - base, (number + _after(merged).double()) / 2 - base


def _rounded_ends(
    low: Tensor, high: Tensor, is_closed: Tensor, product: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Return the first and the last number of a dtype between two ends; where there is none, the first
    is the greater.
    """
    first, last = low.to(product), high.to(product)
    first = torch.where(_is_beyond(first.double(), low, is_closed), _after(first), first)
    last = torch.where(_is_beyond(-last.double(), -high, is_closed), _before(last), last)
    return first, last


def _is_beyond(number: Tensor, low: Tensor, is_closed: Tensor) -> Tensor:
    return (number < low) | ((number == low) & ~is_closed)


def _is_even(stored: Tensor) -> Tensor:
    return stored.contiguous().view(torch.int16) & 1 == 0


def _before(stored: Tensor) -> Tensor:
    return torch.nextafter(stored, torch.full_like(stored, -torch.inf))


def _after(stored: Tensor) -> Tensor:
    return torch.nextafter(stored, torch.full_like(stored, torch.inf))
