"""Numbers that numba does not know, read from their bits and rounded to them.

A function whose body is only its docstring stands for one of several: numba puts in the one for the
kind of its last argument.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np
from numba import types
from numba.extending import overload

from lorasurgery.linalg.kernels.jit import compiled_part

# What every NaN becomes, as in `rounding.py`.
_NAN_BF16, _NAN_F16, _NAN_F32 = np.uint16(0x7FC0), np.uint16(0x7E00), np.uint32(0x7FC00000)


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

    A power of two 2¹³ times as large as the number, or as float16's smallest normal one, is added,
    so that the processor's own sum is rounded at float16's last bit; a number beyond float16's
    range overflows on the way.

    Source: Dukhan, FP16 (github.com/Maratyszcza/FP16), `fp16_ieee_from_fp32_value`.
    """
    bits = np.float32(number).view(np.uint32)
    magnitude = (abs(number) * np.float32(2.0**112)) * np.float32(2.0**-110)
    exponent = np.uint32(max((bits + bits) & np.uint32(0xFF000000), np.uint32(0x71000000)))
    anchor = np.uint32((exponent >> np.uint32(1)) + np.uint32(0x07800000)).view(np.float32)
    total = np.float32(anchor + magnitude).view(np.uint32)
    rounded = np.uint16(((total >> np.uint32(13)) & np.uint32(0x7C00)) + (total & np.uint32(0x0FFF)))
    sign = np.uint16((bits >> np.uint32(16)) & np.uint32(0x8000))
    return np.int16(sign | rounded if number == number else _NAN_F16)


@no_type_check
def _float32(number: Any, kind: Any) -> Any:
    """The bits of a float64 rounded to float32."""
    return np.float32(number).view(np.uint32) if number == number else _NAN_F32


@no_type_check
def round_to(number: Any, kind: Any) -> Any:
    """Return the bits of a number rounded to nearest, ties to even.

    The number is float32 for the half-precision kinds and float64 for float32.
    """


@overload(round_to)
@no_type_check
def _round_of(number: Any, kind: Any) -> Any:
    return {types.uint16: _bfloat16, types.int16: _float16, types.uint32: _float32}[kind]


@no_type_check
def _read_bfloat16(bits: Any, kind: Any) -> Any:
    """The float32 that bfloat16's bits stand for."""
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)


@no_type_check
def _read_float16(bits: Any, kind: Any) -> Any:
    """The float32 that float16's bits stand for, by the difference of the exponents' biases."""
    shifted = np.uint32((np.uint32(bits) & np.uint32(0x7FFF)) << np.uint32(13))
    magnitude = np.float32(shifted.view(np.float32) * np.float32(2.0**112)).view(np.uint32)
    beyond = np.uint32(0x7F800000) if shifted >= np.uint32(0x0F800000) else np.uint32(0)
    sign = np.uint32((np.uint32(bits) & np.uint32(0x8000)) << np.uint32(16))
    return np.uint32(sign | magnitude | beyond).view(np.float32)


@no_type_check
def _read_float32(bits: Any, kind: Any) -> Any:
    """The float32 of these bits."""
    return np.uint32(bits).view(np.float32)


@no_type_check
def read(bits: Any, kind: Any) -> Any:
    """The number that bits of a kind stand for, in float32."""


@overload(read)
@no_type_check
def _read_of(bits: Any, kind: Any) -> Any:
    return {types.uint16: _read_bfloat16, types.int16: _read_float16, types.uint32: _read_float32}[kind]


@no_type_check
def round_once(exact: Any, kind: Any) -> Any:
    """The bits of a float64, rounded once whatever the kind: `rounding.round_once` of one number."""


@overload(round_once)
@no_type_check
def _round_once_of(exact: Any, kind: Any) -> Any:
    return _float32_once if kind == types.uint32 else _half_once


@no_type_check
def _float32_once(exact: Any, kind: Any) -> Any:
    return round_to(exact, kind)


@no_type_check
def _half_once(exact: Any, kind: Any) -> Any:
    near = np.float32(exact)
    away = np.int32(abs(np.float64(near)) > abs(exact))
    to_odd = np.int32((near.view(np.int32) - away) | np.int32(1)).view(np.float32)
    return round_to(near if np.float64(near) == exact else to_odd, kind)


@no_type_check
def _nearest_bfloat16(number: Any, kind: Any) -> Any:
    """Ties go away from zero, which is less work; a tie is never certain."""
    bits = np.float32(number).view(np.uint32)
    rounded = np.uint32((bits + np.uint32(0x8000)) & np.uint32(0xFFFF0000))
    power = np.uint32(bits & np.uint32(0x7F800000)).view(np.float32)
    return np.uint16(rounded >> np.uint32(16)), rounded.view(np.float32), power


