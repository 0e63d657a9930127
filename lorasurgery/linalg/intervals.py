"""An interval about every number, rounded at both of its ends in one pass over memory: the stored value where both ends agree.

In torch each step of this (a width, two ends, two roundings, a comparison) is a pass of its own, and the passes cost many times the
arithmetic. Here they are one loop, which the compiler spreads over the vector units of the processor at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, no_type_check

import numpy as np
import torch
from numba import types
from numba.extending import overload
from torch import Tensor

from lorasurgery.linalg.compiled import TILE, compiled, lowest_bit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What a NaN is rounded to; it is never told to be the stored value.
_NAN_BF16, _NAN_F16 = np.uint16(0x7FC0), np.uint16(0x7E00)


@no_type_check
def _bfloat16(number: Any, kind: Any) -> Any:
    """The bits of a float32 rounded to bfloat16, to nearest and ties to even."""
    bits = np.float32(number).view(np.uint32)
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    rounded = np.uint16((bits + np.uint32(0x7FFF) + odd) >> np.uint32(16))
    return rounded if number == number else _NAN_BF16


@no_type_check
def _float16(number: Any, kind: Any) -> Any:
    """The bits of a float32 rounded to float16, to nearest and ties to even.

    A power of two 2¹³ times as large as the number, or as float16's smallest normal one, is added, so that the processor's own sum is
    rounded at float16's last bit; a number beyond float16's range overflows on the way.

    Source: Dukhan, FP16 (github.com/Maratyszcza/FP16), `fp16_ieee_from_fp32_value`.
    """
    bits = np.float32(number).view(np.uint32)
    magnitude = (abs(number) * np.float32(2.0**112)) * np.float32(2.0**-110)
    exponent = np.uint32(max((bits + bits) & np.uint32(0xFF000000), np.uint32(0x71000000)))
    anchor = np.uint32((exponent >> np.uint32(1)) + np.uint32(0x07800000)).view(np.float32)
    total = np.float32(anchor + magnitude).view(np.uint32)
    rounded = np.uint16(((total >> np.uint32(13)) & np.uint32(0x7C00)) + (total & np.uint32(0x0FFF)))
    sign = np.uint16((bits >> np.uint32(16)) & np.uint32(0x8000))
    return np.int16(sign | (rounded if number == number else _NAN_F16))


@no_type_check
def _float32(number: Any, kind: Any) -> Any:
    """The bits of a float64 rounded to float32."""
    return np.float32(number).view(np.uint32)


@no_type_check
def _rounded(number: Any, kind: Any) -> Any:
    """The bits of a number in the stored dtype; `kind` is any of its patterns, whose type tells which dtype that is."""
    raise NotImplementedError("for compiled code")


@overload(_rounded)
@no_type_check
def _rounded_by_kind(number: Any, kind: Any) -> Any:
    return {types.uint16: _bfloat16, types.int16: _float16, types.uint32: _float32}[kind]


@compiled
@no_type_check
def _ends(number: Any, absolute: Any, relative: Any, infinity: Any) -> Any:
    """The lower end, rounded; and bits that are not all zero where the upper one is another, or both are no finite number."""
    width = abs(number) * relative + absolute
    below, above = _rounded(number - width, infinity), _rounded(number + width, infinity)
    return below, (below ^ above) | (infinity if (below & infinity) == infinity else infinity ^ infinity)


@compiled
@no_type_check
def _loop(near: Any, absolute: Any, relative: Any, infinity: Any, out: Any, places: Any) -> Any:
    rows, columns = near.shape
    apart = np.empty(TILE, out.dtype)
    count = 0
    for i in range(rows):
        if count + columns > len(places):
            return -1
        for at in range(0, columns - TILE + 1, TILE):
            numbers, rounded = near[i, at : at + TILE], out[i, at : at + TILE]
            for j in range(TILE):
                rounded[j], apart[j] = _ends(numbers[j], absolute[i], relative, infinity)
            doubtful = np.uint64(0)
            for j in range(TILE):
                doubtful |= np.uint64(apart[j] != infinity ^ infinity) << np.uint64(j)
            while doubtful:
                places[count] = i * columns + at + lowest_bit(doubtful)
                doubtful &= doubtful - np.uint64(1)
                count += 1
        for j in range(columns - columns % TILE, columns):
            out[i, j], different = _ends(near[i, j], absolute[i], relative, infinity)
            if different:
                places[count] = i * columns + j
                count += 1
    return count


# numba knows neither bfloat16 nor float16: their bits go by two types of integer, which tell it how to round.
_BITS = {torch.bfloat16: torch.uint16, torch.float16: torch.int16, torch.float32: torch.uint32}
# The dtype in which the numbers come, by the dtype that is stored.
WIDE = {torch.bfloat16: torch.float32, torch.float16: torch.float32, torch.float32: torch.float64}


class Intervals:
    """Rounds intervals about the rows of a matrix to one dtype.

    Args:
        dtype: what is stored; one of `WIDE`.
        most: the share of a block beyond which nobody asks for single elements.
    """

    def __init__(self, dtype: torch.dtype, most: float) -> None:
        self._bits = _BITS[dtype]
        self._infinity = torch.full((1,), torch.inf, dtype=dtype).view(self._bits).numpy()[0]
        self._most = most
        self._places: NDArray[np.int64] = np.empty(0, np.int64)

    def rounded(self, near: Tensor, absolute: Tensor, relative: float, out: Tensor) -> Tensor | None:
        """Round near ± (absolute + relative · |near|) to `out`.

        Args:
            near: (rows, columns), in the wide dtype and contiguous.
            absolute: (rows, 1), like it.
            out: (rows, columns), in the stored dtype and contiguous; holds the value wherever both ends agree on it.

        Returns:
            The flat positions where they do not, or are no finite number, in order and valid until the next call; None where there
            are more than `most`.
        """
        bits = out.view(self._bits).numpy()
        room = int(self._most * near.numel()) + near.shape[1]
        if len(self._places) < room:
            self._places = np.empty(room, np.int64)
        wide = near.numpy()
        count = _loop(
            wide,
            absolute.numpy().reshape(-1),
            wide.dtype.type(relative),
            self._infinity,
            bits,
            self._places,
        )
        return None if count < 0 else torch.from_numpy(self._places[:count])
