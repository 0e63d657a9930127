"""A tensor that is stored in one piece, all of which is read through one function."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.stored_array import tensor_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

# Reads elements from one position up to another, as unsigned integers of their size.
ReadBits = Callable[[int, int], "NDArray[Any]"]


@dataclass(frozen=True, slots=True)
class ReadInOnePiece:
    """Reads a tensor as one of torch, whole or by rows, through `bits`."""

    shape: tuple[int, ...]
    dtype: Dtype
    bits: ReadBits

    def read(self) -> Tensor:
        """Read all of it."""
        return tensor_of(self.bits(0, math.prod(self.shape)), self.dtype).reshape(self.shape)

    def rows(self, start: int, stop: int) -> Tensor:
        """Read rows of the first dimension, as a slice counts them."""
        row = math.prod(self.shape[1:])
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        elements = tensor_of(self.bits(start * row, stop * row), self.dtype)
        return elements.reshape(stop - start, *self.shape[1:])
