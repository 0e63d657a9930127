"""Differences between bit patterns in ulps: how many stored numbers lie between two of them."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled, compiled_part
from lorasurgery.linalg.kernels.marks import differing
from lorasurgery.linalg.kernels.numbers import lowest_bit
from lorasurgery.linalg.kernels.tiles import TILE


@compiled_part
@no_type_check
def _ordered(number: Any, lowest: Any) -> Any:
    """A signed pattern as an integer in the order of the floats, and back: both reverse the negative ones."""
    return lowest - number - 1 if number < 0 and lowest < 0 else number


@compiled_part
@no_type_check
def in_order(bits: Any, lowest: Any) -> Any:
    """Return a float's bit pattern as an integer in the order of the floats; `lowest` is the signed
    pattern of -0.
    """
    number = np.int64(bits)
    return _ordered(number + 2 * lowest if number >= -lowest else number, lowest)


@compiled
@no_type_check
def note_ulps(one: Any, other: Any, lowest: Any, first: Any, places: Any, ulps: Any, count: Any) -> Any:
    """Note where two arrays of patterns differ, and by how many ulps."""
    held = count[0]
    for at in range(0, len(one), TILE):
        differ = np.uint64(0)
        if at + TILE <= len(one):
            differ = differing(one, other, at)
        else:
            for i in range(len(one) - at):
                differ |= np.uint64(one[at + i] != other[at + i]) << np.uint64(i)
        while differ:
            place = at + lowest_bit(differ)
            differ &= differ - np.uint64(1)
            places[held] = first + place
            ulps[held] = _ordered(np.int64(one[place]), lowest) - _ordered(np.int64(other[place]), lowest)
            held += 1
    count[0] = held


@compiled_part
@no_type_check
def stepped(number: Any, ulps: Any, lowest: Any) -> Any:
    """Return a signed pattern so many ulps further on."""
    return _ordered(_ordered(np.int64(number), lowest) + ulps, lowest)


@compiled
@no_type_check
def add_ulps(bits: Any, lowest: Any, places: Any, ulps: Any) -> Any:
    """Add ulps to the patterns at some positions."""
    for i in range(len(places)):
        place = places[i]
        bits[place] = stepped(bits[place], ulps[i], lowest)
