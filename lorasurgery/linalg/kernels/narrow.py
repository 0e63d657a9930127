"""Least squares over the elements of each row whose cells are narrowest (see `linalg/narrow_cells.py`)."""

from __future__ import annotations

from functools import partial
from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.cells import ends_of_cell
from lorasurgery.linalg.kernels.gram import (
    CORNER,
    add_corner,
    add_gram,
    add_gram_and_side,
    scale_row,
    subtract_row,
)
from lorasurgery.linalg.kernels.jit import compiled, compiled_free, compiled_part
from lorasurgery.linalg.kernels.marks import at_most_in
from lorasurgery.linalg.kernels.numbers import lowest_bit, read
from lorasurgery.linalg.kernels.square_root import root
from lorasurgery.linalg.kernels.tiles import COLUMNS, HELD, TILE

_MAGNITUDE, _SHIFT = np.uint16(0x7FFF), np.uint16(4)
_ZERO, _ONE, _HALF, _TWELFTH = np.float32(0), np.float32(1), np.float32(0.5), np.float32(1 / 12)
# An element is its centre's bits; and its place, above which is the exponent of its variance.
_PLACE, _EXPONENT, _UNSIGNED = np.uint32((1 << 24) - 1), np.uint32(0x7F800000), np.uint32(0)
# The bits beneath the exponent of a twelfth, and of every power of four times that.
_TWELFTHS = np.uint32(0x2AAAAB)
# Of so many elements of a row one is looked at to find which magnitudes are small.
_EACH = 8
# A row is held where it was by this share of the weight that moves it, for the directions that no sample has.
_HOLD = np.float32(1e-3)


@compiled_part
@no_type_check
def _exponent_of(variance: Any) -> Any:
    """Return a variance's exponent where an element has it, above its place."""
    return (np.float32(variance).view(np.uint32) & _EXPONENT) << np.uint32(1)


@compiled_part
@no_type_check
def _variance_of(element: Any) -> Any:
    """Return a twelfth of a square, from its exponent."""
    return read((element >> np.uint32(1)) & _EXPONENT | _TWELFTHS, _UNSIGNED)


@compiled
@no_type_check
def gather_narrow(
    base: Any,
    merged: Any,
    kind: Any,
    largest: Any,
    wanted: Any,
    counts: Any,
    held: Any,
    elements: Any,
    ends: Any,
) -> Any:
    """Append the elements of each row whose merged numbers are about the `wanted` smallest, and their cells.

    Which magnitude is small enough is estimated from some elements of a row. There are `held` in `elements`
    already; `largest` is the pattern of the largest number; `ends` (n,) gets where each row's elements end.
    There is room for twice as many as wanted of each row; what is beyond is left out. Returns how many
    there are.
    """
    rows, columns = merged.shape
    for n in range(rows):
        row, own, room = merged[n], base[n], held + 2 * wanted
        for i in range(len(counts)):
            counts[i] = 0
        last = len(counts) - 1
        for j in range(0, columns, _EACH):
            magnitude = np.int64((row[j] & _MAGNITUDE) >> _SHIFT)
            counts[magnitude] += 1
            last = min(last, magnitude)
        below = counts[last]
        while below * _EACH < wanted and last < len(counts) - 1:
            last += 1
            below += counts[last]
        limit = np.uint16(min(((last + 1) << 4) - 1, largest))
        for at in range(0, columns, TILE):
            is_small = np.uint64(0)
            if at + TILE <= columns:
                is_small = at_most_in(row, at, _MAGNITUDE, limit)
            else:
                for i in range(columns - at):
                    is_small |= np.uint64((row[at + i] & _MAGNITUDE) <= limit) << np.uint64(i)
            while is_small and held < room:
                j = at + lowest_bit(is_small)
                is_small &= is_small - np.uint64(1)
                low, high = ends_of_cell(row[j], kind)
                centre = (low + high) * _HALF - read(own[j], kind)
                variance = (high - low) * (high - low) * _TWELFTH
                elements[held, 0] = np.float32(centre).view(np.uint32)
                elements[held, 1] = np.uint32(j) | _exponent_of(variance)
                held += 1
        ends[n] = held
    return held


