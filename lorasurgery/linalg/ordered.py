"""W + Σ terms, correctly rounded: the same bits at any thread count and on any machine.

The sum is defined in float64, term by term and rank by rank:

    accᵢ = left[:, 0] right[0, :] + left[:, 1] right[1, :] + ...      S = ((W + scale₁ acc₁) + scale₂ acc₂) + ...

with one rounding of S to the stored dtype at the end. Products of float32 factors are exact in float64, sums are taken in order, and
every product is rounded before it is added (no fused multiply-add), so nothing is left to the machine.

To add up in order is slow. So a matrix product, as fast as the machine has it, comes first, with a bound on its distance to S: where
both ends of the bound round to the same stored value, that is the value (`intervals.py`); only the other elements, some in a
thousand, are added up in order. This is Ziv's strategy for elementary functions.

Source: Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit", 1991, ACM TOMS 17(3); the bound
on a product is that of Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.5.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lorasurgery.linalg.intervals import WIDE, Intervals, infinity, patterns
from lorasurgery.linalg.loops import add_products, put_rounded
from lorasurgery.linalg.rounding import round_once
from lorasurgery.linalg.terms import Term

# The bound is doubled: it is itself computed with rounding, and for float32 the ordered sum's own rounding comes on top.
SAFETY = 2.0
# With a larger share of a block in doubt, all of it is added up in order, which costs less for each.
MOST_DOUBTFUL = 0.25


class RowSum:
    """Adds terms to a matrix (rows, columns), some rows at a time, and rounds to `dtype`."""

    def __init__(self, terms: Sequence[Term], columns: int, dtype: torch.dtype) -> None:
        self.terms = tuple(
            dataclasses.replace(each, left=each.left.contiguous(), right=each.right.contiguous())
            for each in terms
        )
        self.dtype = dtype
        self._columns = columns
        self._sides = [_Side.of(term, WIDE[dtype]) for term in self.terms] if dtype in WIDE else []
        # Without them every element is in doubt: factors beyond the reach of the fast product, which may be within that of float64.
        is_in_reach = all(side.is_finite for side in self._sides)
        self._intervals = Intervals(dtype, MOST_DOUBTFUL) if dtype in WIDE and is_in_reach else None
        self._room: dict[str, Tensor] = {}

    def __call__(self, W: Tensor, start: int) -> Tensor:
        """The rows of the sum that begin at `start`, W being those of the matrix; valid until the next call."""
        if self._intervals is None or W.dtype.itemsize > WIDE[self.dtype].itemsize or not W.numel():
            return round_once(ordered_rows(W, self.terms, start), self.dtype)
        near = self._buffer("near", W, WIDE[self.dtype]).copy_(W)
        absolute, relative = _added(near, self._sides, start)
        rounded = self._buffer("rounded", W, self.dtype)
        doubtful = self._intervals.rounded(near, absolute, relative, rounded)
        if doubtful is None:
            return round_once(ordered_rows(W, self.terms, start), self.dtype)
        if len(doubtful):
            self._put_exact(rounded, W, start, doubtful)
        return rounded

    def _put_exact(self, out: Tensor, W: Tensor, start: int, places: Tensor) -> None:
        sums = ordered_at(W.reshape(-1)[places], self.terms, places, self._columns, start)
        put_rounded(patterns(out).reshape(-1), places.numpy(), sums.numpy(), infinity(self.dtype))

    def _buffer(self, name: str, like: Tensor, dtype: torch.dtype) -> Tensor:
        """Room that is used again for every block: fresh memory costs more than the arithmetic."""
        held = self._room.get(name)
        if held is None or held.shape[0] < like.shape[0]:
            held = self._room[name] = torch.empty(like.shape, dtype=dtype)
        return held[: like.shape[0]]


@dataclass(frozen=True)
class _Side:
    """A term in the dtype of the fast product, its scale taken into the left side; `reach` (n, 1) bounds Σₖ |left right| in every row."""

    term: Term
    left: Tensor
    right: Tensor
    reach: Tensor

    @staticmethod
    def of(term: Term, wide: torch.dtype) -> _Side:
        left = (term.left.double() * term.scale).to(wide)
        right = term.right.to(wide).contiguous()
        longest = _lengths(right, 0).max() if right.numel() else torch.zeros((), dtype=torch.float64)
        lengths = _lengths(left, 1)
        info = torch.finfo(wide)
        # What is smaller than the smallest normal number may vanish, in a factor or in a product.
        vanishing = info.smallest_normal / info.eps * (lengths + longest + 1)
        return _Side(term, left, right, (lengths * longest + vanishing).to(wide))

    @property
    def is_finite(self) -> bool:
        return bool(self.left.isfinite().all() and self.right.isfinite().all())


def _lengths(vectors: Tensor, dim: int) -> Tensor:
    """Euclidean lengths along a dimension, which is kept, in float64; none vanishes because a square would."""
    wide, unit = vectors.double(), torch.ones((), dtype=torch.float64)
    if vectors.dtype == torch.float64 and wide.numel():  # the square of a float32 is a normal float64
        largest = wide.abs().amax(dim, keepdim=True)
        unit = largest.where((largest > 0) & largest.isfinite(), 1.0)
        wide = wide / unit
    lengths: Tensor = wide.norm(dim=dim, keepdim=True)
    return lengths * unit


def _added(near: Tensor, sides: Sequence[_Side], start: int) -> tuple[Tensor, float]:
    """Add the terms to `near` in place. The answer bounds its error: a part for each row (n, 1), and a part of each element's size."""
    stop = start + len(near)
    ranks = 0
    reach = near.new_zeros(len(near), 1)
    for side in sides:
        rows = side.term.rows
        first, last = max(start, rows.start), min(stop, rows.stop)
        if first >= last:
            continue
        part = near[first - start : last - start, side.term.columns]
        left = side.left[first - rows.start : last - rows.start]
        part.addmm_(left, side.right)
        reach[first - start : last - start] += side.reach[first - rows.start : last - rows.start]
        ranks += side.term.rank
    # Each of `ranks` products and sums, two factors that were rounded, each sum with W and the two ends: all partial sums stay
    # under the element's size and twice the reach, in whatever order the product adds up.
    steps = SAFETY * torch.finfo(near.dtype).eps / 2 * (ranks + 2 + len(sides) + 3)
    return reach.mul_(2 * steps), steps


