"""Find a product by its elements whose cells are narrowest, which know it far better than all others.

A cell is as wide as the spacing of floats at the merged number, so that an element near zero tells ΔW
to a hundredth of what an average one does. Least squares weighs an element by 1 / variance: a twelfth
of its cell's width squared, plus the variance τ of what the other side's factor still lacks,

    lᵢ = argmin Σⱼ (dᵢⱼ − lᵢ · vⱼ)² / (width²ᵢⱼ / 12 + τ)        j: the narrowest cells of row i

for each row of L with R held, then for each row of R with L held, and so on. Half the information is
in a thirtieth of the elements, so that two rounds over these take a tenth of the time of twelve
projections of all cells (`projections.py`) and come nearer to ΔW. What wide cells add in the end, only
projections find. Elements are chosen row by row in one pass, and serve for the columns as well. The
first L is the difference times the guess of R, of all elements, in the same pass: what the guess lacks
adds no error to the space of such an L, as it does to least squares over some elements.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.kernels.call import Kernel, PreparedArguments, aligned
from lorasurgery.linalg.kernels.tiles import COLUMNS, KINDS
from lorasurgery.stored_array import INFINITIES, StoredArray

_GATHER, _TURN = Kernel("narrow", "gather_narrow"), Kernel("narrow", "turn_narrow")
_SOLVE, _SUBTRACT = Kernel("narrow", "solve_rows"), Kernel("narrow", "subtract_narrow")
# Elements of a row that are looked at, for each rank; and at least, since columns have them by chance.
FOR_EACH_RANK, FEWEST_OF_ROW = 8, 48
# Elements that a row or a column needs at least, for each rank.
FEWEST_FOR_EACH = 2
MAGNITUDES = 2048
MOST_ROUNDS = 2
# An element is its centre's bits; and its place in so many bits, above which is its variance's exponent.
PLACE_BITS = 24
TWELFTHS = np.float32(1 / 12).view(np.uint32) & np.uint32(0x7FFFFF)
# τ is estimated from the narrowest quarter of these rows' elements.
ROWS_FOR_VARIANCE, NARROWEST = 32, 1 / 4
# A side is moved by so much of the way to its least squares.
BEYOND = np.float32(1.1)
# A round that leaves more than this share of τ is the last; and τ has this share of ΔW² at least.
STALLED, LEAST_VARIANCE = 0.5, 1e-9

Floats = NDArray[np.float32]
ALL = slice(None)


@dataclass(frozen=True)
class NarrowCells:
    """Elements with narrow cells, row by row, and where each row's end.

    An element is a pair of uint32, so that both are in one line of the cache: the bits of its cell's centre;
    and its column, with the exponent of width² / 12 above that.
    """

    ends: NDArray[np.int64]
    elements: NDArray[np.uint32]

    @staticmethod
    def gathered(
        blocks: Iterable[tuple[StoredArray, StoredArray]], shape: tuple[int, int], rank: int
    ) -> NarrowCells:
        """Choose elements of each row.

        Args:
            blocks: rows before and after the merge, in order, in one dtype of 16 bits.
        """
        rows, columns = shape
        # Of a wide matrix the columns are more, and need as many.
        wanted = max(FOR_EACH_RANK * rank, FEWEST_OF_ROW) * max(rows, columns) // rows
        wanted = min(columns, wanted)
        elements = np.empty((2 * wanted * rows, 2), np.uint32)
        ends, counts = np.empty(rows, np.int64), np.empty(MAGNITUDES, np.int32)
        room = PreparedArguments(elements)
        held = start = 0
        for base, merged in blocks:
            kind, largest = KINDS[merged.dtype](0), INFINITIES[merged.dtype] - 1
            stop = start + len(merged)
            own = _patterns(base), _patterns(merged), kind, largest, wanted, counts, held
            held = _GATHER(*own, room, ends[start:stop])
            start = stop
        return NarrowCells(ends, elements[:held])

    def turned(self, columns: int) -> NarrowCells:
        """Return the same elements column by column."""
        ends, elements = np.empty(columns, np.int64), np.empty_like(self.elements)
        _TURN(self.ends, self.elements, ends, elements)
        return NarrowCells(ends, elements)

    def places(self, index: slice | NDArray[np.int64] = ALL) -> NDArray[np.int64]:
        """The columns of some elements."""
        return (self.elements[index, 1] & np.uint32((1 << PLACE_BITS) - 1)).astype(np.int64)

    def centres(self, index: slice | NDArray[np.int64] = ALL) -> Floats:
        """The centres of some cells."""
        return self.elements[index, 0].view(np.float32)

    def variances(self, index: slice | NDArray[np.int64] = ALL) -> Floats:
        """Return width² / 12 of some cells; an eighth off at powers of two, where cells are narrower."""
        return (self.elements[index, 1] >> PLACE_BITS << 23 | TWELFTHS).view(np.float32)

    @property
    def fewest(self) -> int:
        """The number of elements of the row that has the fewest."""
        return int(np.diff(self.ends, prepend=0).min())

    @cached_property
    def _least(self) -> np.float32:
        first = int(self.elements[:, 1].argmin())
        return np.float32(self.variances(slice(first, first + 1))[0])

    def variance_of(self, sides: Floats, basis: Floats) -> float:
        """Estimate the variance of what `sides @ basisᵀ` lacks."""
        some = np.unique(np.linspace(0, len(sides) - 1, ROWS_FOR_VARIANCE).astype(np.int64))
        starts = np.where(some > 0, self.ends[some - 1], 0)
        counts = self.ends[some] - starts
        index = np.concatenate([np.arange(a, a + n) for a, n in zip(starts, counts, strict=True)])
        fitted = np.einsum("nr,nr->n", basis[self.places(index)], np.repeat(sides[some], counts, axis=0))
        variances = self.variances(index)
        beyond = (self.centres(index) - fitted) ** 2 - variances
        return float(beyond[variances <= np.quantile(variances, NARROWEST)].mean())

    def solved(self, sides: Floats, basis: Floats, variance: float) -> Floats:
        """Return the rows (n, r) of least squares; directions that no element has stay as they were."""
        rank = basis.shape[1]
        wide = -(-rank // COLUMNS) * COLUMNS
        moved, columns = (_padded(side, wide) for side in (sides, basis))
        most = max(1, int(np.diff(self.ends, prepend=0).max(initial=0)))
        _SOLVE(
            moved,
            columns,
            self.ends,
            self.elements,
            self._least,
            np.float32(variance),
            np.empty(most, np.float32),
            aligned((most, wide + COLUMNS // 2), np.float32),
            aligned((wide + 1, wide), np.float32),
        )
        return np.ascontiguousarray(moved[:, :rank])


def refined(
    blocks: Iterable[tuple[StoredArray, StoredArray]], shape: tuple[int, int], right: Floats
) -> tuple[Floats, Floats] | None:
    """Find the change that was merged, left @ rightᵀ, by alternating least squares.

    Args:
        blocks: rows (out, in) before and after the merge, in order, in one dtype of 16 bits.
        right: a guess of its rows' space, (in, r), with orthonormal columns.

    Returns:
        left (out, r) and right (in, r), which has orthonormal columns; None where some rows or columns
        have too few elements that are near zero, or a number is not finite.
    """
    rank = right.shape[1]
    if max(shape) >> PLACE_BITS:
        return None
    left = np.empty((shape[0], rank), np.float32)
    of_rows = NarrowCells.gathered(_multiplied(blocks, right, left), shape, rank)
    of_columns = of_rows.turned(shape[1])
    if min(of_rows.fewest, of_columns.fewest) < FEWEST_FOR_EACH * rank:
        return None
    if not np.isfinite(of_rows.centres()).all():
        return None
    square = float(np.square(of_rows.centres(), dtype=np.float64).mean())
    least, last = LEAST_VARIANCE * square, math.inf
    left, R = orthonormal(left)
    right = right @ R.T
    for count in range(MOST_ROUNDS):
        moved = of_columns.solved(right, left, max(of_columns.variance_of(right, left), least))
        # What the guess lacks has no sign.
        right, R = orthonormal(_beyond(right, moved) if count else moved)
        left = left @ R.T
        variance = max(of_rows.variance_of(left, right), least)
        moved = _beyond(left, of_rows.solved(left, right, variance))
        if count == MOST_ROUNDS - 1 or variance > STALLED * last:
            break  # the other side would gain less than its time
        last = variance
        left, R = orthonormal(moved)
        right = right @ R.T
    return moved, right


def _multiplied(
    blocks: Iterable[tuple[StoredArray, StoredArray]], right: Floats, left: Floats
) -> Iterator[tuple[StoredArray, StoredArray]]:
    """Give the blocks on, and write (merged − base) @ right into `left`; 0 in rows that are not finite."""
    start, change = 0, np.empty((0, len(right)), np.float32)
    for base, merged in blocks:
        if len(change) < len(merged):
            change = np.empty((len(merged), len(right)), np.float32)
        own = change[: len(merged)]
        _SUBTRACT(_patterns(base), _patterns(merged), KINDS[merged.dtype](0), own)
        with np.errstate(all="ignore"):
            product = own @ right
        product[~np.isfinite(product).all(axis=1)] = 0
        left[start : start + len(merged)] = product
        start += len(merged)
        yield base, merged


def _beyond(side: Floats, moved: Floats) -> Floats:
    """Move a side a little beyond its least squares: what it lacks has the sign of what it gained."""
    return moved + (BEYOND - 1) * (moved - side)


def _padded(side: Floats, wide: int) -> Floats:
    """Return a side with columns of zeros up to a width, each row within one line of the cache."""
    found = aligned((len(side), wide), np.float32)
    found[:, : side.shape[1]], found[:, side.shape[1] :] = side, 0
    return found


def orthonormal(side: Floats) -> tuple[Floats, Floats]:
    """Return Q with orthonormal columns and R, side = Q R, by Cholesky's factor if columns differ."""
    wide = side.astype(np.float64)
    try:
        R = np.linalg.cholesky(wide.T @ wide).T
        Q = wide @ np.linalg.inv(R)
    except np.linalg.LinAlgError:
        Q, R = np.linalg.qr(wide)
    return np.ascontiguousarray(Q, np.float32), np.ascontiguousarray(R, np.float32)


def _patterns(values: StoredArray) -> NDArray[np.uint16]:
    assert values.dtype in (Dtype.BF16, Dtype.F16), "other dtypes are refused before"
    return values.bits.view(np.uint16)
