"""Numbers whose exponent is smaller in a prediction than in what was merged: `surgery/delta/grown.py`."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled, compiled_part
from lorasurgery.linalg.kernels.marks import less_in
from lorasurgery.linalg.kernels.numbers import lowest_bit
from lorasurgery.linalg.kernels.tiles import TILE


@compiled_part
@no_type_check
def _grown_in(predicted: Any, merged: Any, at: Any, exponents: Any) -> Any:
    """A bit for each of the numbers of a tile, or of those that are left, whose exponent is smaller."""
    grown = np.uint64(0)
    if at + TILE <= len(merged):
        return less_in(predicted, merged, at, exponents)
    for i in range(len(merged) - at):
        is_grown = (predicted[at + i] & exponents) < (merged[at + i] & exponents)
        grown |= np.uint64(is_grown) << np.uint64(i)
    return grown


@compiled
@no_type_check
def note_grown(predicted: Any, merged: Any, exponents: Any, step: Any, places: Any, counts: Any) -> Any:
    """Note where exponents are one smaller, two, and more than two, in the three rows of `places`.

    `exponents` has the bits of an exponent, `step` its lowest one. `counts` becomes the numbers of places.
    """
    for gap in range(3):
        counts[gap] = 0
    for at in range(0, len(merged), TILE):
        grown = _grown_in(predicted, merged, at, exponents)
        while grown:
            place = at + lowest_bit(grown)
            grown &= grown - np.uint64(1)
            apart = np.int64(merged[place] & exponents) - np.int64(predicted[place] & exponents)
            gap = min(apart // np.int64(step), 3) - 1
            places[gap, counts[gap]] = place
            counts[gap] += 1


@compiled
@no_type_check
def take_grown(
    predicted: Any,
    merged: Any,
    exponents: Any,
    step: Any,
    first: Any,
    places: Any,
    steps: Any,
    zigzags: Any,
    counts: Any,
) -> Any:
    """Take the steps of such places, as zigzag bytes, 0 where there are none, into the rows of `zigzags`.

    `places` counts from `first`, and ascends. What is elsewhere, or too large for a byte, is moved to the
    front of `places` and `steps`. `counts` becomes the numbers of bytes in the three rows, and of those that
    are not 0. Returns how many steps were not taken.
    """
    for i in range(6):
        counts[i] = 0
    index, left = 0, 0
    for at in range(0, len(merged), TILE):
        grown = _grown_in(predicted, merged, at, exponents)
        while grown:
            own = at + lowest_bit(grown)
            grown &= grown - np.uint64(1)
            apart = np.int64(merged[own] & exponents) - np.int64(predicted[own] & exponents)
            gap, zigzag = min(apart // np.int64(step), 3) - 1, np.int64(0)
            while index < len(places) and places[index] <= first + own:
                moved = steps[index]
                if places[index] == first + own and -128 <= moved < 128:
                    zigzag = (moved << 1) ^ (moved >> 63)
                    counts[3 + gap] += 1
                else:
                    places[left], steps[left] = places[index], moved
                    left += 1
                index += 1
            zigzags[gap, counts[gap]] = np.uint8(zigzag)
            counts[gap] += 1
    for i in range(index, len(places)):
        places[left], steps[left] = places[i], steps[i]
        left += 1
    return left