def ordered_rows(W: Tensor, terms: Sequence[Term], start: int) -> Tensor:
    """S for some rows of W, in float64."""
    total = W.to(torch.float64, copy=True)
    for term in terms:
        first, last = max(start, term.rows.start), min(start + len(W), term.rows.stop)
        if first >= last:
            continue
        part = total[first - start : last - start, term.columns]
        left = term.left[first - term.row : last - term.row].double()
        part += scaled_product(left, term.right.double(), term.scale)
    return total


def scaled_product(left: Tensor, right: Tensor, scale: float) -> Tensor:
    """scale · left @ right in float64, rank by rank."""
    total = torch.zeros(left.shape[0], right.shape[1], dtype=torch.float64)
    product = torch.empty_like(total)
    for k in range(left.shape[1]):
        torch.mul(left[:, k : k + 1], right[k : k + 1], out=product)
        total += product
    return total.mul_(scale)


def ordered_at(W: Tensor, terms: Sequence[Term], places: Tensor, columns: int, start: int) -> Tensor:
    """S at single elements, in float64: W (count) are theirs of the matrix, at flat positions in its rows from `start` on."""
    total = W.to(torch.float64, copy=True)
    for term in terms:
        left, right = term.left.contiguous().numpy(), term.right.contiguous().numpy()
        add_products(
            total.numpy(), places.numpy(), columns, start, left, right, term.scale, term.row, term.column
        )
    return total
