"""Join lazy tensors: concatenated, or as blocks on a diagonal, with zeros to fill gaps.

The result has the smallest dtype that all parts convert to, as in torch.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    from torch import Tensor


def zeros(shape: tuple[int, ...], dtype: Dtype) -> LazyTensor:
    """Describe a tensor of zeros, which takes no memory until it is read."""
    import torch

    return LazyTensor(shape, dtype, lambda: torch.zeros(shape, dtype=dtype.torch))


def cat(tensors: Sequence[LazyTensor], *, dim: int = 0) -> LazyTensor:
    """Join tensors along a dimension in which alone they may differ."""
    first = tensors[0].shape
    dim %= len(first)
    shape = (*first[:dim], sum(each.shape[dim] for each in tensors), *first[dim + 1 :])
    dtype = common_dtype(tensors)

    def stored() -> StoredArray:
        import numpy as np

        return StoredArray(np.concatenate([each.raw().bits for each in tensors], axis=dim), dtype)

    def read() -> Tensor:
        import torch

        return torch.cat([each.read() for each in tensors], dim=dim)

    if all(each.dtype is dtype for each in tensors):
        return LazyTensor.of_whole(shape, dtype, stored)
    return LazyTensor(shape, dtype, read)


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
    dtypes = {each.dtype for each in tensors}
    if len(dtypes) == 1:
        return dtypes.pop()
    import torch

    return Dtype.of(
        functools.reduce(
            torch.promote_types, (each.torch for each in sorted(dtypes, key=lambda each: each.layout_order))
        )
    )
