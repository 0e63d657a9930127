"""A matrix that is read anew in each sweep over it, panel by panel, and never held as a whole.

What takes a matrix by slices of its rows takes one of these as well: the panels of `panels`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from numpy import ndarray

from lorasurgery.linalg.shapes import Float


@dataclass(frozen=True)
class StreamedMatrix:
    """`read(start, stop)` gives rows of it in float32; a sweep asks for all rows, in order."""

    shape: tuple[int, int]
    read: Callable[[int, int], Float[ndarray, "rows in"]]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def __getitem__(self, rows: slice) -> Float[ndarray, "rows in"]:
        start, stop, _ = rows.indices(self.shape[0])
        return self.read(start, stop)

    def whole(self) -> Float[ndarray, "out in"]:
        """Hold it after all."""
        return self.read(0, self.shape[0])
