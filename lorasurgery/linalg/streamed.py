"""A matrix that is read anew in each sweep over it, panel by panel, and never held as a whole.

What takes a matrix by slices of its rows takes one of these as well: the panels of `panels`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class StreamedMatrix:
    """`read(start, stop)` gives rows of it in `dtype`; a sweep asks for all rows, in order."""

    shape: tuple[int, int]
    read: Callable[[int, int], Tensor]
    dtype: torch.dtype = torch.float32

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def numel(self) -> int:
        return math.prod(self.shape)

    def __getitem__(self, rows: slice) -> Tensor:
        start, stop, _ = rows.indices(self.shape[0])
        return self.read(start, stop)

    def whole(self) -> Tensor:
        """Hold it after all."""
        return self.read(0, self.shape[0])

    def to(self, device: str) -> Tensor | StreamedMatrix:
        """Return what is multiplied on a device: on the processor itself, elsewhere the whole."""
        return self if device == "cpu" else self.whole().to(device)


def is_by_columns(D: Tensor | StreamedMatrix) -> bool:
    """Whether a matrix lies in memory column by column."""
    return isinstance(D, Tensor) and D.stride(0) == 1 and D.stride(1) != 1
