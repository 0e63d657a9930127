"""Pairs of four-bit floats (E2M1) with a scale for each group along the columns, as MXFP4 and
NVFP4 have them.

W = E2M1 · scale · factor,  scale a float8, or 2^(byte − 127) where it is stored as a byte or in
E8M0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._packed import by_rows, four_bit_floats, scaled_in_groups
from lorasurgery.quantisation.fp8 import factors

if TYPE_CHECKING:
    from torch import Tensor

SCALE_DTYPES = (Dtype.U8, Dtype.F8_E8M0, Dtype.F8_E4M3, Dtype.F32)
BYTES_OF_PAIRS = (Dtype.U8, Dtype.I8)


def pairs_of_floats(
    codes: LazyTensor,
    scales: LazyTensor,
    factor: Callable[[], Tensor] | None = None,
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
            of_groups = of_groups * factor().reshape(())
        return scaled_in_groups(numbers, of_groups)

    return by_rows((*codes.shape[:-1], columns), rows, codes)
