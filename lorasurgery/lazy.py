"""A tensor that is known by shape and dtype, and read when somebody asks.

Checkpoints give them out, verbs compose them, writers take them: so a header can be written before the
first byte of data is read, and memory never holds more than the tensor in hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class LazyTensor:
    """A tensor's shape and dtype, and how to read it.

    `read()` gives a tensor of that shape and dtype. `rows(start, stop)`, where a source has it, reads only those rows of
    the first dimension; `read_rows` works for every source. `advise`, where a source has it, asks for the bytes to be
    fetched in the background.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], Tensor]
    rows: Callable[[int, int], Tensor] | None = None
    advise: Callable[[], None] | None = None

    @property
    def numel(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.numel * self.dtype.itemsize

    def read_rows(self, start: int, stop: int) -> Tensor:
        """Read rows `start` to `stop` (exclusive) of the first dimension."""
        return self.rows(start, stop) if self.rows else self.read()[start:stop]

    def map(
        self, change: Callable[[Tensor], Tensor], *, shape: tuple[int, ...], dtype: torch.dtype
    ) -> LazyTensor:
        """The tensor that `change` makes of this one, to be read later; the caller states what it will be."""
        return LazyTensor(shape, dtype, lambda: change(self.read()))

    @staticmethod
    def of(tensor: Tensor) -> LazyTensor:
        """Wrap a tensor that is in memory already."""
        return LazyTensor(
            tuple(tensor.shape), tensor.dtype, lambda: tensor, lambda start, stop: tensor[start:stop]
        )
