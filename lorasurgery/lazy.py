"""A tensor that is known by shape and dtype, and read when somebody asks.

Checkpoints give them out, verbs compose them, writers take them: so a header can be written before the
first byte of data is read, and memory never holds more than the tensor in hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Place:
    """Where a tensor's bytes lie as they are: so many bytes of a file."""

    path: Path
    offset: int
    nbytes: int


@dataclass(frozen=True)
class LazyTensor:
    """A tensor's shape and dtype, and how to read it.

    `read()` gives a tensor of that shape and dtype. `rows(start, stop)`, where a source has it, reads only those rows of
    the first dimension; `read_rows` works for every source. `flat(start, stop)` reads a range of elements, where a source
    lies in one piece. `advise`, where a source has it, asks for the bytes to be fetched in the background. `place`, where
    the bytes lie in a file as they are read, lets the kernel copy them.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], Tensor]
    rows: Callable[[int, int], Tensor] | None = None
    advise: Callable[[], None] | None = None
    place: Place | None = None
    flat: Callable[[int, int], Tensor] | None = None

    @property
    def numel(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.numel * self.dtype.itemsize

    def read_rows(self, start: int, stop: int) -> Tensor:
        """Read rows `start` to `stop` (exclusive) of the first dimension."""
        return self.rows(start, stop) if self.rows else self.read()[start:stop]

    def viewed(self, shape: tuple[int, ...]) -> LazyTensor:
        """The same elements, in the same order, under another shape of at least one dimension."""
        if shape == self.shape:
            return self
        row, flat = math.prod(shape[1:]), self.flat

        def rows(start: int, stop: int) -> Tensor:
            elements = (
                flat(start * row, stop * row) if flat else self.read().reshape(-1)[start * row : stop * row]
            )
            return elements.reshape(stop - start, *shape[1:])

        return LazyTensor(
            shape,
            self.dtype,
            lambda: self.read().reshape(shape),
            rows if flat else None,
            self.advise,
            self.place,
            flat,
        )

    def map(
        self, change: Callable[[Tensor], Tensor], *, shape: tuple[int, ...], dtype: torch.dtype
    ) -> LazyTensor:
        """The tensor that `change` makes of this one, to be read later; the caller states what it will be."""
        return LazyTensor(shape, dtype, lambda: change(self.read()))

    @staticmethod
    def of(tensor: Tensor) -> LazyTensor:
        """Wrap a tensor that is in memory already."""
        return LazyTensor(
            tuple(tensor.shape),
            tensor.dtype,
            lambda: tensor,
            lambda start, stop: tensor[start:stop],
            flat=lambda start, stop: tensor.reshape(-1)[start:stop],
        )
