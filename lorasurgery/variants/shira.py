"""SHiRA: ΔW is sparse: numbers at a few places (row, column) of W, which are stored.

Source: Bhardwaj et al., "Sparse High Rank Adapters", 2024, arXiv 2406.13175.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Dense, Edit, Shape, Sum, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class ShiraFactors:
    """The numbers (n), and their places (2, n): rows, then columns."""

    values: LazyTensor
    places: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        rows, columns = self.places.read().long()  # PEFT on Windows stores them as float32
        return Edit(Sum((scattered(rows, columns, exact(self.values).double(), shape),)))


def scattered(rows: Tensor, columns: Tensor, values: Tensor, shape: Shape, scale: float = 1.0) -> Dense:
    """Numbers in float64 at places of a matrix as a part of ΔW; those at one place add up."""
    import torch

    out, width = shape
    for name, places, count in (("row", rows, out), ("column", columns, width)):
        if len(places) and not (int(places.min()) >= 0 and int(places.max()) < count):
            raise ValueError(f"a {name} beyond the last")
    rows, order = rows.sort(stable=True)
    columns, values = columns[order], values[order]

    def part(start: int, stop: int) -> Tensor:
        first, last = torch.searchsorted(rows, torch.tensor([start, stop])).tolist()
        block = torch.zeros((stop - start) * width, dtype=torch.float64)
        block.index_add_(0, (rows[first:last] - start) * width + columns[first:last], values[first:last])
        return block.reshape(stop - start, width)

    return Dense(part, scale)
