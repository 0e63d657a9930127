"""W + Σ terms, correctly rounded: the same bits at any thread count and on any machine.

The sum is defined in float64, term by term and rank by rank:

    accᵢ = left[:, 0] right[0, :] + left[:, 1] right[1, :] + ...      S = ((W + scale₁ acc₁) + scale₂ acc₂) + ...

with one rounding of S to the stored dtype at the end. Products of float32 factors are exact in float64, sums are taken in order, and
every product is rounded before it is added (no fused multiply-add), so nothing is left to the machine.

To add up in order is slow. So a matrix product, as fast as the machine has it, comes first, with a bound on its distance to S: where
both ends of the bound round to the same stored value, that is the value; only the other elements, some in a thousand, are added
up in order. This is Ziv's strategy for elementary functions.

Source: Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit", 1991, ACM TOMS 17(3); the bound
on a product is that of Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lorasurgery.linalg.bits import all_finite, differing
from lorasurgery.linalg.rounding import round_once
from lorasurgery.linalg.terms import Term

# The bound is doubled: it is itself computed with rounding, and for float32 the ordered sum's own rounding comes on top.
SAFETY = 2.0
# With a larger share of a block in doubt, all of it is added up in order: single elements are gathered, which costs more for each.
MOST_DOUBTFUL = 0.04
# So many numbers are gathered at once.
GATHERED = 1 << 21


class RowSum:
    """Adds terms to a matrix (rows, columns), some rows at a time, and rounds to `dtype`."""

    def __init__(self, terms: Sequence[Term], columns: int, dtype: torch.dtype) -> None:
        self.terms = tuple(terms)
        self.dtype = dtype
        self._wide = _wide(dtype)
        self._columns = columns
        self._sides = [_Side.of(term, self._wide) for term in self.terms] if self._wide else []
        if not all(side.is_finite for side in self._sides):  # only float64 reaches so far
            self._wide = None
        self._room: dict[str, Tensor] = {}

    def __call__(self, W: Tensor, start: int) -> Tensor:
        """The rows of the sum that begin at `start`, W being those of the matrix; valid until the next call."""
        if self._wide is None or W.dtype.itemsize > self._wide.itemsize:
            return round_once(ordered_rows(W, self.terms, start), self.dtype)
        below, above = self._ends(W, start)
        doubtful = differing(below, above)
        if not all_finite(below):  # beyond the fast dtype's reach both ends are alike and say nothing
            doubtful = torch.cat([doubtful, below.flatten().isfinite().logical_not().nonzero().flatten()])
        if len(doubtful) > MOST_DOUBTFUL * below.numel():
            return round_once(ordered_rows(W, self.terms, start), self.dtype)
        if len(doubtful):
            below.view(-1)[doubtful] = self._exactly(W, start, doubtful)
        return below

    def _ends(self, W: Tensor, start: int) -> tuple[Tensor, Tensor]:
        """Both ends of the bound, rounded to the stored dtype."""
        assert self._wide is not None
        near = self._buffer("near", W, self._wide).copy_(W)
        absolute, relative = _added(near, self._sides, start)
        width = torch.abs(near, out=self._buffer("width", W, self._wide))
        torch.add(absolute, width, alpha=relative, out=width)
        below = self._buffer("below", W, self.dtype).copy_(near.sub_(width))
        above = self._buffer("above", W, self.dtype).copy_(near.add_(width, alpha=2))
        return below, above

    def _exactly(self, W: Tensor, start: int, flat: Tensor) -> Tensor:
        rows = flat.div(self._columns, rounding_mode="floor")
        columns = flat - rows * self._columns
        step = max(1, GATHERED // max(1, *(term.rank for term in self.terms), 1))
        parts = [slice(at, at + step) for at in range(0, len(flat), step)]
        stored = W.reshape(-1)[flat]
        values = [ordered_at(stored[part], self.terms, rows[part] + start, columns[part]) for part in parts]
        return round_once(torch.cat(values), self.dtype)

    def _buffer(self, name: str, like: Tensor, dtype: torch.dtype) -> Tensor:
        """Room that is used again for every block: fresh memory costs more than the arithmetic."""
        held = self._room.get(name)
        if held is None or held.shape[0] < like.shape[0]:
            held = self._room[name] = torch.empty(like.shape, dtype=dtype)
        return held[: like.shape[0]]


def _wide(dtype: torch.dtype) -> torch.dtype | None:
    """The dtype of the fast product, whose bound is far smaller than a step of the stored dtype; None where there is none."""
    if dtype in (torch.bfloat16, torch.float16):
        return torch.float32
    return torch.float64 if dtype == torch.float32 else None


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
        # In float64, where no square of a float32 vanishes.
        longest = right.double().norm(dim=0).max() if right.numel() else torch.zeros((), dtype=torch.float64)
        lengths = left.double().norm(dim=1, keepdim=True)
        info = torch.finfo(wide)
        # What is smaller than the smallest normal number may vanish, in a factor or in a product.
        vanishing = info.smallest_normal / info.eps * (lengths + longest + 1)
        return _Side(term, left, right, (lengths * longest + vanishing).to(wide))

    @property
    def is_finite(self) -> bool:
        return bool(self.left.isfinite().all() and self.right.isfinite().all())


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


def ordered_at(W: Tensor, terms: Sequence[Term], rows: Tensor, columns: Tensor) -> Tensor:
    """S at single elements, in float64: W (count) are theirs of the matrix, at `rows` and `columns`."""
    total = W.to(torch.float64, copy=True)
    for term in terms:
        inside = _inside(term, rows, columns)
        left = term.left.index_select(0, rows[inside] - term.row).double()
        right = term.right.index_select(1, columns[inside] - term.column).double()
        total[inside] += _in_order(left.T * right) * term.scale
    return total


def _in_order(summands: Tensor) -> Tensor:
    """The sum over the first dimension, one after the other: numpy's `accumulate` is defined so, while a plain sum adds up in pairs."""
    if not len(summands):
        return summands.new_zeros(summands.shape[1])
    # Sums begin with +0, as those of whole rows do.
    return torch.from_numpy(np.add.accumulate(summands.numpy(), axis=0)[-1]) + 0.0


def _inside(term: Term, rows: Tensor, columns: Tensor) -> Tensor | slice:
    within = (
        (rows >= term.row)
        & (rows < term.rows.stop)
        & (columns >= term.columns.start)
        & (columns < term.columns.stop)
    )
    return slice(None) if bool(within.all()) else within
