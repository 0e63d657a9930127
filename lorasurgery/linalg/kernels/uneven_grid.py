"""Move a column's codes on any grid, by tables of it, by code:

levels     (K) the number of a code, before its scale; NaN where it has none
gaps       (K, 2) the distances to the next smaller and the next larger number; infinite at the ends
following  (K, 2) the codes of these; itself at the ends
ordered    the codes in the order of their numbers, one for each number
ranks      (K) the place of a code's number in that order
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.code_step import goes
from lorasurgery.linalg.kernels.jit import compiled
from lorasurgery.linalg.kernels.tiles import LANES

_ZERO, _ONE = np.float32(0), np.float32(1)
# Some times the relative error of float32.
_ROUNDING = np.float32(2.0**-21)


@compiled
@no_type_check
def _moved(code: Any, aim: Any, grid: Any) -> Any:
    """The code that a code moves to: one of the two on either side of its target."""
    shift, factor, delta, weight, along, chance, rounding = aim
    levels, gaps, following, codes, _ = grid
    towards, sign = (1, _ONE) if shift >= _ZERO else (0, -_ONE)
    gap = gaps[code, towards]
    if abs(shift) < gap:
        is_going = goes(factor * (sign * gap), delta, weight, along, chance, rounding)
        return following[code, towards] if is_going else code
    low, high = 0, len(codes) - 1  # the last level that the target is not before, seen from the code
    target = levels[code] + shift
    if towards:
        while low < high:
            middle = (low + high + 1) >> 1
            low, high = (middle, high) if levels[codes[middle]] <= target else (low, middle - 1)
    else:
        while low < high:
            middle = (low + high) >> 1
            low, high = (low, middle) if levels[codes[middle]] >= target else (middle + 1, high)
    reached = codes[low]
    gap, rest = gaps[reached, towards], delta - factor * (levels[reached] - levels[code])
    if goes(factor * (sign * gap), rest, weight, along, chance, rounding):
        reached = following[reached, towards]
    return code if levels[reached] == levels[code] else reached


@compiled
@no_type_check
def _origin_far(moved: Any, aim: Any, grid: Any) -> Any:
    """The code nearest to where a moved one must have been, of those that move to it, and whether
    it is the only one.
    """
    levels, gaps, _, codes, ranks = grid
    wanted, found, count = levels[moved] - aim[0], moved, 0
    # What is wanted and the target that moved were rounded each its own way: a little more is looked at.
    reach, smaller, larger = abs(levels[moved]) + abs(aim[0]), gaps[moved, 0], gaps[moved, 1]
    least = wanted - smaller - (reach + smaller) * _ROUNDING
    most = wanted + larger + (reach + larger) * _ROUNDING
    low, high = 0, len(codes)  # the first level beyond what is wanted
    while low < high:
        middle = (low + high) >> 1
        low, high = (low, middle) if levels[codes[middle]] > wanted else (middle + 1, high)
    below, above = low - 1, low
    while count < 2:
        is_below = below >= 0 and levels[codes[below]] >= least
        is_above = above < len(codes) and levels[codes[above]] <= most
        if not (is_below or is_above):
            break
        if is_below and is_above:
            is_below = wanted - levels[codes[below]] <= levels[codes[above]] - wanted
        origin = codes[below if is_below else above]
        below, above = (below - 1, above) if is_below else (below, above + 1)
        if _moved(origin, aim, grid) == moved:
            found = origin if count == 0 else found
            count += 1
    return found, count == 1 and levels[found] != _ZERO and found == codes[ranks[found]]


@compiled
@no_type_check
def _steps(gaps: Any, scale: Any, lanes: Any, weight: Any, rounding: Any, taken: Any) -> Any:
    """Write into `taken` whether codes take the step over `gaps` towards their targets."""
    along, change, chance, shift = lanes[0], lanes[1], lanes[3], lanes[4]
    for i in range(LANES):
        step = scale[i] * gaps[i] if shift[i] >= _ZERO else -scale[i] * gaps[i]
        taken[i] = _ONE if goes(step, change[i], weight, along[i], chance[i], rounding) else _ZERO


@compiled
@no_type_check
def _move_near(here: Any, scale: Any, lanes: Any, places: Any, weight: Any, grid: Any, rounding: Any) -> Any:
    """Move a column's codes to a neighbour, or farther where the target is farther."""
    along, change, chance, shift, size, gap, taken = (
        lanes[0],
        lanes[1],
        lanes[3],
        lanes[4],
        lanes[5],
        lanes[6],
        lanes[7],
    )
    moved, gaps, following = places[0], grid[1], grid[2]
    for i in range(LANES):
        gap[i] = gaps[here[i], 1 if shift[i] >= _ZERO else 0]
    _steps(gap, scale, lanes, weight, rounding, taken)
    for i in range(LANES):
        code = np.int64(here[i])
        is_going = taken[i] != _ZERO and size[i] > _ZERO
        moved[i] = following[code, 1 if shift[i] >= _ZERO else 0] if is_going else code
        if size[i] >= gap[i]:
            moved[i] = code
            if size[i] > _ZERO and grid[0][code] == grid[0][code]:
                aim = (shift[i], scale[i], change[i], weight, along[i], chance[i], rounding)
                moved[i] = _moved(code, aim, grid)