@compiled
@no_type_check
def subtract_narrow(base: Any, merged: Any, kind: Any, change: Any) -> Any:
    """Write merged − base in float32."""
    for n in range(len(change)):
        before, after, own = base[n], merged[n], change[n]
        for j in range(len(own)):
            own[j] = read(after[j], kind) - read(before[j], kind)


@compiled
@no_type_check
def turn_narrow(ends: Any, elements: Any, turned_ends: Any, turned: Any) -> Any:
    """Write the elements column by column, each with its row, and where each column ends."""
    for j in range(len(turned_ends)):
        turned_ends[j] = 0
    total = ends[len(ends) - 1]
    for k in range(total):
        turned_ends[elements[k, 1] & _PLACE] += 1
    start = 0
    for j in range(len(turned_ends)):
        count = turned_ends[j]
        turned_ends[j] = start
        start += count
    k = 0
    for n in range(len(ends)):
        while k < ends[n]:
            place = elements[k, 1]
            j = place & _PLACE
            at = turned_ends[j]
            turned[at, 0], turned[at, 1] = elements[k, 0], np.uint32(n) | (place & ~_PLACE)
            turned_ends[j] = at + 1
            k += 1


@compiled_free
@no_type_check
def solve_rows(
    sides: Any,
    basis: Any,
    ends: Any,
    elements: Any,
    least: Any,
    model: Any,
    roots: Any,
    U: Any,
    G: Any,
) -> Any:
    """Move each row of `sides` (n, r) to where `sides @ basisᵀ` is nearest to the centres at its places.

    `basis` (m, r) has orthonormal columns, r a multiple of 16. An element counts by 1 / (its variance +
    `model`), and that with the `least` variance by 1. `roots` (as many as a row has at most), U (as many,
    more than r) and G (r + 1, r) are room.
    """
    rank, start = basis.shape[1], 0
    for n in range(len(sides)):
        side, stop = sides[n], ends[n]
        count = stop - start
        if count > 0:
            _weigh(basis, start, count, elements, least, model, roots, U)
            for j in range(0, rank, COLUMNS):
                add_gram_and_side(U, count, rank, j, G)
                for i in range(HELD, j + COLUMNS - CORNER, HELD):
                    add_gram(U, count, i, j, G)
                last = j + COLUMNS - CORNER
                add_corner(U, count, last, last, G)
            trace = _ZERO
            for i in range(rank):
                trace += G[i, i]
            hold = _HOLD * trace / np.float32(rank)
            for i in range(rank):
                G[i, i] += hold
                G[rank, i] += hold * side[i]
            _solve(G, U[0], side)
        start = stop


@partial(compiled_part, fastmath={"contract", "reassoc"})
@no_type_check
def _weigh(
    basis: Any, start: Any, count: Any, elements: Any, least: Any, model: Any, roots: Any, U: Any
) -> Any:
    """Write rows of the basis, and behind each the centre, times the root of its weight."""
    rank = basis.shape[1]
    for k in range(count):
        roots[k] = root((least + model) / (_variance_of(elements[start + k, 1]) + model))
    for k in range(count):
        place = np.int64(elements[start + k, 1] & _PLACE)
        for j in range(0, rank, COLUMNS):
            scale_row(basis, place, roots[k], U, k, j)
        U[k, rank] = roots[k] * read(elements[start + k, 0], _UNSIGNED)


@partial(compiled_part, fastmath={"contract", "reassoc"})
@no_type_check
def _solve(G: Any, y: Any, side: Any) -> Any:
    """Solve G x = b by elimination, given G's upper half and b as its last row, unless G is not positive
    definite; y is room.
    """
    rank = len(side)
    for k in range(rank):
        if not G[k, k] > _ZERO:
            return
        pivot, begin = _ONE / G[k, k], k // CORNER * CORNER
        y[k] = G[rank, k]
        for i in range(k + 1, rank):
            for j in range(i // CORNER * CORNER, rank, CORNER):
                subtract_row(G, G[k, i] * pivot, k, i, j)
        for j in range(begin, rank, CORNER):
            subtract_row(G, y[k] * pivot, k, rank, j)
    for k in range(rank - 1, -1, -1):
        row, rest = G[k], y[k]
        for j in range(k + 1, rank):
            rest -= row[j] * side[j]
        side[k] = rest / row[k]
