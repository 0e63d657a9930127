"""Join lazy tensors: concatenated, or as blocks on a diagonal, with zeros to fill gaps.

The result has the smallest dtype that all parts convert to, as in torch.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    from torch import Tensor


def zeros(shape: tuple[int, ...], dtype: Dtype) -> LazyTensor:
    """Describe a tensor of zeros, which takes no memory until it is read."""
    import torch

    return LazyTensor(shape, dtype, lambda: torch.zeros(shape, dtype=dtype.torch))


def cat(tensors: Sequence[LazyTensor], *, dim: int = 0) -> LazyTensor:
    """Join tensors along a dimension in which alone they may differ."""
    import torch

    first = tensors[0].shape
    dim %= len(first)
    shape = (*first[:dim], sum(each.shape[dim] for each in tensors), *first[dim + 1 :])
    return LazyTensor(
        shape, common_dtype(tensors), lambda: torch.cat([each.read() for each in tensors], dim=dim)
    )


def block_diagonal(matrices: Sequence[LazyTensor]) -> LazyTensor:
    """Put matrices, or batches of them, one below and to the right of the other, among zeros."""
    import torch

    rows, columns = (sum(each.shape[dim] for each in matrices) for dim in (-2, -1))
    shape = (*matrices[0].shape[:-2], rows, columns)
    dtype = common_dtype(matrices)

    def read() -> Tensor:
        blocks = torch.zeros(shape, dtype=dtype.torch)
        row = column = 0
        for each in matrices:
            height, width = each.shape[-2:]
            blocks[..., row : row + height, column : column + width] = each.read()
            row, column = row + height, column + width
        return blocks

    return LazyTensor(shape, dtype, read)


def common_dtype(tensors: Iterable[LazyTensor]) -> Dtype:
    """Find the smallest dtype that all of these convert to."""
    import torch

    return Dtype.of(functools.reduce(torch.promote_types, (each.dtype.torch for each in tensors)))
