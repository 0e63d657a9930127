"""Move the codes of quantised weights along ΔW, column after column, or move them back.

Rows are independent and go side by side, `LANES` at a time, each in a lane of the processor's
vectors. `linalg/requantising.py` has the rule, and the tables of a grid, by code:

    levels     (K) the number of a code, before its scale; NaN where it has none
    following  (K, 2) the codes of the next smaller and the next larger number; itself at the ends
    gaps       (K, 2) the distances to them; 0 at the ends
    ordered    the codes in the order of their numbers, one for each number
    ranks      (K) the place of a code's number in that order

On an even grid the codes are 0, 1, 2, ... and their numbers are evenly spaced: there a move depends
on ΔW alone, and the tables are not looked at.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled
from lorasurgery.linalg.kernels.tiles import FEEDBACK, GROUP, LANES, STOCHASTIC

assert GROUP == 8, "the products are written out for so many ranks"
# Steps beyond which a move is clamped before it becomes an integer.
_FAR = np.float32(1 << 14)
_ZERO, _ONE, _TWO = np.float32(0), np.float32(1), np.float32(2)


@compiled
@no_type_check
def orthonormalise(vectors: Any, basis: Any, coefficients: Any, room: Any, tolerance: Any) -> Any:
    """Write an orthonormal basis of some vectors (r, n), which are overwritten, into the columns of
    `basis` (n, r), and return how many there are.

    `coefficients` (r, r) become those that give the vectors back: vectors = coefficients @ basisᵀ.
    Gram-Schmidt twice, each sum in order; what is below `tolerance` of a vector's norm is rounding.
    """
    count, n = vectors.shape
    held = 0
    for k in range(count):
        vector = vectors[k]
        whole = 0.0
        for i in range(n):
            whole += vector[i] * vector[i]
        for _ in range(2):
            for m in range(held):
                room[m] = 0.0
            for i in range(n):
                row, here = basis[i], vector[i]
                for m in range(held):
                    room[m] += row[m] * here
            for i in range(n):
                row, rest = basis[i], vector[i]
                for m in range(held):
                    rest -= row[m] * room[m]
                vector[i] = rest
            for m in range(held):
                coefficients[k, m] += room[m]
        square = 0.0
        for i in range(n):
            square += vector[i] * vector[i]
        if square > tolerance * tolerance * whole:
            norm = np.sqrt(square)
            for i in range(n):
                basis[i, held] = vector[i] / norm
            coefficients[k, held] = norm
            held += 1
    return held


@compiled
@no_type_check
def _chances(chances: Any, seed: Any, row: Any, column: Any) -> Any:
    """Numbers in [0, 1) of a seed and places: the finaliser of SplitMix64 (Steele et al., 2014)."""
    for i in range(LANES):
        mixed = np.uint64(seed) + (np.uint64(row + i) << np.uint64(32)) + np.uint64(column)
        for _ in range(2):
            mixed += np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
        chances[i] = np.float32(np.float32(mixed >> np.uint64(40)) * np.float32(2.0**-24))


@compiled
@no_type_check
def _goes(step: Any, rest: Any, weight: Any, along: Any, chance: Any, rounding: Any) -> Any:
    """Whether a code takes the step that is before it, where `rest` is left to the target: both have
    the sign of the step.
    """
    if rounding == FEEDBACK:
        return step * ((step - _TWO * rest) * weight + _TWO * along) < _ZERO
    if rounding == STOCHASTIC:
        return chance * abs(step) < abs(rest)
    return abs(step) < _TWO * abs(rest)


@compiled
@no_type_check
def _moved(code: Any, aim: Any, grid: Any) -> Any:
    """The code that a code moves to: one of the two on either side of its target."""
    shift, factor, delta, weight, along, chance, rounding = aim
    levels, gaps, following, codes, ranks = grid
    towards, sign = (1, _ONE) if shift >= _ZERO else (0, -_ONE)
    gap = gaps[code, towards]
    if abs(shift) < gap:
        is_going = _goes(factor * (sign * gap), delta, weight, along, chance, rounding)
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
    if gap > _ZERO and _goes(factor * (sign * gap), rest, weight, along, chance, rounding):
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
    least = wanted - gaps[moved, 0] if gaps[moved, 0] > _ZERO else -np.float32(np.inf)
    most = wanted + gaps[moved, 1] if gaps[moved, 1] > _ZERO else np.float32(np.inf)
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
def _products(out: Any, rows: Any, vector: Any) -> Any:
    """Σ over ranks, in order, of rows times the numbers of a vector: (r, lanes), (r) -> (lanes)."""
    for i in range(LANES):
        out[i] = _ZERO
    for k in range(0, len(vector), GROUP):
        a, b, c, d = vector[k], vector[k + 1], vector[k + 2], vector[k + 3]
        e, f, g, h = vector[k + 4], vector[k + 5], vector[k + 6], vector[k + 7]
        of_a, of_b, of_c, of_d = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
        of_e, of_f, of_g, of_h = rows[k + 4], rows[k + 5], rows[k + 6], rows[k + 7]
        for i in range(LANES):
            out[i] = (
                out[i] + of_a[i] * a + of_b[i] * b + of_c[i] * c + of_d[i] * d + of_e[i] * e + of_f[i] * f
                + of_g[i] * g + of_h[i] * h
            )


@compiled
@no_type_check
def _along_even(here: Any, scale: Any, lanes: Any, weight: Any, last: Any, rounding: Any, is_back: Any) -> Any:
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
        is_going = _goes(factor, delta - factor * low, weight, along[i], chance[i], rounding)
        steps = low + _ONE if is_going else low
        steps = _ZERO if is_fixed else steps
        other = code - steps if is_back else code + steps
        free[i] = steps
        added[i] = factor * steps - delta
        at_end += np.int32(((code if is_back else other) <= _ZERO) | ((code if is_back else other) >= last))
    return at_end


@compiled
@no_type_check
def _at_ends(here: Any, scale: Any, lanes: Any, last: Any, is_back: Any, steps: Any, count: Any) -> Any:
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
def _inside(here: Any, free: Any, is_back: Any) -> Any:
    for i in range(LANES):
        here[i] = np.int16(np.float32(here[i]) - free[i] if is_back else np.float32(here[i]) + free[i])


@compiled
@no_type_check
def _steps(gaps: Any, scale: Any, lanes: Any, weight: Any, rounding: Any, goes: Any) -> Any:
    """Write into `goes` whether codes take the step over `gaps` towards their targets."""
    along, change, chance, shift = lanes[0], lanes[1], lanes[3], lanes[4]
    for i in range(LANES):
        step = scale[i] * gaps[i] if shift[i] >= _ZERO else -scale[i] * gaps[i]
        goes[i] = _ONE if _goes(step, change[i], weight, along[i], chance[i], rounding) else _ZERO


@compiled
@no_type_check
def _move_near(here: Any, scale: Any, lanes: Any, places: Any, weight: Any, grid: Any, rounding: Any) -> Any:
    """Move a column's codes to a neighbour, or farther where the target is farther."""
    along, change, chance, shift, size, gap, goes = lanes[0], lanes[1], lanes[3], lanes[4], lanes[5], lanes[6], lanes[7]
    moved, gaps, following = places[0], grid[1], grid[2]
    for i in range(LANES):
        gap[i] = gaps[here[i], 1 if shift[i] >= _ZERO else 0]
    _steps(gap, scale, lanes, weight, rounding, goes)
    for i in range(LANES):
        code = np.int64(here[i])
        moved[i] = following[code, 1 if shift[i] >= _ZERO else 0] if goes[i] else code
        if size[i] >= gap[i]:
            moved[i] = code
            if size[i] > _ZERO and grid[0][code] == grid[0][code]:
                aim = (shift[i], scale[i], change[i], weight, along[i], chance[i], rounding)
                moved[i] = _moved(code, aim, grid)


