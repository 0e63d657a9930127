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

from lorasurgery.linalg.kernels.jit import compiled, compiled_fused
from lorasurgery.linalg.kernels.numbers import ends, lowest_bit, read, round_once
from lorasurgery.linalg.kernels.tiles import GROUP, ROWS, STRIP, TILE
from lorasurgery.linalg.kernels.ulps import in_order

assert GROUP == 8, "the product is written out for so many ranks"


@compiled_fused
@no_type_check
def _products(first: Any, count: Any, table: Any, left: Any, right: Any, sums: Any) -> Any:
    """Write the terms' fast products into `sums`, for a tile of rows that begins at `first`."""
    for i in range(count):
        for j in range(sums.shape[1]):
            sums[i, j] = 0.0
    for t in range(len(table)):
        row, rows, strip, strips, groups = table[t, 0], table[t, 1], table[t, 2], table[t, 3], table[t, 4]
        for across in range(strips):
            for group in range(groups):
                b = right[table[t, 6] + across * groups + group]
                for i in range(max(0, row - first), min(count, row + rows - first)):
                    a = left[table[t, 5] + (first + i - row) * groups + group]
                    a0, a1, a2, a3, a4, a5, a6, a7 = a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]
                    numbers = sums[i, (strip + across) * STRIP : (strip + across + 1) * STRIP]
                    for j in range(STRIP):
                        numbers[j] += (a0 * b[0, j] + a1 * b[1, j] + a2 * b[2, j] + a3 * b[3, j]) + (
                            a4 * b[4, j] + a5 * b[5, j] + a6 * b[6, j] + a7 * b[7, j]
                        )


@compiled
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


@compiled
@no_type_check
def _ends(number: Any, absolute: Any, relative: Any, infinite: Any) -> Any:
    """Both ends of the interval about a fast sum, rounded: see `numbers.ends`."""
    return ends(number, abs(number) * relative + absolute, infinite)


@compiled
@no_type_check
def _take_strip(row: Any, column: Any, stored: Any) -> Any:
    """Put a strip of a row into `stored`, beyond whose end nothing is changed."""
    strip = row[column : column + STRIP]
    if len(strip) == STRIP:
        for j in range(STRIP):
            stored[j] = strip[j]
    else:
        for j in range(len(strip)):
            stored[j] = strip[j]


@compiled
@no_type_check
def _marked(flags: Any) -> Any:
    """A bit for each element of a tile that is not zero."""
    mask = np.uint64(0)
    for j in range(TILE):
        mask |= np.uint64(flags[j] != 0) << np.uint64(j)
    return mask


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
    below, doubt, back, apart = room[0], room[1], room[2], room[3]
    terms = (table, scales, whole_left, whole_right)
    beyond, held = 0, count[0]
    for i in range(rows):
        if i % ROWS == 0:
            _products(start + i, min(ROWS, rows - i), table, left, right, sums)
        width = absolute[start + i]
        for column in range(0, columns, STRIP):
            _take_strip(W[i], column, stored)
            numbers = sums[i % ROWS, column : column + STRIP]
            for j in range(STRIP):
                below[j], doubt[j] = _ends(read(stored[j], W[0, 0]) + numbers[j], width, relative, infinite)
            if is_noted:
                for j in range(STRIP):
                    back[j], unsure = _ends(read(below[j], infinite) - numbers[j], width, relative, infinite)
                    doubt[j] |= unsure
                    apart[j] = doubt[j] | (back[j] ^ stored[j])
            kept = out[i, column : min(column + STRIP, columns)]
            for j in range(len(kept)):
                kept[j] = below[j]
            flags = apart if is_noted else doubt
            for tile in range(0, len(kept), TILE):
                marked = _marked(flags[tile : tile + TILE])
                while marked:
                    j = tile + lowest_bit(marked)
                    marked &= marked - np.uint64(1)
                    if j >= len(kept):
                        continue
                    if doubt[j] != 0:
                        kept[j] = _in_order(stored[j], start + i, column + j, 1.0, terms, infinite)
                        beyond += (kept[j] & infinite) == infinite
                        back[j] = _in_order(kept[j], start + i, column + j, -1.0, terms, infinite)
                    if is_noted and back[j] != stored[j]:
                        places[held] = first + i * columns + column + j
                        steps[held] = in_order(stored[j], lowest) - in_order(back[j], lowest)
                        held += 1
    count[0] = held
    return beyond
