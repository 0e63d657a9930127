"""W + Σ terms by a fast product, with a bound on its distance to the ordered sum: the stored value wherever both ends round to it.

In numpy each step of this (a product, a width, two ends, two roundings, a comparison) is a pass over memory, and the passes cost many
times the arithmetic. Here they are one loop, which the compiler spreads over the vector units of the processor at hand. It takes terms
cut up: the left sides into groups of ranks, the right ones into strips of columns as well, padded by zeros, which change no product.

Source: the bound on a product is that of Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.loops import GROUP, KINDS, STRIP, round_sums
from lorasurgery.linalg.terms import Term
from lorasurgery.raw import INFINITIES, Raw

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

# The dtype in which the fast sums are, by the dtype that is stored.
WIDE: dict[Dtype, type[np.floating[Any]]] = {
    Dtype.BF16: np.float32,
    Dtype.F16: np.float32,
    Dtype.F32: np.float64,
}
# The pattern of +∞ of each, whose type is the kind that the loops go by.
INFINITE = {dtype: kind(INFINITIES[dtype]) for dtype, kind in KINDS.items()}
# The bound is doubled: it is itself computed with rounding, and for float32 the ordered sum's own rounding comes on top.
SAFETY = 2.0
# The ordered sum multiplies by the scale last: what of a product was below float64's normal numbers is lost before.
_VANISHING = float(np.finfo(np.float64).smallest_normal)


def patterns(stored: Raw) -> NDArray[Any]:
    """The bits of numbers of a dtype in `KINDS`, as the loops take them; they share the memory."""
    return stored.bits.view(KINDS[stored.dtype])


class BoundedSum:
    """Adds terms to rows of a matrix and rounds to one dtype, a key of `WIDE`, where rounding leaves no doubt."""

    def __init__(self, terms: Sequence[Term], dtype: Dtype) -> None:
        wide = WIDE[dtype]
        self._dtype, self._wide, self._eps = dtype, wide, float(np.finfo(wide).eps)
        with np.errstate(over="ignore", invalid="ignore"):
            lefts = [(term.left.astype(np.float64) * term.scale).astype(wide) for term in terms]
            rights = [term.right.astype(wide) for term in terms]
            self._reaches = [
                _reach(left, right) + abs(term.scale) * _VANISHING / self._eps
                for term, left, right in zip(terms, lefts, rights, strict=True)
            ]
            is_held = all(_is_held_unscaled(term) for term in terms)
        self._terms = terms
        self.is_in_reach = is_held and all(np.isfinite(side).all() for side in (*lefts, *rights))
        self._left, self._right, self._table = _cut(terms, lefts, rights, wide)

    def __call__(
        self, W: Raw, start: int, out: NDArray[Any], places: NDArray[np.int64]
    ) -> NDArray[np.int64] | None:
        """Put the rounded sums of some rows, from `start` on, into `out`.

        Args:
            W: (rows, columns), of a dtype in `KINDS` that is no wider than the fast sums.
            out: (rows, columns), unsigned integers of the size of what is stored.
            places: room for flat positions.

        Returns:
            The flat positions where both ends do not agree, or are no finite number, in `places`; None where there is no room for them.
        """
        absolute, relative = self._bound(start, len(W))
        count = round_sums(
            patterns(W),
            start,
            self._table,
            self._left,
            self._right,
            absolute,
            relative,
            INFINITE[self._dtype],
            out.view(KINDS[self._dtype]),
            places,
        )
        return None if count < 0 else places[:count]

    def _bound(self, start: int, rows: int) -> tuple[NDArray[Any], Any]:
        """A part for each row, and a part of each element's size."""
        reach = np.zeros(rows, np.float64)
        ranks = parts = 0
        for term, reaches in zip(self._terms, self._reaches, strict=True):
            first, last = max(start, term.rows.start), min(start + rows, term.rows.stop)
            if first < last:
                reach[first - start : last - start] += reaches[first - term.row : last - term.row]
                ranks += -(-term.rank // GROUP) * GROUP
                parts += 1
        # Each of `ranks` products and sums, two factors that were rounded, each sum with W and the two ends: all partial sums stay
        # under the element's size and twice the reach, in whatever order the product adds up.
        steps = SAFETY * self._eps / 2 * (ranks + 2 + parts + 3)
        with np.errstate(over="ignore"):
            return (reach * (2 * steps)).astype(self._wide), np.dtype(self._wide).type(steps)


def _is_held_unscaled(term: Term) -> bool:
    """Whether the ordered sum stays finite before it is scaled; products of float32 do."""
    if np.float64 not in (term.left.dtype, term.right.dtype):
        return True
    longest, widest = (
        _lengths(side.astype(np.float64), axis).max(initial=0.0)
        for side, axis in ((term.left, 1), (term.right, 0))
    )
    return bool(longest * widest < np.finfo(np.float64).max / 2)


def _reach(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    """A bound on Σₖ |left right| in every row."""
    longest = float(_lengths(right, 0).max(initial=0.0))
    lengths = _lengths(left, 1)
    info: Any = np.finfo(left.dtype)
    # What is smaller than the smallest normal number may vanish, in a factor or in a product.
    return np.asarray(
        lengths * longest + float(info.smallest_normal) / float(info.eps) * (lengths + longest + 1)
    )


def _lengths(vectors: NDArray[Any], axis: int) -> NDArray[np.float64]:
    """Euclidean lengths along an axis, in float64; none vanishes because a square would."""
    wide, unit = vectors.astype(np.float64), np.ones(())
    if vectors.dtype == np.float64 and wide.size:  # the square of a float32 is a normal float64
        largest = np.abs(wide).max(axis, keepdims=True)
        unit = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
        wide = wide / unit
    return np.asarray(np.linalg.norm(wide, axis=axis) * (unit.squeeze(axis) if unit.ndim else unit))


def _cut(
    terms: Sequence[Term], lefts: Sequence[NDArray[Any]], rights: Sequence[NDArray[Any]], wide: DTypeLike
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
    """All left sides in groups (groups, GROUP), all right ones in strips (groups, GROUP, STRIP), and for each term where it is:
    first row, rows, first strip, strips, groups, and where its groups begin on the left and on the right."""
    table = np.zeros((len(terms), 7), np.int64)
    pieces: tuple[list[NDArray[Any]], list[NDArray[Any]]] = ([], [])
    left_at = right_at = 0
    for index, (term, left, right) in enumerate(zip(terms, lefts, rights, strict=True)):
        rows, groups = len(left), -(-term.rank // GROUP)
        first, inside = divmod(term.column, STRIP)
        strips = -(-(inside + right.shape[1]) // STRIP)
        table[index] = term.row, rows, first, strips, groups, left_at, right_at
        wide_left, wide_right = (
            np.zeros((rows, groups * GROUP), wide),
            np.zeros((groups * GROUP, strips * STRIP), wide),
        )
        wide_left[:, : term.rank] = left
        wide_right[: term.rank, inside : inside + right.shape[1]] = right
        pieces[0].append(wide_left.reshape(-1, GROUP))
        by_strip = wide_right.reshape(groups, GROUP, strips, STRIP).transpose(2, 0, 1, 3)
        pieces[1].append(by_strip.reshape(-1, GROUP, STRIP))
        left_at, right_at = left_at + rows * groups, right_at + strips * groups
    return (
        np.concatenate([np.zeros((0, GROUP), wide), *pieces[0]]),
        np.concatenate([np.zeros((0, GROUP, STRIP), wide), *pieces[1]]),
        table,
    )
