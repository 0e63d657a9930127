"""The loops that numba compiles: where torch would need a pass over memory for every step, or a call for every element.

All of them lie in this file, because compiled code is kept (beside it, or in the user's cache where that cannot be written) and is made
anew when the file it is from changes. Nothing is reassociated, and no product and sum are fused, so that numbers are IEEE's on every
machine. What calls them, and what the arguments are: `intervals.py`, `ordered.py`, `steps.py`. No index is checked.

numba knows neither bfloat16 nor float16. Their bits go by integers, and the integer's type, the `kind`, tells how to round; functions
take any pattern of the dtype for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, no_type_check

import numpy as np
import torch
from numba import njit, types
from numba.core.caching import FunctionCache
from numba.extending import overload

KINDS = {torch.bfloat16: torch.uint16, torch.float16: torch.int16, torch.float32: torch.uint32}
# What every NaN becomes, as in `rounding.py`.
_NAN_BF16, _NAN_F16, _NAN_F32 = np.uint16(0x7FC0), np.uint16(0x7E00), np.uint32(0x7FC00000)
# So many elements are compared before anybody looks which of them differ: a bit for each. Loops over a number of them that is known at
# compile time, from the beginning of a slice, are spread over vector units; others hardly.
TILE = 64


class _Kept(FunctionCache):
    """Compiled code as it is kept between runs: an aid, whose damage or lack must not fail anybody.

    numba lets its errors through: an index that a power cut left empty, code that was cut off, a full disk.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept for a signature; None, which has it compiled anew, where that cannot be read."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception:  # unpickling fails in many ways
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, where that can be done."""
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except Exception:  # an index that cannot be read is replaced by an empty one
            with suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have a function compiled when it is first called; it lets go of the interpreter's lock.

    It is marked by `no_type_check` as well, so that the tests' checks of shapes are not compiled with it.
    """
    made: Any = njit(nogil=True, error_model="numpy")(function)
    # As `cache=True` does; but there is no public way to another class.
    with suppress(RuntimeError):  # nowhere can code be kept
        made._cache = _Kept(function)  # type: ignore[no-untyped-call]
    return made  # type: ignore[no-any-return]


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
    return np.int16(sign | rounded if number == number else _NAN_F16)


@no_type_check
def _float32(number: Any, kind: Any) -> Any:
    """The bits of a float64 rounded to float32."""
    return np.float32(number).view(np.uint32) if number == number else _NAN_F32


@no_type_check
def _round(number: Any, kind: Any) -> Any:
    """The bits of a number, float32 for the half-precision kinds and float64 for float32, rounded to nearest and ties to even."""
    return {np.uint16: _bfloat16, np.int16: _float16, np.uint32: _float32}[type(kind)](number, kind)


@overload(_round)
@no_type_check
def _round_of(number: Any, kind: Any) -> Any:
    return {types.uint16: _bfloat16, types.int16: _float16, types.uint32: _float32}[kind]


@no_type_check
def _round_once(exact: Any, kind: Any) -> Any:
    """The bits of a float64, rounded once whatever the kind: `rounding.round_once` of one number."""
    return (_float32_once if isinstance(kind, np.uint32) else _half_once)(exact, kind)


@overload(_round_once)
@no_type_check
def _round_once_of(exact: Any, kind: Any) -> Any:
    return _float32_once if kind == types.uint32 else _half_once


@no_type_check
def _float32_once(exact: Any, kind: Any) -> Any:
    return _round(exact, kind)


@no_type_check
def _half_once(exact: Any, kind: Any) -> Any:
    near = np.float32(exact)
    away = np.int32(abs(np.float64(near)) > abs(exact))
    to_odd = np.int32((near.view(np.int32) - away) | np.int32(1)).view(np.float32)
    return _round(near if np.float64(near) == exact else to_odd, kind)


