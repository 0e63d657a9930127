"""Move a column's codes on an even grid: codes 0, 1, 2, ..., whose numbers are evenly spaced.

There a move depends on ΔW alone, but for codes that come to an end of the grid.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.code_step import goes
from lorasurgery.linalg.kernels.jit import compiled_part
from lorasurgery.linalg.kernels.tiles import LANES

# Steps beyond which a move is clamped before it becomes an integer.
_FAR = np.float32(1 << 14)
_ZERO, _ONE = np.float32(0), np.float32(1)


@compiled_part
@no_type_check
def along_even(
    here: Any,
    scale: Any,
    lanes: Any,
    places: Any,
    weight: Any,
    grid: Any,
    rounding: Any,
    is_back: Any,
    steps: Any,
    count: Any,
) -> Any:
    """Move a column's codes within an even grid, and note, or take, where a code was that came to an end."""
    along, change, added, chance, free, origins = lanes[0], lanes[1], lanes[2], lanes[3], lanes[4], lanes[5]
    ends, last, at_end = places[0], np.float32(len(grid[0]) - 1), 0
    for i in range(LANES):
        factor, delta, code = scale[i], change[i], np.float32(here[i])
        is_fixed = factor == _ZERO
        wanted = _ZERO if is_fixed else delta / factor
        low = np.floor(min(max(wanted, -_FAR), _FAR))
        is_going = goes(factor, delta - factor * low, weight, along[i], chance[i], rounding)
        move = low + _ONE if is_going else low
        move = _ZERO if is_fixed else move
        moved = code if is_back else min(max(code + move, _ZERO), last)
        origin = code - move if is_back else code
        is_noted = np.int16((move != _ZERO) & ((moved <= _ZERO) | (moved >= last)))
        free[i], origins[i], ends[i] = move, origin, is_noted
        added[i] = factor * (moved - origin) - delta
        here[i] = np.int16(origin if is_back else moved)
        at_end += is_noted
    if at_end:
        for i in range(LANES):
            if ends[i]:
                if is_back:
                    note = np.float32(steps[count])
                    here[i] = np.int16(origins[i] + note)
                    added[i] = scale[i] * (free[i] - note) - change[i]
                else:
                    steps[count] = np.int16(origins[i] - (np.float32(here[i]) - free[i]))
                count += 1
    return count
