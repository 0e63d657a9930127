"""Moves of bit patterns by ulps as a delta stores them: at some places, or of all, by planes of bytes."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled, compiled_part
from lorasurgery.linalg.kernels.ulps import stepped

_NONE16, _ONE16, _BYTE16 = np.uint16(0), np.uint16(1), np.uint16(8)
_TOP16, _ALL16 = np.uint16(0x8000), np.uint16(0xFFFF)


@compiled_part
@no_type_check
def _number(planes: Any, index: Any) -> Any:
    """The unsigned number whose bytes are at one index of all planes, the lowest byte first."""
    number = np.uint64(0)
    for plane in range(planes.shape[0]):
        number |= np.uint64(planes[plane, index]) << np.uint64(8 * plane)
    return number


@compiled
@no_type_check
def last_place(gaps: Any, first: Any) -> Any:
    """Return the last position of a chunk that begins at `first`; -1 where positions do not ascend."""
    place = first
    if _number(gaps, 0):
        return -1
    for index in range(1, gaps.shape[1]):
        gap = np.int64(_number(gaps, index))
        if gap <= 0 or place + gap < place:
            return -1
        place += gap
    return place


@compiled
@no_type_check
def take_chunk(bits: Any, lowest: Any, first: Any, gaps: Any, zigzags: Any, state: Any, backward: Any) -> Any:
    """Add the ulps of a chunk of corrections that belong to these patterns, the first of which is at `first`.

    Positions ascend, from one of these patterns on. `state` has the index of the next correction and
    its position, and is moved on.
    """
    index, place, stop = state[0], state[1], first + len(bits)
    while place < stop:
        zigzag = _number(zigzags, index)
        ulps = np.int64(zigzag >> np.uint64(1)) ^ -np.int64(zigzag & np.uint64(1))
        at = place - first
        bits[at] = stepped(bits[at], -ulps if backward else ulps, lowest)
        index += 1
        if index == gaps.shape[1]:
            break
        place += np.int64(_number(gaps, index))
    state[0], state[1] = index, place


@compiled_part
@no_type_check
def _moved(bits: Any, zigzag: Any, flipped: Any, top: Any, is_negative: Any) -> Any:
    """One pattern moved by a zigzag number of ulps; `flipped` has the bits that a sign reverses."""
    ulps = (zigzag >> np.uint64(1)) ^ (np.uint64(0) - (zigzag & np.uint64(1)))
    ordered = bits ^ ((np.uint64(0) - ((bits >> top) & np.uint64(1))) & flipped)
    ordered = ordered - ulps if is_negative else ordered + ulps
    return ordered ^ ((np.uint64(0) - ((ordered >> top) & np.uint64(1))) & flipped)


@compiled_part
@no_type_check
def _zigzag(target: Any, base: Any, flipped: Any, top: Any) -> Any:
    """The ulps from one pattern to another: 0, -1, 1, -2, ... as 0, 1, 2, 3, ..."""
    one = target ^ ((np.uint64(0) - ((target >> top) & np.uint64(1))) & flipped)
    other = base ^ ((np.uint64(0) - ((base >> top) & np.uint64(1))) & flipped)
    ulps = one - other
    return (ulps << np.uint64(1)) ^ (np.uint64(0) - ((ulps >> top) & np.uint64(1)))


@compiled_part
@no_type_check
def _ordered16(bits: Any, flip: Any) -> Any:
    return np.uint16(bits ^ (flip if bits >= _TOP16 else _NONE16))


@compiled
@no_type_check
def split_moves(target: Any, base: Any, planes: Any, flipped: Any) -> Any:
    """Write into planes of bytes what `move_all` takes to make the target of the base."""
    top, flip = np.uint64(8 * planes.shape[0] - 1), np.uint64(flipped)
    if planes.shape[0] == 2:
        # Each step in 16 bits: four times as many numbers in a vector as in 64.
        flip16, lower, upper = np.uint16(flipped), planes[0], planes[1]
        for i in range(len(target)):
            ulps = np.uint16(_ordered16(target[i], flip16) - _ordered16(base[i], flip16))
            zigzag = np.uint16(np.uint16(ulps << _ONE16) ^ (_ALL16 if ulps >= _TOP16 else _NONE16))
            lower[i] = np.uint8(zigzag)
            upper[i] = np.uint8(zigzag >> _BYTE16)
    elif planes.shape[0] == 4:
        for i in range(len(target)):
            zigzag = _zigzag(np.uint64(target[i]), np.uint64(base[i]), flip, np.uint64(31))
            planes[0, i] = np.uint8(zigzag)
            planes[1, i] = np.uint8(zigzag >> np.uint64(8))
            planes[2, i] = np.uint8(zigzag >> np.uint64(16))
            planes[3, i] = np.uint8(zigzag >> np.uint64(24))
    else:
        for i in range(len(target)):
            zigzag = _zigzag(np.uint64(target[i]), np.uint64(base[i]), flip, top)
            for plane in range(planes.shape[0]):
                planes[plane, i] = np.uint8(zigzag >> np.uint64(8 * plane))


@compiled
@no_type_check
def move_all(bits: Any, planes: Any, flipped: Any, backward: Any) -> Any:
    """Move all patterns, in place, by the ulps whose zigzag numbers are stored in planes of bytes.

    `flipped` has the bits that are reversed where the sign is set: all others, 0 for integers.
    """
    top, flip = np.uint64(8 * planes.shape[0] - 1), np.uint64(flipped)
    if planes.shape[0] == 2:  # a number of planes that is known is what makes this fast
        flip16, lower, upper = np.uint16(flipped), planes[0], planes[1]
        turned = _ALL16 if backward != 0 else _NONE16
        for i in range(len(bits)):
            zigzag = np.uint16(np.uint16(lower[i]) | np.uint16(np.uint16(upper[i]) << _BYTE16))
            ulps = np.uint16(np.uint16(zigzag >> _ONE16) ^ (_ALL16 if zigzag & _ONE16 else _NONE16))
            ulps = np.uint16(np.uint16(ulps ^ turned) - turned)
            bits[i] = _ordered16(np.uint16(_ordered16(bits[i], flip16) + ulps), flip16)
    elif planes.shape[0] == 4:
        for i in range(len(bits)):
            low = np.uint64(planes[0, i]) | (np.uint64(planes[1, i]) << np.uint64(8))
            high = np.uint64(planes[2, i]) | (np.uint64(planes[3, i]) << np.uint64(8))
            zigzag = low | (high << np.uint64(16))
            bits[i] = _moved(np.uint64(bits[i]), zigzag, flip, np.uint64(31), backward != 0)
    elif planes.shape[0] == 1:
        for i in range(len(bits)):
            bits[i] = _moved(np.uint64(bits[i]), np.uint64(planes[0, i]), flip, np.uint64(7), backward != 0)
    else:
        for i in range(len(bits)):
            bits[i] = _moved(np.uint64(bits[i]), _number(planes, i), flip, top, backward != 0)
