"""How codes lie in the tensors of a quantised weight: what it takes to move them under their stored scales.

    number = scale · level[code] + offset

The offset (a zero point, a bias, a minimum) is the group's own, and no step between two codes
depends on it. Rows and columns are those of the stored matrix; where it is the transpose of the
weight, as in gpt-oss's experts, `is_transposed` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The sign of a byte, by which it is unsigned, counted from -128.
SIGN = 128


@dataclass(frozen=True)
class Encoding:
    """A format's part in writing a weight again.

    Attributes:
        shape: rows and columns of the matrix whose columns are quantised in groups; experts are
            stacked.
        codes: reads rows (start, stop) as codes, (rows, columns), which the caller may change.
        scales: reads rows (start, stop) of scales in float32, (rows, groups).
        groups: the group of each column.
        stored: gives the tensor of codes from a row on, as bit patterns, from the codes of some
            rows; what else is in it stays as it is.
        is_by_rows: whether rows of the tensor of codes are rows of the matrix; if not, `stored` is
            asked for all of it at once.
        is_transposed: whether each weight is the transpose of its matrix.
    """

    shape: tuple[int, int]
    grid: CodeGrid
    codes: Callable[[int, int], NDArray[np.int16]]
    scales: Callable[[int, int], NDArray[np.float32]]
    groups: Callable[[], NDArray[np.int64]]
    stored: Callable[[int, NDArray[np.int16]], NDArray[Any]]
    is_by_rows: bool = True
    is_transposed: bool = False


def equal_groups(columns: int, groups: int) -> Callable[[], NDArray[np.int64]]:
    """Return what gives the group of each column, all groups being of one length and in order."""

    def of_columns() -> NDArray[np.int64]:
        import numpy as np

        return np.arange(columns) // -(-columns // max(1, groups))

    return of_columns


def as_codes(values: NDArray[Any]) -> NDArray[np.int16]:
    """Return unsigned integers as codes."""
    import numpy as np

    return values.astype(np.int16)


def scales_of(scales: LazyTensor) -> Callable[[int, int], NDArray[np.float32]]:
    """Return what reads rows of scales that are stored in the order of the matrix."""
    return lambda start, stop: scales.raw_rows(start, stop).single()


def encoding_of_int8(
    codes: LazyTensor,
    scales: Callable[[int, int], NDArray[np.float32]],
    groups: Callable[[], NDArray[np.int64]],
) -> Encoding:
    """Return how a matrix of int8 is written again: its codes are counted from -128."""

    def stored(_: int, moved: NDArray[np.int16]) -> NDArray[Any]:
        return moved.astype("u1") ^ SIGN

    return Encoding(
        (codes.shape[0], codes.shape[1]),
        CodeGrid.of_integers(256),
        lambda start, stop: as_codes(codes.raw_rows(start, stop).bits ^ SIGN),
        scales,
        groups,
        stored,
    )
