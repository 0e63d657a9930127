"""W + round(Σ terms): the product is rounded to a dtype of its own before it is added, and the sum once more.

So PEFT merges factors of 16 bits on a processor, and most programs on a graphics card.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.ordered import RowSum, round_once
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray


class RoundedProductSum:
    """Adds the rounded sum of terms to a matrix (rows, columns), some rows at a time; see `RowSum`."""

    def __init__(self, terms: Sequence[Term], shape: tuple[int, int], product: Dtype, dtype: Dtype) -> None:
        self._product, self._dtype = product, dtype
        self._sum = RowSum(terms, shape, product)

    def __call__(self, W: StoredArray, start: int) -> StoredArray:
        """The rows of the sum that begin at `start`, W being those of the matrix."""
        nothing = StoredArray(np.zeros(W.bits.shape, f"u{self._product.itemsize}"), self._product)
        return round_once(W.double() + self._sum(nothing, start).double(), self._dtype)


def merged_sum(
    terms: Sequence[Term], shape: tuple[int, int], product: Dtype | None, dtype: Dtype
) -> RowSum | RoundedProductSum:
    """Return the sum of a merge in the dtype that it is rounded to; `product` as in `RoundedProductSum`."""
    if product is None:
        return RowSum(terms, shape, dtype)
    return RoundedProductSum(terms, shape, product, dtype)
