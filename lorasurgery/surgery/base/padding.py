"""Weights with zeros at their end: rows for new tokens, columns for new inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    from torch import Tensor


def longer(table: LazyTensor, count: int) -> LazyTensor:
    """Return an embedding with rows of zeros at its end, for tokens whose rows follow."""
    import torch

    shape = (count, table.shape[1])

    def read() -> Tensor:
        return torch.cat([table.read(), table.read().new_zeros(count - table.shape[0], table.shape[1])])

    return LazyTensor(shape, table.dtype, read)


def wider(table: LazyTensor, count: int) -> LazyTensor:
    """Return a matrix with columns of zeros at its end, for inputs that the base does not have."""
    import torch

    shape = (table.shape[0], count)

    def read() -> Tensor:
        return torch.cat([table.read(), table.read().new_zeros(shape[0], count - table.shape[1])], dim=1)

    return LazyTensor(shape, table.dtype, read)
