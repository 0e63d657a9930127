"""Where the numbers of one checkpoint are in another: the same tensor, its transpose, or some rows of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor

Rows = tuple[int, int]


@dataclass(frozen=True)
class View:
    """A tensor by its name, transposed, or a range of its rows; a stack of matrices has the rows of all."""

    name: str
    transposed: bool = False
    rows: Rows | None = None

    def of(self, tensors: Mapping[str, LazyTensor]) -> LazyTensor:
        """Return the numbers that this is about."""
        tensor = tensors[self.name]
        if not self.transposed and self.rows is None:
            return tensor
        tensor = tensor.transposed() if self.transposed else tensor
        matrix = tensor.viewed(as_rows(tensor.shape))
        return matrix if self.rows is None else matrix.sliced(*self.rows)

    def __str__(self) -> str:
        turned = f"{self.name}.T" if self.transposed else self.name
        return turned if self.rows is None else f"{turned}[{self.rows[0]}:{self.rows[1]}]"


@dataclass(frozen=True)
class Counterpart:
    """The same numbers, or what became of them, on both sides.

    `how` is "" where the names are equal, else why these two were taken for one: `renamed`, `tied`
    (a second copy), `part` (one holds the other among its rows), `resized` (the rows that both have).
    """

    one: View
    other: View
    how: str = ""


@dataclass(frozen=True)
class Counterparts:
    """All that was found in both; `gone` are those of the first alone, `new` those of the other."""

    both: tuple[Counterpart, ...]
    gone: tuple[View, ...]
    new: tuple[View, ...]
    notes: tuple[str, ...] = ()


def as_rows(shape: tuple[int, ...]) -> tuple[int, int]:
    """The sizes of a tensor as a matrix: a stack of matrices is one on top of the other."""
    if len(shape) < 2:
        return 1, math.prod(shape)
    return math.prod(shape[:-1]), shape[-1]


def uncovered(rows: int, covered: list[Rows]) -> list[Rows]:
    """The ranges of rows that are in none of some ranges."""
    left, at = [], 0
    for start, stop in sorted(covered):
        if start > at:
            left.append((at, start))
        at = max(at, stop)
    return [*left, (at, rows)] if at < rows else left
