"""Move a column's codes on any grid, by tables of it (`CodeGrid.tables`).

A side of a code is 2 · code, downwards, or 2 · code + 1, upwards.

levels     (K) the number of a code, before its scale; NaN where it has none
firsts     (K) the code that stands for a number in `ordered`, −1 where it has none
gaps       (2 K) the distance to the next number on a side; infinite at the ends
backs      (2 K) the distance to the next number on the other side, negative where that number is 0
leasts     (2 K) the smallest of these two and of the next but one on the other side
following  (4 K) twice for each side: the code itself, and that of the next number there
numbers    (M) all numbers in order, each once
ordered    (M) the codes of these
starts     where to begin to look for a number, by the first bits of its pattern (`CodeGrid.starts`)

Numbers are looked up in loops of their own, code by code; all other loops are spread over vector units.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.code_step import goes
from lorasurgery.linalg.kernels.jit import compiled_part
from lorasurgery.linalg.kernels.tiles import LANES, START_SHIFT

_ZERO, _ONE = np.float32(0), np.float32(1)
# Some times the relative error of float32.
_ROUNDING = np.float32(2.0**-21)


@compiled_part
@no_type_check
def _last_until(target: Any, grid: Any) -> Any:
    """The place of the last number that is not beyond a target; 0 where all are."""
    numbers, starts = grid[6], grid[8]
    index = np.int64(starts[np.float32(target).view(np.uint32) >> np.uint32(START_SHIFT)])
    while index + 1 < len(numbers) and numbers[index + 1] <= target:
        index += 1
    return index


@compiled_part
@no_type_check
def _moved(code: Any, aim: Any, grid: Any) -> Any:
    """The code that a code moves to: one of the two on either side of its target."""
    shift, factor, delta, weight, along, chance, rounding = aim
    levels, gaps, following, numbers, codes = grid[0], grid[2], grid[5], grid[6], grid[7]
    towards, sign = (1, _ONE) if shift >= _ZERO else (0, -_ONE)
    gap = gaps[2 * code + towards]
    if abs(shift) < gap:
        is_going = goes(factor * (sign * gap), delta, weight, along, chance, rounding)
        return np.int64(following[4 * code + 2 * towards + 1]) if is_going else code
    target = levels[code] + shift
    index = _last_until(target, grid)
    if not towards and numbers[index] < target:
        index = min(index + 1, len(numbers) - 1)
    reached = np.int64(codes[index])
    gap, rest = gaps[2 * reached + towards], delta - factor * (levels[reached] - levels[code])
    if goes(factor * (sign * gap), rest, weight, along, chance, rounding):
        reached = np.int64(following[4 * reached + 2 * towards + 1])
    return code if levels[reached] == levels[code] else reached


@compiled_part
@no_type_check
def _origin_far(moved: Any, aim: Any, grid: Any) -> Any:
    """The code nearest to where a moved one must have been, of those that move to it, and whether
    it is the only one.
    """
    levels, firsts, gaps, numbers, codes = grid[0], grid[1], grid[2], grid[6], grid[7]
    wanted, found, count = levels[moved] - aim[0], moved, 0
    # What is wanted and the target that moved were rounded each its own way: a little more is looked at.
    reach, smaller, larger = abs(levels[moved]) + abs(aim[0]), gaps[2 * moved], gaps[2 * moved + 1]
    least = wanted - smaller - (reach + smaller) * _ROUNDING
    most = wanted + larger + (reach + larger) * _ROUNDING
    below = _last_until(wanted, grid)
    if numbers[below] > wanted:
        below = -1
    above = below + 1
    while count < 2:
        is_below = below >= 0 and numbers[below] >= least
        is_above = above < len(codes) and numbers[above] <= most
        if not (is_below or is_above):
            break
        if is_below and is_above:
            is_below = wanted - numbers[below] <= numbers[above] - wanted
        origin = np.int64(codes[below if is_below else above])
        below, above = (below - 1, above) if is_below else (below, above + 1)
        if _moved(origin, aim, grid) == moved:
            found = origin if count == 0 else found
            count += 1
    return found, count == 1 and levels[found] != _ZERO and found == firsts[found]


@compiled_part
@no_type_check
def _move_near(here: Any, scale: Any, lanes: Any, places: Any, weight: Any, grid: Any, rounding: Any) -> Any:
    """Move a column's codes to a neighbour where the target is not beyond it, and return how many are
    to move farther, which are marked by doubts.
    """
    along, change, chance, shift, gap, step = lanes[0], lanes[1], lanes[3], lanes[4], lanes[5], lanes[8]
    moved, doubts, sides = places[0], places[2], places[3]
    gaps, following, far = grid[2], grid[5], 0
    for i in range(LANES):
        sides[i] = np.int16(2) * here[i] + np.int16(shift[i] >= _ZERO)
    for i in range(LANES):
        gap[i] = gaps[sides[i]]
    for i in range(LANES):
        signed = gap[i] if shift[i] >= _ZERO else -gap[i]
        is_going = goes(scale[i] * signed, change[i], weight, along[i], chance[i], rounding)
        is_far = abs(shift[i]) >= gap[i]
        is_near = is_going & (shift[i] != _ZERO) & (not is_far)
        moved[i] = np.int16(2) * sides[i] + np.int16(is_near)
        step[i] = signed if is_near else _ZERO
        doubts[i] = np.int16(is_far)
        far += np.int32(is_far)
    for i in range(LANES):
        moved[i] = following[moved[i]]
    return far


@compiled_part
@no_type_check
def _guess(scale: Any, lanes: Any, places: Any, weight: Any, grid: Any, rounding: Any) -> Any:
    """Guess which codes moved ones were: themselves, or their neighbours away from the target.

    The doubts are 1 where another code is possible, and 2 where it may be farther away; returned is
    their sum.
    """
    along, change, chance, shift = lanes[0], lanes[1], lanes[3], lanes[4]
    gap, back, least = lanes[5], lanes[6], lanes[7]
    moved, guessed, doubts, sides = places[0], places[1], places[2], places[3]
    gaps, backs, leasts, following, doubtful = grid[2], grid[3], grid[4], grid[5], 0
    for i in range(LANES):
        sides[i] = np.int16(2) * moved[i] + np.int16(shift[i] >= _ZERO)
    for i in range(LANES):
        side = sides[i]
        gap[i], back[i], least[i] = gaps[side], backs[side], leasts[side]
    for i in range(LANES):
        factor, size = scale[i] if shift[i] >= _ZERO else -scale[i], abs(shift[i])
        far_back = abs(back[i])
        is_taken = goes(factor * gap[i], change[i], weight, along[i], chance[i], rounding)
        comes = goes(factor * far_back, change[i], weight, along[i], chance[i], rounding)
        is_moving = size != _ZERO
        is_there = is_moving & comes & (is_taken | (abs(far_back - size) < size))
        is_unsure = (comes != is_taken) | (is_taken & (back[i] < _ZERO))
        is_far = is_moving & (size >= least[i])
        # The other side of a code is one less or one more.
        guessed[i] = np.int16(2) * (sides[i] ^ np.int16(1)) + np.int16(is_there)
        doubts[i] = np.int16(2) if is_far else np.int16(is_moving & is_unsure)
        doubtful += np.int32(doubts[i])
    for i in range(LANES):
        guessed[i] = following[guessed[i]]
    return doubtful


@compiled_part
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
    along, change, added, chance, shift, step = lanes[0], lanes[1], lanes[2], lanes[3], lanes[4], lanes[8]
    moved, guessed, doubts, levels = places[0], places[1], places[2], grid[0]
    for i in range(LANES):
        shift[i] = change[i] / scale[i] if scale[i] != _ZERO else _ZERO
    if is_back:
        for i in range(LANES):
            moved[i] = here[i]
    elif _move_near(here, scale, lanes, places, weight, grid, rounding):
        for i in range(LANES):
            code = np.int64(here[i])
            if doubts[i] and levels[code] == levels[code]:
                aim = (shift[i], scale[i], change[i], weight, along[i], chance[i], rounding)
                now = _moved(code, aim, grid)
                moved[i], step[i] = np.int16(now), levels[now] - levels[code]
    if _guess(scale, lanes, places, weight, grid, rounding):
        for i in range(LANES):
            now = np.int64(moved[i])
            if doubts[i] and levels[now] == levels[now]:
                guess, is_sure = np.int64(guessed[i]), False
                if doubts[i] == 2:
                    aim = (shift[i], scale[i], change[i], weight, along[i], chance[i], rounding)
                    guess, is_sure = _origin_far(now, aim, grid)
                if is_back:
                    if not is_sure:
                        guess = min(max(guess + steps[count], 0), len(levels) - 1)
                    guessed[i] = np.int16(guess)
                elif not is_sure:
                    steps[count] = here[i] - guess
                count += not is_sure
    if is_back:
        for i in range(LANES):
            now, origin = moved[i], guessed[i]
            here[i], step[i] = origin, levels[now] - levels[origin] if now != origin else _ZERO
    else:
        for i in range(LANES):
            here[i] = moved[i]
    for i in range(LANES):
        added[i] = scale[i] * step[i] - change[i]
    return count
