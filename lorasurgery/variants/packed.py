"""Packed and sliced changes: several modules' changes in one packed projection, or some rows of a change.

    packed    W = [W₁; W₂; …]:  each part changes as its own factors say, and without any stays
    sliced    rows `start` to `stop` of a change that is a sum

The first `square` parts of a packed projection have as many rows as the matrix has columns (queries
of width by width), and the others share what is left alike.

Source: the layouts of Flux, HunyuanVideo, SD 3 and Z-Image (`qkv`, `linear1`), whose modules
diffusers keeps apart.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from lorasurgery.variants.edit import (
    Change,
    Dense,
    Edit,
    Factors,
    Function,
    Scaled,
    Shape,
    Sum,
    Term,
    own_shape,
)

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class PackedFactors:
    """The factors of each part from the top; None for a part that stays."""

    parts: tuple[Factors | None, ...]
    square: int = 0

    @property
    def shape(self) -> Shape | None:
        """(out, in · kernel), where the parts tell how many rows all have."""
        shapes = [own_shape(part) if part is not None else None for part in self.parts]
        width = next((shape[1] for shape in shapes if shape is not None), None)
        other = next((shape[0] for shape in shapes[self.square :] if shape is not None), None)
        if width is None or (other is None and self.square < len(self.parts)):
            return None
        return width * self.square + (other or 0) * (len(self.parts) - self.square), width

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        bounds = bounds_of(shape[0], shape[1], len(self.parts), self.square)
        edits = [
            (start, stop, part.edit((stop - start, *shape[1:])))
            for part, (start, stop) in zip(self.parts, pairwise(bounds), strict=True)
            if part is not None
        ]
        return Edit(
            _together([(start, stop, edit.weight) for start, stop, edit in edits if edit.weight]),
            _together([(start, stop, edit.bias) for start, stop, edit in edits if edit.bias]),
        )


@dataclass(frozen=True)
class SlicedFactors:
    """Rows `start` to `stop` of a change whose `whole` has `height` rows, and is a sum."""

    whole: Factors
    start: int
    stop: int
    height: int

    @property
    def shape(self) -> Shape | None:
        """(out, in · kernel), where the whole tells it."""
        whole = own_shape(self.whole)
        return None if whole is None else (self.stop - self.start, *whole[1:])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        whole = self.whole.edit((self.height, *shape[1:]))
        return Edit(self._rows(whole.weight), self._rows(whole.bias))

    def _rows(self, change: Change | None) -> Sum | None:
        if change is None:
            return None
        assert isinstance(change, Sum), "whoever slices has checked that the change is a sum"
        rows = (_sliced(term, self.start, self.stop) for term in change.terms)
        return Sum(tuple(term for term in rows if term is not None))


def bounds_of(total: int, width: int, count: int, square: int) -> list[int]:
    """Return where each of `count` parts begins, and where the last ends.

    Raises:
        ValueError: the rows do not divide so.
    """
    left, others = total - square * width, count - square
    if left < 0 or (left % others if others else left):
        raise ValueError(f"{total} rows of {width} columns do not divide into {count} parts")
    heights = [width] * square + [left // others if others else 0] * others
    return [0, *accumulate(heights)]


def _sliced(term: Term | Dense, start: int, stop: int) -> Term | Dense | None:
    if isinstance(term, Term):
        kept = term.within(start, stop)
        return kept and dataclasses.replace(kept, row=kept.row - start)
    rows = term.rows
    return Dense(lambda first, last: rows(start + first, start + last), term.scale)


def _together(changes: Sequence[tuple[int, int, Change]]) -> Change | None:
    """Make one change of those of rows `start` to `stop`."""
    if not changes:
        return None
    if all(isinstance(change, Sum) for _, _, change in changes):
        return Sum(tuple(_placed(changes)))

    def apply(W: Tensor) -> Tensor:
        changed = W.clone()
        for start, stop, change in changes:
            changed[start:stop] = _applied(change, W[start:stop])
        return changed

    return Function(apply)


def _placed(changes: Sequence[tuple[int, int, Change]]) -> Iterator[Term | Dense]:
    for start, stop, change in changes:
        assert isinstance(change, Sum), "only sums have terms to move"
        for term in change.terms:
            if isinstance(term, Term):
                yield dataclasses.replace(term, row=term.row + start)
            else:
                yield Dense(_between(term, start, stop), term.scale)


def _between(term: Dense, start: int, stop: int) -> Callable[[int, int], Tensor]:
    """Give rows of a dense term that begins at a row of the whole, and zeros around it."""
    import torch

    def rows(first: int, last: int) -> Tensor:
        top, bottom = max(first, start), min(last, stop)
        width = term.rows(0, 1).shape[1]
        found = torch.zeros(last - first, width, dtype=torch.float64)
        if top < bottom:
            found[top - first : bottom - first] = term.rows(top - start, bottom - start)
        return found

    return rows


def _applied(change: Change, W: Tensor) -> Tensor:
    if isinstance(change, Function):
        return change.apply(W)
    V = W.clone()
    for term in change.terms:
        if isinstance(term, Term):
            left, right = term.tensors
            rows = slice(term.rows.start, term.rows.stop)
            V[rows, term.columns] += term.scale * (left.double() @ right.double())
        else:
            V += term.scale * term.rows(0, len(W))
    return V * change.gain(V) if isinstance(change, Scaled) else V