@compiled
@no_type_check
def _guess(scale: Any, lanes: Any, places: Any, weight: Any, grid: Any, rounding: Any) -> Any:
    """Guess which codes moved ones were: themselves, or their neighbours away from the target; and
    say by +1 where another is possible, by +2 where it is farther away.
    """
    shift, size, gap, goes = lanes[4], lanes[5], lanes[6], lanes[7]
    back, beyond, comes = lanes[8], lanes[9], lanes[10]
    moved, guessed, doubts = places[0], places[1], places[2]
    levels, gaps, following = grid[0], grid[1], grid[2]
    for i in range(LANES):
        towards = 1 if shift[i] >= _ZERO else 0
        before = following[moved[i], 1 - towards]
        gap[i], back[i] = gaps[moved[i], towards], gaps[moved[i], 1 - towards]
        beyond[i], guessed[i] = gaps[before, 1 - towards], before
    _steps(gap, scale, lanes, weight, rounding, goes)
    _steps(back, scale, lanes, weight, rounding, comes)
    for i in range(LANES):
        is_there = (comes[i] != _ZERO) & ((goes[i] != _ZERO) | (abs(back[i] - size[i]) < size[i]))
        before = guessed[i]
        is_sure = (comes[i] == goes[i]) & ((goes[i] == _ZERO) | (levels[before] != _ZERO))
        guessed[i] = before if is_there else moved[i]
        doubts[i] = 0 if is_sure else 1
        if size[i] >= min(gap[i], back[i], beyond[i]):
            doubts[i] = 2


