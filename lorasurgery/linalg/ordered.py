"""W + Σ terms, correctly rounded: the same bits at any thread count and on any machine.

The sum is defined in float64, term by term and rank by rank:

    accᵢ = left[:, 0] right[0, :] + left[:, 1] right[1, :] + ...      S = ((W + scale₁ acc₁) + scale₂ acc₂) + ...

with one rounding of S to the stored dtype at the end. Products of float32 factors are exact in float64, sums are taken in order, and
every product is rounded before it is added (no fused multiply-add), so nothing is left to the machine.

To add up in order is slow. So a fast product comes first, with a bound on its distance to S (`bounded.py`): where both ends of the bound
round to the same stored value, that is the value; only the other elements, some in a thousand, are added up in order. This is Ziv's
strategy for elementary functions.

Source: Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit", 1991, ACM TOMS 17(3).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.bounded import INFINITE, WIDE, BoundedSum
from lorasurgery.linalg.loops import KINDS, add_products, add_rows, put_rounded, round_all
from lorasurgery.linalg.terms import Term
from lorasurgery.raw import Raw

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

# With a larger share of a block in doubt, all of it is added up in order, which costs less for each.
MOST_DOUBTFUL = 0.25


class RowSum:
    """Adds terms to a matrix (rows, columns), some rows at a time, and rounds to `dtype`."""

    def __init__(self, terms: Sequence[Term], columns: int, dtype: Dtype) -> None:
        self.terms = tuple(
            dataclasses.replace(
                each, left=np.ascontiguousarray(each.left), right=np.ascontiguousarray(each.right)
            )
            for each in terms
        )
        self.dtype = dtype
        self._columns = columns
        bounded = BoundedSum(self.terms, dtype) if dtype in WIDE else None
        # Without it every element is in doubt: factors beyond the reach of the fast product, which may be within that of float64.
        self._bounded = bounded if bounded and bounded.is_in_reach else None
        self._out = np.empty((0, columns), f"u{dtype.itemsize}")
        self._places: NDArray[np.int64] = np.empty(0, np.int64)

    def __call__(self, W: Raw, start: int) -> Raw:
        """The rows of the sum that begin at `start`, W being those of the matrix; valid until the next call."""
        if self._bounded is None or W.dtype not in KINDS or not W.bits.size:
            return self._exact(W, start)
        self._make_room(len(W))
        out = self._out[: len(W)]
        doubtful = self._bounded(W, start, out, self._places)
        if doubtful is None:
            return self._exact(W, start)
        if len(doubtful):
            self._put_exact(out, W, start, doubtful)
        return Raw(out, self.dtype)

    def _exact(self, W: Raw, start: int) -> Raw:
        return round_once(ordered_rows(W.double(), self.terms, start), self.dtype)

    def _put_exact(self, out: NDArray[Any], W: Raw, start: int, places: NDArray[np.int64]) -> None:
        sums = Raw(W.bits.reshape(-1)[places], W.dtype).double()
        add_at(sums, self.terms, places, self._columns, start)
        put_rounded(out.view(KINDS[self.dtype]).reshape(-1), places, sums, INFINITE[self.dtype])

    def _make_room(self, rows: int) -> None:
        """Room that is used again for every block: fresh memory costs more than the arithmetic."""
        if len(self._out) < rows:
            self._out = np.empty((rows, self._columns), self._out.dtype)
            self._places = np.empty(int(MOST_DOUBTFUL * rows * self._columns) + self._columns, np.int64)


def ordered_rows(total: NDArray[np.float64], terms: Sequence[Term], start: int) -> NDArray[np.float64]:
    """S for some rows of W, which are given in float64 and changed in place."""
    for term in terms:
        left, right = np.ascontiguousarray(term.left), np.ascontiguousarray(term.right)
        add_rows(total, start, left, right, float(term.scale), term.row, term.column)
    return total


def add_at(
    total: NDArray[np.float64], terms: Sequence[Term], places: NDArray[np.int64], columns: int, start: int
) -> None:
    """Add terms in order to single elements (count), in place: at flat positions in a matrix's rows from `start` on."""
    for term in terms:
        add_products(
            total, places, columns, start, term.left, term.right, float(term.scale), term.row, term.column
        )


def round_once(exact: NDArray[np.float64], dtype: Dtype) -> Raw:
    """Round float64 to a stored dtype, to nearest and ties to even; every NaN becomes the same one. See `rounding.py`."""
    if dtype in KINDS:
        out = np.empty(exact.shape, f"u{dtype.itemsize}")
        round_all(
            out.view(KINDS[dtype]).reshape(-1), np.ascontiguousarray(exact).reshape(-1), INFINITE[dtype]
        )
        return Raw(out, dtype)
    if dtype is Dtype.F64:
        return Raw.of_array(np.where(np.isnan(exact), np.nan, exact))
    import torch

    from lorasurgery.linalg import rounding

    return Raw.of(rounding.round_once(torch.from_numpy(exact), dtype.torch))
