"""W + Σ terms, correctly rounded: the same bits at any thread count and on any machine.

The sum is defined in float64, term by term and rank by rank:

    accᵢ = left[:, 0] right[0, :] + left[:, 1] right[1, :] + ...
    S    = ((W + scale₁ acc₁) + scale₂ acc₂) + ...

with one rounding of S to the stored dtype at the end. Products of float32 factors are exact in
float64, sums are taken in order, and every product is rounded before it is added (no fused
multiply-add), so nothing is left to the machine.

To add up in order is slow. So a fast product comes first, with a bound on its distance to S
(`bounded.py`): where both ends of the bound round to the same stored value, that is the value; only
the other elements, some in ten thousand, are added up in order. This is Ziv's strategy for
elementary functions.

Source: Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit",
1991, ACM TOMS 17(3).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.bounded import WIDE, BoundedTerms, are_in_reach
from lorasurgery.linalg.kernels.call import Kernel, PreparedArguments, aligned
from lorasurgery.linalg.kernels.tiles import KINDS, ROWS, STRIP
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import Differences, lowest
from lorasurgery.stored_array import INFINITIES, StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The pattern of +∞ of each dtype, whose type is the kind that the loops go by.
INFINITE = {dtype: kind(INFINITIES[dtype]) for dtype, kind in KINDS.items()}
_SUM, _ADD, _ROUND = Kernel("sums", "sum_rows"), Kernel("rows", "add_rows"), Kernel("rows", "round_all")
# Numbers of left sides that are cut up for the loops at a time: they take some thirty bytes each.
# Those of a linear layer are fewer; a table of tokens has many times as many rows as columns.
STRIP_NUMBERS = 1 << 20
# Rows that are made float64 at a time on the way to another dtype.
ROUNDED_ROWS = 256
# Where nothing is noted.
_NONE = Differences().with_room(1)


def patterns(stored: StoredArray) -> NDArray[Any]:
    """Return the bits of numbers of a dtype in `KINDS`, as kernels take them."""
    return np.ascontiguousarray(stored.bits).view(KINDS[stored.dtype])


class RowSum:
    """Adds terms to a matrix (rows, columns), some rows at a time, and rounds to `dtype`."""

    def __init__(self, terms: Sequence[Term], shape: tuple[int, int], dtype: Dtype) -> None:
        self.terms = tuple(
            dataclasses.replace(each, right=np.ascontiguousarray(each.right)) for each in terms
        )
        assert all(each.rows.stop <= shape[0] and each.columns.stop <= shape[1] for each in self.terms), (
            "a term beyond the matrix"
        )
        self.dtype = dtype
        self._shape = shape
        ranks = sum(term.rank for term in self.terms)
        self._strip_rows = max(1, STRIP_NUMBERS // max(1, ranks))
        strips = (range(start, start + self._strip_rows) for start in range(0, shape[0], self._strip_rows))
        # Factors beyond the reach of the fast product may be within that of float64.
        self._is_bounded = dtype in WIDE and all(are_in_reach(self._within(rows), dtype) for rows in strips)
        self._bounded: tuple[range, BoundedTerms] | None = None
        self._out = np.empty((0, shape[1]), f"u{dtype.itemsize}")
        self._room = PreparedArguments()
        self._room_for: Dtype | None = None

    def __call__(self, W: StoredArray, start: int) -> StoredArray:
        """The rows of the sum that begin at `start`, W being those of the matrix; valid until the
        next call.
        """
        if not self._is_bounded or W.dtype not in KINDS:
            here = self._within(range(start, start + len(W)))
            return round_once(ordered_rows(W.double(), here, start), self.dtype)
        return self._fast(W, start, None)

    def notes(self, dtype: Dtype) -> bool:
        """Whether `and_back` is for rows of this dtype."""
        return self._is_bounded and dtype is self.dtype

    def and_back(self, W: StoredArray, start: int, differences: Differences) -> StoredArray:
        """Sum rows in the sum's own dtype, and note the ulps that lead back to W.

        They are those between W and what results if the terms are subtracted from the sum's rounded
        value, in order and rounded once. Positions are those in the whole matrix.
        """
        assert self._is_bounded
        assert W.dtype is self.dtype
        return self._fast(W, start, differences)

    def _within(self, rows: range) -> list[Term]:
        parts = (term.within(rows.start, rows.stop) for term in self.terms)
        return [part for part in parts if part is not None]

    def _bounded_in(self, start: int, stop: int) -> BoundedTerms:
        """The terms in these rows, and in others that are likely to be asked for next, cut up."""
        if self._bounded is None or not self._bounded[0].start <= start <= stop <= self._bounded[0].stop:
            self._bounded = None  # before the next ones take their room
            rows = range(start, min(max(stop, start + self._strip_rows), self._shape[0]))
            self._bounded = rows, BoundedTerms(self._within(rows), self._shape[0], self.dtype)
        return self._bounded[1]

    def _fast(self, W: StoredArray, start: int, differences: Differences | None) -> StoredArray:
        assert 0 <= start <= start + len(W) <= self._shape[0], "rows beyond the matrix"
        bounded = self._bounded_in(start, start + len(W))
        self._make_room(W, bounded)
        noted = _NONE if differences is None else differences.with_room(W.bits.size)
        beyond = _SUM(
            patterns(W),
            start,
            bounded.pieces,
            self._room,
            int(differences is not None),
            lowest(self.dtype),
            start * self._shape[1],
            noted,
        )
        return StoredArray(self._out[: len(W)], self.dtype, is_known_finite=not beyond)

    def _make_room(self, W: StoredArray, bounded: BoundedTerms) -> None:
        """Room that is used again for every block: fresh memory costs more than the arithmetic."""
        if len(self._out) < len(W) or W.dtype is not self._room_for:
            self._room_for, columns = W.dtype, self._shape[1]
            own = KINDS[self.dtype]
            self._out = np.empty((len(W), columns), self._out.dtype)
            sums = aligned((min(ROWS, len(W)), -(-columns // STRIP) * STRIP), bounded.wide)
            stored, room = aligned((STRIP,), KINDS[W.dtype]), aligned((2, STRIP), own)
            stored[:] = 0
            self._room = PreparedArguments(INFINITE[self.dtype], sums, stored, room, self._out.view(own))


def ordered_rows(total: NDArray[np.float64], terms: Sequence[Term], start: int) -> NDArray[np.float64]:
    """S for some rows of W, which are given in float64 and changed in place."""
    for term in terms:
        left, right = np.ascontiguousarray(term.left), np.ascontiguousarray(term.right)
        added = np.empty(right.shape[1])
        _ADD(total, start, left, right, float(term.scale), term.row, term.column, added)
    return total


def rounded(values: NDArray[np.floating[Any]], dtype: Dtype) -> StoredArray:
    """Round float32 or float64 once, as `round_once` does, some rows at a time; may share memory."""
    if values.dtype == np.float32 and dtype is Dtype.F32:
        return StoredArray.of_array(values)
    out = np.empty(values.shape, f"u{dtype.itemsize}")
    for rows in (slice(start, start + ROUNDED_ROWS) for start in range(0, len(values), ROUNDED_ROWS)):
        out[rows] = round_once(values[rows].astype(np.float64), dtype).bits
    return StoredArray(out, dtype)


def round_once(exact: NDArray[np.float64], dtype: Dtype) -> StoredArray:
    """Round float64 once to a stored dtype, to nearest and ties to even; every NaN becomes the same one."""
    if dtype in KINDS:
        out = np.empty(exact.shape, f"u{dtype.itemsize}")
        _ROUND(out.view(KINDS[dtype]).reshape(-1), np.ascontiguousarray(exact).reshape(-1), INFINITE[dtype])
        return StoredArray(out, dtype)
    if dtype is Dtype.F64:
        return StoredArray.of_array(np.where(np.isnan(exact), np.nan, exact))
    import torch

    from lorasurgery.linalg import rounding

    return StoredArray.of(rounding.round_once(torch.from_numpy(exact), dtype.torch))