@compiled
@no_type_check
def _guess(scale: Any, lanes: Any, places: Any, weight: Any, grid: Any, rounding: Any) -> Any:
    """Guess which codes moved ones were: themselves, or their neighbours away from the target.

    In `places` the doubts are 1 where another code is possible, and 2 where it may be farther away.
    """
    shift, size, gap, taken = lanes[4], lanes[5], lanes[6], lanes[7]
    back, beyond, comes = lanes[8], lanes[9], lanes[10]
    moved, guessed, doubts = places[0], places[1], places[2]
    levels, gaps, following = grid[0], grid[1], grid[2]
    for i in range(LANES):
        towards = 1 if shift[i] >= _ZERO else 0
        before = following[moved[i], 1 - towards]
        gap[i], back[i] = gaps[moved[i], towards], gaps[moved[i], 1 - towards]
        beyond[i], guessed[i] = gaps[before, 1 - towards], before
    _steps(gap, scale, lanes, weight, rounding, taken)
    _steps(back, scale, lanes, weight, rounding, comes)
    for i in range(LANES):
        is_there = (comes[i] != _ZERO) & ((taken[i] != _ZERO) | (abs(back[i] - size[i]) < size[i]))
        before = guessed[i]
        is_sure = (comes[i] == taken[i]) & ((taken[i] == _ZERO) | (levels[before] != _ZERO))
        guessed[i] = before if is_there else moved[i]
        doubts[i] = 0 if is_sure else 1
        if size[i] == _ZERO:
            guessed[i], doubts[i] = moved[i], 0
        elif size[i] >= min(gap[i], back[i], beyond[i]):
            doubts[i] = 2


@compiled
@no_type_check
def along_uneven(
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
    """Move a column's codes on any other grid, and note, or take, where a code was that may have
    been elsewhere.
    """
    along, change, added, chance, shift, size = lanes[0], lanes[1], lanes[2], lanes[3], lanes[4], lanes[5]
    moved, guessed, doubts, levels = places[0], places[1], places[2], grid[0]
    for i in range(LANES):
        shift[i] = change[i] / scale[i] if scale[i] != _ZERO else _ZERO
        size[i] = abs(shift[i])
    if is_back:
        for i in range(LANES):
            moved[i] = here[i]
    else:
        _move_near(here, scale, lanes, places, weight, grid, rounding)
    _guess(scale, lanes, places, weight, grid, rounding)
    for i in range(LANES):
        origin, now = np.int64(here[i]), moved[i]
        has_number = levels[now] == levels[now]
        if doubts[i] and scale[i] != _ZERO and has_number:
            guess, is_sure = guessed[i], False
            if doubts[i] == 2:
                aim = (shift[i], scale[i], change[i], weight, along[i], chance[i], rounding)
                guess, is_sure = _origin_far(now, aim, grid)
            if is_back:
                origin = guess
            if not is_sure:
                if is_back:
                    origin = min(max(guess + steps[count], 0), len(levels) - 1)
                else:
                    steps[count] = origin - guess
                count += 1
        elif is_back and has_number and scale[i] != _ZERO:
            origin = guessed[i]
        here[i] = origin if is_back else now
        added[i] = (scale[i] * (levels[now] - levels[origin]) if has_number else _ZERO) - change[i]
    return count
