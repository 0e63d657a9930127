"""Move a column's codes on an even grid: codes 0, 1, 2, ..., whose numbers are evenly spaced.

There a move depends on ΔW alone, but for codes that come to an end of the grid.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.code_step import goes
from lorasurgery.linalg.kernels.jit import compiled
from lorasurgery.linalg.kernels.tiles import LANES

# Steps beyond which a move is clamped before it becomes an integer.
_FAR = np.float32(1 << 14)
_ZERO, _ONE = np.float32(0), np.float32(1)


@compiled
@no_type_check
def along_even(here: Any, scale: Any, lanes: Any, weight: Any, last: Any, rounding: Any, is_back: Any) -> Any:
    """Move a column's codes on an even grid as if it had no ends, and return how many of them are
    at an end, or beyond one.
    """
    along, change, added, chance = lanes[0], lanes[1], lanes[2], lanes[3]
    free, at_end = lanes[4], 0
    for i in range(LANES):
        factor, delta, code = scale[i], change[i], np.float32(here[i])
        is_fixed = factor == _ZERO
        steps = _ZERO if is_fixed else delta / factor
        low = np.floor(min(max(steps, -_FAR), _FAR))
        is_going = goes(factor, delta - factor * low, weight, along[i], chance[i], rounding)
        steps = low + _ONE if is_going else low
        steps = _ZERO if is_fixed else steps
        other = code - steps if is_back else code + steps
        free[i] = steps
        added[i] = factor * steps - delta
        at_end += np.int32(((code if is_back else other) <= _ZERO) | ((code if is_back else other) >= last))
    return at_end


@compiled
@no_type_check
def at_ends(here: Any, scale: Any, lanes: Any, last: Any, is_back: Any, steps: Any, count: Any) -> Any:
    """Keep a column's codes within an even grid, and note, or take, where a code was that came to an end."""
    change, added, free = lanes[1], lanes[2], lanes[4]
    for i in range(LANES):
        code, move = np.int64(here[i]), np.int64(free[i])
        if is_back:
            moved, origin = code, code - move
            if move != 0 and (moved <= 0 or moved >= last):
                origin += steps[count]
                count += 1
            here[i] = origin
        else:
            origin = code
            moved = min(max(code + move, 0), last)
            if move != 0 and (moved <= 0 or moved >= last):
                steps[count] = origin - (moved - move)
                count += 1
            here[i] = moved
        added[i] = scale[i] * np.float32(moved - origin) - change[i]
    return count


@compiled
@no_type_check
def inside(here: Any, free: Any, is_back: Any) -> Any:
    """Move a column's codes as if the grid had no ends, where none of them comes to one."""
    for i in range(LANES):
        here[i] = np.int16(np.float32(here[i]) - free[i] if is_back else np.float32(here[i]) + free[i])