@_compiled
@no_type_check
def _lowest_bit(mask: Any) -> Any:
    """The index of the lowest bit that is set in a uint64: the count of those below it, which compilers know as one instruction."""
    below = (mask & (~mask + np.uint64(1))) - np.uint64(1)
    pairs = below - ((below >> np.uint64(1)) & np.uint64(0x5555555555555555))
    fours = (pairs & np.uint64(0x3333333333333333)) + (
        (pairs >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    bytewise = (fours + (fours >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bytewise * np.uint64(0x0101010101010101)) >> np.uint64(56))


@_compiled
@no_type_check
def _ends(number: Any, absolute: Any, relative: Any, infinite: Any) -> Any:
    """The lower end, rounded; and bits that are not all zero where the upper one is another, or both are no finite number."""
    width = abs(number) * relative + absolute
    below, above = _round(number - width, infinite), _round(number + width, infinite)
    return below, (below ^ above) | (infinite if (below & infinite) == infinite else infinite ^ infinite)


@_compiled
@no_type_check
def round_ends(near: Any, absolute: Any, relative: Any, infinite: Any, out: Any, places: Any) -> Any:
    """Round both ends of every interval; how many places are in doubt, or -1 where there is no room for them."""
    rows, columns = near.shape
    apart = np.empty(TILE, out.dtype)
    count = 0
    for i in range(rows):
        if count + columns > len(places):
            return -1
        for at in range(0, columns - TILE + 1, TILE):
            numbers, stored = near[i, at : at + TILE], out[i, at : at + TILE]
            for j in range(TILE):
                stored[j], apart[j] = _ends(numbers[j], absolute[i], relative, infinite)
            doubtful = np.uint64(0)
            for j in range(TILE):
                doubtful |= np.uint64(apart[j] != infinite ^ infinite) << np.uint64(j)
            while doubtful:
                places[count] = i * columns + at + _lowest_bit(doubtful)
                doubtful &= doubtful - np.uint64(1)
                count += 1
        for j in range(columns - columns % TILE, columns):
            out[i, j], different = _ends(near[i, j], absolute[i], relative, infinite)
            if different:
                places[count] = i * columns + j
                count += 1
    return count


@_compiled
@no_type_check
def add_products(
    total: Any,
    places: Any,
    columns: Any,
    start: Any,
    left: Any,
    right: Any,
    scale: Any,
    first_row: Any,
    first_column: Any,
) -> Any:
    """Add scale · left @ right to the totals that lie in its rectangle, rank by rank."""
    for i in range(len(places)):
        row = places[i] // columns + start - first_row
        column = places[i] % columns - first_column
        if 0 <= row < left.shape[0] and 0 <= column < right.shape[1]:
            added = 0.0  # +0, as the sums of whole rows begin
            for k in range(left.shape[1]):
                added += np.float64(left[row, k]) * np.float64(right[k, column])
            total[i] += added * scale


@_compiled
@no_type_check
def put_rounded(out: Any, places: Any, sums: Any, kind: Any) -> Any:
    """Put float64 sums into their places, each rounded once."""
    for i in range(len(places)):
        out[places[i]] = _round_once(sums[i], kind)


@_compiled
@no_type_check
def _turned(number: Any, lowest: Any) -> Any:
    """`bits.ordered` of one pattern, and `bits.from_ordered` of one number: both turn the negative ones about."""
    return lowest - number - 1 if number < 0 and lowest < 0 else number


@_compiled
@no_type_check
def note_steps(
    one: Any, other: Any, lowest: Any, start: Any, first: Any, places: Any, steps: Any, held: Any
) -> Any:
    """Note where two arrays of patterns differ, and by how many steps; how far that went, and how many are noted."""
    one, other, first = one[start:], other[start:], first + start
    at = 0
    while at < len(one) and held + TILE <= len(places):
        differing = np.uint64(0)
        if at + TILE <= len(one):
            for i in range(TILE):
                differing |= np.uint64(one[at + i] != other[at + i]) << np.uint64(i)
        else:
            for i in range(len(one) - at):
                differing |= np.uint64(one[at + i] != other[at + i]) << np.uint64(i)
        while differing:
            place = at + _lowest_bit(differing)
            differing &= differing - np.uint64(1)
            places[held] = first + place
            steps[held] = _turned(np.int64(one[place]), lowest) - _turned(np.int64(other[place]), lowest)
            held += 1
        at += TILE
    return start + min(at, len(one)), held


@_compiled
@no_type_check
def take_steps(bits: Any, lowest: Any, places: Any, steps: Any) -> Any:
    """Move patterns by so many steps."""
    for i in range(len(places)):
        place = places[i]
        bits[place] = _turned(_turned(np.int64(bits[place]), lowest) + steps[i], lowest)
