"""W + Σ terms for rows of a matrix, correctly rounded.

A fast product is used wherever it leaves no doubt about the rounded value; the other elements are
added up in order.

Terms come twice. For the product they are cut up, the left sides into groups of ranks, the right
ones into strips of columns as well, padded by zeros; for the ordered sum of single elements they
are whole, the right sides turned, so that an element's ranks lie together. `bounded.py` makes both,
and a table with a row for each term:

    0 row   1 rows   2 first strip   3 strips   4 groups   5, 6 where the groups begin, left and right
    7 column   8 columns   9 rank   10, 11 where the whole sides begin
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled, compiled_fused_part, compiled_part
from lorasurgery.linalg.kernels.marks import marks
from lorasurgery.linalg.kernels.numbers import half_steps, lowest_bit, nearest, power_below, read, round_once
from lorasurgery.linalg.kernels.products import add_products
from lorasurgery.linalg.kernels.tiles import QUAD, ROWS, STRIP, TILE
from lorasurgery.linalg.kernels.ulps import in_order


@compiled_part
@no_type_check
def _products(first: Any, count: Any, table: Any, left: Any, right: Any, sums: Any) -> Any:
    """Write the terms' fast products into `sums`, for a tile of rows that begins at `first`."""
    for i in range(count):
        for j in range(sums.shape[1]):
            sums[i, j] = 0.0
    for t in range(len(table)):
        row, rows, strip, strips, groups = table[t, 0], table[t, 1], table[t, 2], table[t, 3], table[t, 4]
        low, high = max(0, row - first), min(count, row + rows - first)
        for across in range(strips):
            column = (strip + across) * STRIP
            for group in range(groups):
                b = table[t, 6] + across * groups + group
                i = low
                while i + QUAD <= high:
                    a = table[t, 5] + (first + i - row) * groups + group
                    add_products(QUAD, left, a, groups, right, b, sums, i, column)
                    i += QUAD
                while i < high:
                    a = table[t, 5] + (first + i - row) * groups + group
                    add_products(1, left, a, groups, right, b, sums, i, column)
                    i += 1


@compiled_part
@no_type_check
def _in_order(bits: Any, row: Any, column: Any, sign: Any, terms: Any, infinite: Any) -> Any:
    """Return one element's sum, added up in order and rounded once; with `sign` -1 the terms are
    subtracted.
    """
    table, scales, whole_left, whole_right = terms
    total = np.float64(read(bits, bits))
    for t in range(len(table)):
        i, j, rank = row - table[t, 0], column - table[t, 7], table[t, 9]
        if 0 <= i < table[t, 1] and 0 <= j < table[t, 8]:
            left_at, right_at = table[t, 10] + i * rank, table[t, 11] + j * rank
            added = 0.0  # +0, as the sums of whole rows begin
            for k in range(rank):
                added += np.float64(whole_left[left_at + k]) * np.float64(whole_right[right_at + k])
            total += added * (sign * scales[t])
    return round_once(total, infinite)


@compiled_part
@no_type_check
def _limits(absolute: Any, relative: Any, infinite: Any) -> Any:
    """What `_margin` takes of a row's bound, and the least margin at which a number may be certain.

    The number is less than twice its power of two. On one side of a power of two the neighbour is nearer by
    half; a bound that is smaller than a quarter of a step does not reach that far.
    """
    (half, quarter), twice = half_steps(infinite), relative + relative
    least = absolute / (quarter - twice)
    share = half - twice if twice < quarter else half - half
    return share, least * share - absolute


@compiled_fused_part
@no_type_check
def _margin(power: Any, share: Any, absolute: Any) -> Any:
    """How far a number may be from what it rounds to, for that to be certain."""
    return power * share - absolute


