"""How codes lie in the tensors of a quantised weight: what it takes to move them under their stored scales.

    number = scale · level[code] + offset

The offset (a zero point, a bias, a minimum) is the group's own, and no step between two codes
depends on it. Rows and columns are those of the stored matrix; where it is the transpose of the
weight, as in gpt-oss's experts, `is_transposed` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


@dataclass(frozen=True)
class Encoding:
    """A format's part in writing a weight again.

    Attributes:
        shape: rows and columns of the matrix whose columns are quantised in groups; experts are
            stacked.
        codes: reads rows (start, stop) as codes, (rows, columns).
        scales: reads rows (start, stop) of scales in float32, (rows, groups).
        groups: the group of each column.
        stored: gives the tensor of codes from a row on, from the codes of some rows; what else is
            in it stays as it is.
        is_by_rows: whether rows of the tensor of codes are rows of the matrix; if not, `stored` is
            asked for all of it at once.
        is_transposed: whether each weight is the transpose of its matrix.
    """

    shape: tuple[int, int]
    grid: CodeGrid
    codes: Callable[[int, int], NDArray[np.int16]]
    scales: Callable[[int, int], NDArray[np.float32]]
    groups: Callable[[], NDArray[np.int64]]
    stored: Callable[[int, NDArray[np.int16]], Tensor]
    is_by_rows: bool = True
    is_transposed: bool = False


def equal_groups(columns: int, groups: int) -> Callable[[], NDArray[np.int64]]:
    """Return what gives the group of each column, all groups being of one length and in order."""

    def of_columns() -> NDArray[np.int64]:
        import numpy as np

        return np.arange(columns) // -(-columns // max(1, groups))

    return of_columns


def as_codes(values: Tensor) -> NDArray[np.int16]:
    """Return unsigned integers as codes."""
    import torch

    codes: NDArray[np.int16] = values.to(torch.int16).numpy()
    return codes


def as_scales(values: Tensor) -> NDArray[np.float32]:
    """Return scales in float32, contiguous."""
    scales: NDArray[np.float32] = values.float().contiguous().numpy()
    return scales


def as_groups(values: Tensor) -> NDArray[np.int64]:
    """Return the group of each column as int64."""
    groups: NDArray[np.int64] = values.long().contiguous().numpy()
    return groups


def as_tensor(codes: NDArray[np.int16]) -> Tensor:
    """Return codes as a tensor, which shares their memory."""
    import torch

    return torch.from_numpy(codes)


def encoding_of_int8(
    codes: LazyTensor,
    scales: Callable[[int, int], NDArray[np.float32]],
    groups: Callable[[], NDArray[np.int64]],
) -> Encoding:
    """Return how a matrix of int8 is written again: its codes are counted from -128."""

    def stored(start: int, moved: NDArray[np.int16]) -> Tensor:
        import torch

        return (as_tensor(moved) - 128).to(torch.int8)

    return Encoding(
        (codes.shape[0], codes.shape[1]),
        CodeGrid.of_integers(256),
        lambda start, stop: as_codes(codes.read_rows(start, stop).short() + 128),
        scales,
        groups,
        stored,
    )
