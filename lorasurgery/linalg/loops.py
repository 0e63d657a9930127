"""The loops that numba compiles: where numpy would need a pass over memory for every step, or a call for every element.

All of them lie in this file, because compiled code is kept (beside it, or in the user's cache where that cannot be written) and is made
anew when the file it is from changes. Nothing is reassociated, and no product and sum are fused (but for the fast product, which only
has to be near), so that numbers are IEEE's on every machine. What calls them, and what the arguments are: `bounded.py`, `ordered.py`,
`steps.py`. No index is checked.

numba knows neither bfloat16 nor float16. Their bits go by integers, and the integer's type, the `kind`, tells how to read and to round
them; functions take any pattern of the dtype for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, no_type_check

import numpy as np
from numba import njit, types
from numba.core.caching import FunctionCache
from numba.extending import overload

from lorasurgery.dtypes import Dtype

KINDS = {Dtype.BF16: np.uint16, Dtype.F16: np.int16, Dtype.F32: np.uint32}
# What every NaN becomes, as in `rounding.py`.
_NAN_BF16, _NAN_F16, _NAN_F32 = np.uint16(0x7FC0), np.uint16(0x7E00), np.uint32(0x7FC00000)
# So many elements are compared before anybody looks which of them differ: a bit for each. Loops over a number of them that is known at
# compile time, from the beginning of a slice, are spread over vector units; others hardly.
TILE = 64
# So many columns, and so many ranks, are multiplied at a time: rows of as many ranks stay in a processor's nearest memory.
STRIP, GROUP = 512, 8


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


def _compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Have a function compiled when it is first called; it lets go of the interpreter's lock.

    It is marked by `no_type_check` as well, so that the tests' checks of shapes are not compiled with it.
    """
    made: Any = njit(nogil=True, error_model="numpy", **options)(function)
    # As `cache=True` does; but there is no public way to another class.
    with suppress(RuntimeError):  # nowhere can code be kept
        made._cache = _Kept(function)  # type: ignore[no-untyped-call]
    return made  # type: ignore[no-any-return]


# Its own products and sums may be one operation of the processor; not those of what it calls.
_compiled_fused = partial(_compiled, fastmath={"contract"})


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
def _read(bits: Any, kind: Any) -> Any:
    """The number that bits of a kind stand for, in float32."""
    return {np.uint16: _read_bfloat16, np.int16: _read_float16, np.uint32: _read_float32}[type(kind)](
        bits, kind
    )


@overload(_read)
@no_type_check
def _read_of(bits: Any, kind: Any) -> Any:
    return {types.uint16: _read_bfloat16, types.int16: _read_float16, types.uint32: _read_float32}[kind]


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


@_compiled_fused
@no_type_check
def round_sums(
    W: Any,
    start: Any,
    table: Any,
    left: Any,
    right: Any,
    absolute: Any,
    relative: Any,
    infinite: Any,
    out: Any,
    places: Any,
) -> Any:
    """Add terms to rows of a matrix and round both ends of an interval about every sum; how many places are in doubt, or -1 where there
    is no room for them."""
    rows, columns = W.shape
    numbers, rounded, apart = (
        np.zeros(STRIP, left.dtype),
        np.empty(STRIP, out.dtype),
        np.empty(STRIP, out.dtype),
    )
    padded = np.zeros(STRIP, W.dtype)
    count = 0
    for strip in range((columns + STRIP - 1) // STRIP):
        first = strip * STRIP
        width = min(STRIP, columns - first)
        for i in range(rows):
            if count + width > len(places):
                return -1
            stored = W[i, first : first + width]
            if width < STRIP:
                for j in range(width):
                    padded[j] = stored[j]
                stored = padded
            for j in range(STRIP):
                numbers[j] = _read(stored[j], W[0, 0])
            for t in range(len(table)):
                row, across, groups = i + start - table[t, 0], strip - table[t, 2], table[t, 4]
                if not (0 <= row < table[t, 1] and 0 <= across < table[t, 3]):
                    continue
                for group in range(groups):
                    a = left[table[t, 5] + row * groups + group]
                    b = right[table[t, 6] + across * groups + group]
                    a0, a1, a2, a3, a4, a5, a6, a7 = a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]
                    for j in range(STRIP):
                        numbers[j] += (
                            a0 * b[0, j]
                            + a1 * b[1, j]
                            + a2 * b[2, j]
                            + a3 * b[3, j]
                            + a4 * b[4, j]
                            + a5 * b[5, j]
                            + a6 * b[6, j]
                            + a7 * b[7, j]
                        )
            for j in range(STRIP):
                rounded[j], apart[j] = _ends(numbers[j], absolute[i], relative, infinite)
            kept = out[i, first : first + width]
            for j in range(width):
                kept[j] = rounded[j]
            for tile in range(0, width, TILE):
                some = apart[tile : tile + TILE]
                doubtful = np.uint64(0)
                for j in range(TILE):
                    doubtful |= np.uint64(some[j] != infinite ^ infinite) << np.uint64(j)
                while doubtful:
                    place = tile + _lowest_bit(doubtful)
                    doubtful &= doubtful - np.uint64(1)
                    if place < width:
                        places[count] = i * columns + first + place
                        count += 1
    return count


@_compiled
@no_type_check
def add_rows(
    total: Any, start: Any, left: Any, right: Any, scale: Any, first_row: Any, first_column: Any
) -> Any:
    """Add scale · left @ right to those rows of a matrix, from `start` on, that lie in its rectangle, rank by rank."""
    added = np.empty(right.shape[1], np.float64)
    for i in range(len(total)):
        row = i + start - first_row
        if 0 <= row < left.shape[0]:
            added[:] = 0.0
            for k in range(left.shape[1]):
                factor = np.float64(left[row, k])
                for j in range(len(added)):
                    added[j] += factor * np.float64(right[k, j])
            for j in range(len(added)):
                total[i, first_column + j] += added[j] * scale


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
def round_all(out: Any, sums: Any, kind: Any) -> Any:
    """Round float64 sums once, each into its place."""
    for i in range(len(out)):
        out[i] = _round_once(sums[i], kind)


@_compiled
@no_type_check
def _turned(number: Any, lowest: Any) -> Any:
    """A float's pattern as an integer in the order of the numbers, and back: both turn the negative ones about."""
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
