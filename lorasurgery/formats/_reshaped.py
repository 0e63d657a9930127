"""Factors turned, cut, padded and put together when they are read: what formats need between their own layout and ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    from torch import Tensor


def transposed(matrix: LazyTensor) -> LazyTensor:
    """The matrix with rows for columns."""
    return matrix.map(lambda t: t.T.contiguous(), shape=matrix.shape[::-1], dtype=matrix.dtype)


def cut(matrix: LazyTensor, start: int, stop: int) -> LazyTensor:
    """Its rows from `start` to `stop` (exclusive)."""
    return LazyTensor(
        (stop - start, *matrix.shape[1:]),
        matrix.dtype,
        lambda: matrix.read_rows(start, stop),
        lambda first, last: matrix.read_rows(start + first, start + last),
    )


def padded(tensor: LazyTensor, rows: int, columns: int) -> LazyTensor:
    """The tensor with as many rows and columns of zeros behind its own as are missing; each may be so long already."""
    import torch

    shape = (*tensor.shape[:-2], rows, columns)
    if shape == tensor.shape:
        return tensor
    missing = (0, columns - tensor.shape[-1], 0, rows - tensor.shape[-2])
    return tensor.map(lambda t: torch.nn.functional.pad(t, missing), shape=shape, dtype=tensor.dtype)


def scaled(B: LazyTensor, scale: float) -> LazyTensor:
    """B with the scale in it, multiplied in float64 and rounded to float32 once; B itself where the scale is 1."""

    if scale == 1:
        return B
    return B.map(lambda t: (t.double() * scale).float(), shape=B.shape, dtype=Dtype.F32)


def zeros(rows: int, columns: int, dtype: Dtype) -> LazyTensor:
    """A matrix of zeros; without columns, it only makes room for its rows among blocks."""
    import torch

    return LazyTensor((rows, columns), dtype, lambda: torch.zeros(rows, columns, dtype=dtype.torch))


def stacked(tensors: Sequence[LazyTensor]) -> LazyTensor:
    """One below the other."""
    import torch

    first = tensors[0]
    return LazyTensor(
        (sum(each.shape[0] for each in tensors), *first.shape[1:]),
        first.dtype,
        lambda: torch.cat([each.read() for each in tensors]),
    )


def in_blocks(matrices: Sequence[LazyTensor]) -> LazyTensor:
    """The matrices one below and right of the other, among zeros."""
    import torch

    shape = (sum(each.shape[0] for each in matrices), sum(each.shape[1] for each in matrices))
    dtype = matrices[0].dtype

    def read() -> Tensor:
        blocks = torch.zeros(shape, dtype=dtype.torch)
        row = column = 0
        for each in matrices:
            rows, columns = each.shape
            blocks[row : row + rows, column : column + columns] = each.read()
            row, column = row + rows, column + columns
        return blocks

    return LazyTensor(shape, dtype, read)
