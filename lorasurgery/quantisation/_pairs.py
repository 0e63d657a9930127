"""Pairs of four-bit floats (E2M1) with a scale for each group along the columns, as MXFP4 and
NVFP4 have them.

W = E2M1 · scale · factor,  scale a float8, or 2^(byte − 127) where it is stored as a byte or in
E8M0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid
from lorasurgery.quantisation._codes import packed_codes, unpacked_codes
from lorasurgery.quantisation._encoding import Encoding, equal_groups
from lorasurgery.quantisation._packed import (
    E2M1,
    by_rows,
    four_bit_floats,
    scaled_in_groups,
)
from lorasurgery.quantisation.fp8 import factors, single_factors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

SCALE_DTYPES = (Dtype.U8, Dtype.F8_E8M0, Dtype.F8_E4M3, Dtype.F32)
E2M1_GRID = CodeGrid((*E2M1, *(-each for each in E2M1)))
BYTES_OF_PAIRS = (Dtype.U8, Dtype.I8)


def encoding_of_pairs(
    codes: LazyTensor, scales: LazyTensor, factor: Callable[[], float] | None = None
) -> Encoding:
    """Return how a weight's pairs are written again; arguments as for `pairs_of_floats`, which took them."""
    columns = 2 * codes.shape[-1]
    rows = codes.numel // max(1, codes.shape[-1])
    flat = codes.viewed((rows, codes.shape[-1]))
    flat_scales = scales.viewed((rows, scales.shape[-1]))

    def read_codes(start: int, stop: int) -> NDArray[np.int16]:
        return unpacked_codes(flat.raw_rows(start, stop).bits, 4, columns)

    def read_scales(start: int, stop: int) -> NDArray[np.float32]:
        import numpy as np

        of_groups = single_factors(flat_scales.raw_rows(start, stop))
        with np.errstate(all="ignore"):
            return of_groups if factor is None else of_groups * factor()

    def stored(_: int, moved: NDArray[np.int16]) -> NDArray[Any]:
        return packed_codes(moved, 4).view("u1")[:, : codes.shape[-1]]

    groups = equal_groups(columns, scales.shape[-1])
    return Encoding((rows, columns), E2M1_GRID, read_codes, read_scales, groups, stored)


def pairs_of_floats(
    codes: LazyTensor,
    scales: LazyTensor,
    factor: Callable[[], float] | None = None,
    *,
    high_first: bool = False,
) -> LazyTensor | None:
    """Return the weight as numbers, in float32, or None if its scales are not one for each group of columns.

    Args:
        codes: (..., out, in / 2) bytes.
        scales: (..., out, groups).
        factor: reads what all of it is multiplied by, of one element.
        high_first: whether the first of a pair is in the high nibble.
    """
    columns, groups = 2 * codes.shape[-1], scales.shape[-1:]
    is_grid = scales.shape[:-1] == codes.shape[:-1] and bool(groups and groups[0]) and not columns % groups[0]
    if not is_grid or codes.dtype not in BYTES_OF_PAIRS or scales.dtype not in SCALE_DTYPES:
        return None

    def rows(start: int, stop: int) -> Tensor:
        import torch

        pairs = codes.read_rows(start, stop).view(torch.uint8)
        numbers = four_bit_floats(pairs, high_first=high_first)
        of_groups = factors(scales.read_rows(start, stop))
        if factor is not None:
            of_groups = of_groups * float(factor())
        return scaled_in_groups(numbers, of_groups)

    return by_rows((*codes.shape[:-1], columns), rows, codes)
