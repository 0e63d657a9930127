"""Numbers whose exponent is smaller in a prediction than in what was merged: `surgery/delta/grown.py`."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled
from lorasurgery.linalg.kernels.marks import less_in
from lorasurgery.linalg.kernels.numbers import lowest_bit
from lorasurgery.linalg.kernels.tiles import TILE


@compiled
@no_type_check
def note_grown(predicted: Any, merged: Any, exponents: Any, step: Any, places: Any, counts: Any) -> Any:
    """Note where exponents are one smaller, two, and more than two, in the three rows of `places`.

    `exponents` has the bits of an exponent, `step` its lowest one. `counts` becomes the numbers of places.
    """
    for gap in range(3):
        counts[gap] = 0
    for at in range(0, len(merged), TILE):
        grown = np.uint64(0)
        if at + TILE <= len(merged):
            grown = less_in(predicted, merged, at, exponents)
        else:
            for i in range(len(merged) - at):
                is_grown = (predicted[at + i] & exponents) < (merged[at + i] & exponents)
                grown |= np.uint64(is_grown) << np.uint64(i)
        while grown:
            place = at + lowest_bit(grown)
            grown &= grown - np.uint64(1)
            apart = np.int64(merged[place] & exponents) - np.int64(predicted[place] & exponents)
            gap = min(apart // np.int64(step), 3) - 1
            places[gap, counts[gap]] = place
            counts[gap] += 1


@compiled
@no_type_check
def match_steps(listed: Any, places: Any, steps: Any, first: Any, zigzags: Any, is_left: Any) -> Any:
    """Write the steps of listed places as zigzag bytes, 0 where there are none, and unmark those.

    `listed` counts from 0 and `places` from `first`; both ascend. Steps beyond a byte stay marked.
    Returns how many were written.
    """
    at, written = 0, 0
    for i in range(len(listed)):
        zigzags[i] = np.uint8(0)
        place = first + listed[i]
        while at < len(places) and places[at] < place:
            at += 1
        if at < len(places) and places[at] == place and -128 <= steps[at] < 128:
            zigzags[i] = np.uint8((steps[at] << 1) ^ (steps[at] >> 63))
            is_left[at] = np.uint8(0)
            written += 1
    return written