@compiled_part
@no_type_check
def _round_strip(
    stored: Any,
    numbers: Any,
    absolute: Any,
    relative: Any,
    kind: Any,
    infinite: Any,
    is_noted: Any,
    rounded: Any,
    flags: Any,
) -> Any:
    """Round W + product for a strip of a row, and flag what has to be looked at again.

    Flagged by 1 is what is in doubt: the error's bound reaches a middle between two neighbours. Flagged by
    2, where `is_noted` asks for it, is what does not certainly lead back to W.
    """
    share, least = _limits(absolute, relative, infinite)
    if is_noted:
        for j in range(STRIP):
            base = read(stored[j], kind)
            number = base + numbers[j]
            bits, value, power = nearest(number, infinite)
            rounded[j] = bits
            apart = abs(number - value)  # NaN is never sure
            is_sure = (least if apart < least else apart) < _margin(power, share, absolute)
            from_base = abs((value - numbers[j]) - base)
            leads_back = from_base < _margin(power_below(base, infinite), share, absolute)
            flags[j] = (0 if is_sure else 1) | (0 if leads_back else 2)
    else:
        for j in range(STRIP):
            number = read(stored[j], kind) + numbers[j]
            bits, value, power = nearest(number, infinite)
            rounded[j] = bits
            apart = abs(number - value)  # NaN is never sure
            is_sure = (least if apart < least else apart) < _margin(power, share, absolute)
            flags[j] = 0 if is_sure else 1


@compiled_part
@no_type_check
def _back(
    bits: Any, number: Any, absolute: Any, relative: Any, row: Any, column: Any, terms: Any, infinite: Any
) -> Any:
    """Return what the terms lead back to from a rounded sum, by their fast product where that is certain."""
    less = read(bits, infinite) - number
    found, value, power = nearest(less, infinite)
    share, least = _limits(absolute, relative, infinite)
    apart = abs(less - value)
    if (least if apart < least else apart) < _margin(power, share, absolute):
        return found
    return _in_order(bits, row, column, -1.0, terms, infinite)


@compiled
@no_type_check
def sum_rows(
    W: Any,
    start: Any,
    table: Any,
    scales: Any,
    left: Any,
    right: Any,
    whole_left: Any,
    whole_right: Any,
    absolute: Any,
    relative: Any,
    infinite: Any,
    sums: Any,
    stored: Any,
    room: Any,
    out: Any,
    is_noted: Any,
    lowest: Any,
    first: Any,
    places: Any,
    steps: Any,
    count: Any,
) -> Any:
    """Write the rounded sums of rows from `start` on into `out`, and return how many of them are
    not finite.

    Where `is_noted` asks for it, note where the terms, taken away from the rounded sum, do not lead
    back to W, which is of the same kind then, and by how many steps: positions count from `first`,
    the `count` of them goes up.
    """
    rows, columns = W.shape
    flags = room[1]
    terms = (table, scales, whole_left, whole_right)
    beyond, held = 0, count[0]
    for i in range(rows):
        if i % ROWS == 0:
            _products(start + i, min(ROWS, rows - i), table, left, right, sums)
        width = absolute[start + i]
        for column in range(0, columns, STRIP):
            size = min(STRIP, columns - column)
            own, kept = W[i, column : column + size], out[i, column : column + size]
            if size < STRIP:  # a whole strip is rounded, in room of its own
                for j in range(size):
                    stored[j] = own[j]
            numbers = sums[i % ROWS, column : column + STRIP]
            is_whole = size == STRIP
            taken, rounded = (own, kept) if is_whole else (stored, room[0])
            _round_strip(taken, numbers, width, relative, W[0, 0], infinite, is_noted, rounded, flags)
            if not is_whole:
                for j in range(size):
                    kept[j] = rounded[j]
            for tile in range(0, size, TILE):
                marked = marks(flags, tile)
                while marked:
                    j = tile + lowest_bit(marked)
                    marked &= marked - np.uint64(1)
                    if j >= size:
                        continue
                    if flags[j] & 1:
                        kept[j] = _in_order(own[j], start + i, column + j, 1.0, terms, infinite)
                        beyond += (kept[j] & infinite) == infinite
                    if is_noted:
                        back = _back(
                            kept[j], numbers[j], width, relative, start + i, column + j, terms, infinite
                        )
                        if back != own[j]:
                            places[held] = first + i * columns + column + j
                            steps[held] = in_order(own[j], lowest) - in_order(back, lowest)
                            held += 1
    count[0] = held
    return beyond