@no_type_check
def _nearest_float16(number: Any, kind: Any) -> Any:
    """A power of two 2¹³ times as large as the number's, or as float16's smallest normal one, is added, so
    that the processor's own sum is rounded at float16's last bit.

    Such a sum's last bits count float16's steps. A number beyond the range gets a power of zero.
    """
    bits = np.float32(number).view(np.uint32)
    sign = np.uint32(bits & np.uint32(0x80000000))
    power = np.uint32(max(np.uint32(bits & np.uint32(0x7F800000)), np.uint32(0x38800000)))
    anchor = np.uint32((power + np.uint32(0x06800000)) | sign).view(np.float32)
    total = np.float32(number + anchor)
    steps = np.uint32(total.view(np.uint32) & np.uint32(0x0FFF))
    rounded = np.uint32(steps + (power >> np.uint32(13)) - np.uint32(113 << 10))
    is_inside = abs(number) < np.float32(65504.0)
    inside = np.uint32(power if is_inside and steps != np.uint32(0) else np.uint32(0))
    return np.int16(rounded | (sign >> np.uint32(16))), np.float32(total - anchor), inside.view(np.float32)


@no_type_check
def _nearest_float32(number: Any, kind: Any) -> Any:
    rounded = np.float32(number)
    power = np.uint64(np.float64(number).view(np.uint64) & np.uint64(0x7FF0000000000000)).view(np.float64)
    least = np.float64(2.0**-126)
    power = power if power > least else least
    return rounded.view(np.uint32), np.float64(rounded), power if rounded != 0.0 else np.float64(0.0)


@no_type_check
def nearest(number: Any, kind: Any) -> Any:
    """Round a number, and say how far its kind's steps lie apart there.

    Gives the bits of what it rounds to (for a tie: one of the two), their number in the wide dtype, and the
    largest power of two that is no larger than the number, or than the kind's smallest normal one. The
    power is 0 where nothing is certain: for what rounds to 0, whose sign is open, and beyond float16's
    range.
    """


@overload(nearest)
@no_type_check
def _nearest_of(number: Any, kind: Any) -> Any:
    found = {types.uint16: _nearest_bfloat16, types.int16: _nearest_float16, types.uint32: _nearest_float32}
    return found[kind]


@no_type_check
def _power_below_float32(number: Any, kind: Any) -> Any:
    smaller = np.float32(number * np.float32(1.0 - 2.0**-12))
    return np.uint32(smaller.view(np.uint32) & np.uint32(0x7F800000)).view(np.float32)


@no_type_check
def _power_below_float64(number: Any, kind: Any) -> Any:
    smaller = np.float64(np.float64(number) * np.float64(1.0 - 2.0**-26))
    return np.uint64(smaller.view(np.uint64) & np.uint64(0x7FF0000000000000)).view(np.float64)


@no_type_check
def power_below(number: Any, kind: Any) -> Any:
    """Return the largest power of two that is smaller than the size of a number of a kind, 0 for 0."""


@overload(power_below)
@no_type_check
def _power_below_of(number: Any, kind: Any) -> Any:
    return _power_below_float64 if kind == types.uint32 else _power_below_float32


@no_type_check
def _half_steps_bfloat16(kind: Any) -> Any:
    return np.float32(2.0**-8), np.float32(2.0**-9)


@no_type_check
def _half_steps_float16(kind: Any) -> Any:
    return np.float32(2.0**-11), np.float32(2.0**-12)


@no_type_check
def _half_steps_float32(kind: Any) -> Any:
    return np.float64(2.0**-24), np.float64(2.0**-25)


@no_type_check
def half_steps(kind: Any) -> Any:
    """Half the distance between two neighbours of a kind from 1 to 2, and half of that, in the wide dtype."""


@overload(half_steps)
@no_type_check
def _half_steps_of(kind: Any) -> Any:
    half_precision = {types.uint16: _half_steps_bfloat16, types.int16: _half_steps_float16}
    return half_precision.get(kind, _half_steps_float32)


@compiled_part
@no_type_check
def lowest_bit(mask: Any) -> Any:
    """Return the index of the lowest set bit of a uint64; compilers turn this form into one instruction."""
    below = (mask & (~mask + np.uint64(1))) - np.uint64(1)
    pairs = below - ((below >> np.uint64(1)) & np.uint64(0x5555555555555555))
    fours = (pairs & np.uint64(0x3333333333333333)) + (
        (pairs >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    bytewise = (fours + (fours >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bytewise * np.uint64(0x0101010101010101)) >> np.uint64(56))
