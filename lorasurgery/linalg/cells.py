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

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.ordered import round_once
from lorasurgery.linalg.panels import row_slices
from lorasurgery.linalg.shapes import Float, Float64
from lorasurgery.stored_array import INFINITIES, StoredArray

_ENDS = Kernel("cells", "cell_ends")
# What kernels know these dtypes by (see `kernels/tiles.py`).
_KINDS = {Dtype.BF16: np.uint16(0), Dtype.F16: np.int16(0)}
# Numbers at a time, which stay in a core's own cache.
PANEL_NUMEL = 1 << 16


@dataclass(frozen=True)
class Cells:
    """The ends of all cells, in float32; `impossible` counts elements that no ΔW leads to.

    Those have the cell of a sum that was rounded once.
    """

    low: Float[ndarray, "out in"]
    high: Float[ndarray, "out in"]
    impossible: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.low.shape
        return rows, columns

    def shrunk(self, share: float) -> Cells:
        """Return the same cells without a share of their width, half of it at either end."""
        inset = self.high - self.low
        inset *= np.float32(share / 2)
        return Cells(self.low + inset, self.high - inset, self.impossible)


def cells_of(base: StoredArray, merged: StoredArray, product: Dtype | None = None) -> Cells:
    """Return the cells of ΔW; `merged` (out, in) is in the dtype that it was rounded to, of 16 bits.

    Args:
        product: the dtype that ΔW was rounded to before it was added, if it was.
    """
    rows, columns = merged.shape
    ends, impossible = np.empty((2, rows, columns), np.float32), 0
    if product is None and base.dtype is not Dtype.F64:
        for panel in row_slices(merged.shape, PANEL_NUMEL):
            numbers = np.ascontiguousarray(merged.bits[panel]), base[panel].single()
            sides = (side[panel].reshape(-1) for side in ends)
            _ENDS(*(each.reshape(-1) for each in numbers), *sides, _KINDS[merged.dtype])
        return Cells(ends[0], ends[1])
    for panel in row_slices(merged.shape):
        stored = merged[panel]
        low, high = _cells(base[panel].double(), stored)
        if product is not None:
            first, last = _rounded_ends(low, high, _is_even(stored), product)
            exists = first.double() <= last.double()
            impossible += exists.size - int(exists.sum())
            low = np.where(exists, (_before(first).double() + first.double()) / 2, low)
            high = np.where(exists, (_after(last).double() + last.double()) / 2, high)
        ends[0, panel], ends[1, panel] = low, high
    return Cells(ends[0], ends[1], impossible)


Ends = tuple[Float64[ndarray, "rows in"], Float64[ndarray, "rows in"]]


def _cells(base: Float64[ndarray, "rows in"], merged: StoredArray) -> Ends:
    number = merged.double()
    return (number + _before(merged).double()) / 2 - base, (number + _after(merged).double()) / 2 - base


def _rounded_ends(
    low: ndarray, high: ndarray, is_closed: ndarray, product: Dtype
) -> tuple[StoredArray, StoredArray]:
    """Return the first and the last number of a dtype between two ends; where there is none, the first
    is the greater.
    """
    first, last = round_once(low, product), round_once(high, product)
    beyond = _is_beyond(first.double(), low, is_closed), _is_beyond(-last.double(), -high, is_closed)
    return _moved(first, beyond[0], _after), _moved(last, beyond[1], _before)


def _moved(stored: StoredArray, where: ndarray, step: Callable[[StoredArray], StoredArray]) -> StoredArray:
    return StoredArray(np.where(where, step(stored).bits, stored.bits), stored.dtype)


def _is_beyond(number: ndarray, low: ndarray, is_closed: ndarray) -> ndarray:
    return np.asarray((number < low) | ((number == low) & ~is_closed))


def _is_even(stored: StoredArray) -> ndarray:
    return np.asarray(stored.bits & 1 == 0)


def _before(stored: StoredArray) -> StoredArray:
    """The next smaller number of each; that of −∞ is −∞."""
    return _next(stored, 1 << (8 * stored.dtype.itemsize - 1))


def _after(stored: StoredArray) -> StoredArray:
    """The next larger number of each; that of ∞ is ∞."""
    return _next(stored, 0)


def _next(stored: StoredArray, sign: int) -> StoredArray:
    """The next number towards the infinity of a sign bit; a pattern grows away from zero."""
    bits, top = stored.bits, 1 << (8 * stored.dtype.itemsize - 1)
    is_away = (bits & top) == sign
    magnitude = bits & (top - 1)
    away = np.where(magnitude < INFINITIES[stored.dtype], bits + 1, bits)
    back = np.where(magnitude == 0, sign + 1, bits - 1)
    return StoredArray(np.where(is_away, away, back).astype(bits.dtype), stored.dtype)