@compiled
@no_type_check
def _along_uneven(
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


@compiled
@no_type_check
def move(
    codes: Any,
    left: Any,
    scales: Any,
    dense: Any,
    columns: Any,
    groups: Any,
    basis: Any,
    weights: Any,
    levels: Any,
    gaps: Any,
    following: Any,
    ordered: Any,
    ranks: Any,
    is_even: Any,
    rounding: Any,
    seed: Any,
    first_row: Any,
    is_back: Any,
    steps: Any,
    here: Any,
    of_dense: Any,
    of_groups: Any,
    of_left: Any,
    errors: Any,
    lanes: Any,
    places: Any,
    sums: Any,
) -> Any:
    """Move the codes (rows, n) of some rows in place, or, where `is_back`, find what they were, and
    return how many of `steps` were written, or taken.

    `steps` are what is added to a guess of a code before it moved, for all of which the moved one
    alone does not tell it. Columns go in the order of `columns`, to which `basis` and `weights`
    belong. The sums are those of moves times ΔW, ΔW² and errors², lane by lane.
    """
    last, count = len(levels) - 1, 0
    grid = (levels, gaps, following, ordered, ranks)
    for first in range(0, codes.shape[0], LANES):
        _load(codes, first, here)
        _load(scales, first, of_groups)
        _load(left, first, of_left)
        if len(dense):
            _load(dense, first, of_dense)
        errors[:] = _ZERO
        for at in range(len(columns)):
            column, vector, weight = columns[at], basis[at], weights[at]
            _products(lanes[0], errors, vector)
            if len(dense):
                for i in range(LANES):
                    lanes[1, i] = of_dense[column, i]
            else:
                _products(lanes[1], of_left, vector)
            if rounding == STOCHASTIC:
                _chances(lanes[3], seed, first_row + first, column)
            scale, now = of_groups[groups[column]], here[column]
            if not is_even:
                count = _along_uneven(
                    now, scale, lanes, places, weight, grid, rounding, is_back, steps, count
                )
            elif _along_even(now, scale, lanes, weight, np.float32(last), rounding, is_back):
                count = _at_ends(now, scale, lanes, last, is_back, steps, count)
            else:
                _inside(now, lanes[4], is_back)
            _add_errors(errors, lanes[2], vector)
            _add_up(sums, lanes)
        _store(here, codes, first)
    return count


@compiled
@no_type_check
def _add_errors(errors: Any, added: Any, vector: Any) -> Any:
    for k in range(len(vector)):
        here, row = vector[k], errors[k]
        for i in range(LANES):
            row[i] += added[i] * here


@compiled
@no_type_check
def _add_up(sums: Any, lanes: Any) -> Any:
    """Add a column to the sums by which a move is judged."""
    change, added = lanes[1], lanes[2]
    moved, whole, lost = sums[0], sums[1], sums[2]
    for i in range(LANES):
        delta, error = np.float64(change[i]), np.float64(added[i])
        moved[i] += (error + delta) * delta
        whole[i] += delta * delta
        lost[i] += error * error


@compiled
@no_type_check
def _load(rows: Any, first: Any, here: Any) -> Any:
    """Put `LANES` rows side by side: (rows, n) -> (n, lanes)."""
    for start in range(0, here.shape[0], LANES):
        for i in range(LANES):
            row = rows[first + i]
            for j in range(start, min(start + LANES, here.shape[0])):
                here[j, i] = row[j]


@compiled
@no_type_check
def _store(here: Any, rows: Any, first: Any) -> Any:
    """Put lanes back into rows: (n, lanes) -> (rows, n)."""
    for start in range(0, here.shape[0], LANES):
        for i in range(LANES):
            row = rows[first + i]
            for j in range(start, min(start + LANES, here.shape[0])):
                row[j] = here[j, i]
