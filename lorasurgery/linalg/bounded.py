"""Terms as a fast product takes them, and a bound on its distance to the ordered sum.

In numpy a fast sum (a product, a width, two ends, two roundings, a comparison) is a pass over
memory for each step, and the passes cost many times the arithmetic. The loop in `kernels/sums.py`
does all of it for a strip of a row at a time, and adds up in order what is in doubt.

Source: the bound on a product is that of Higham, "Accuracy and Stability of Numerical Algorithms",
2002, section 3.5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.kernels.call import PreparedArguments, aligned
from lorasurgery.linalg.kernels.tiles import GROUP, STRIP
from lorasurgery.linalg.terms import Term

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

# The dtype in which the fast sums are, by the dtype that is stored.
WIDE: dict[Dtype, type[np.floating[Any]]] = {
    Dtype.BF16: np.float32,
    Dtype.F16: np.float32,
    Dtype.F32: np.float64,
}
# The bound is doubled: it is itself computed with rounding, what is of second order is left out,
# and the sum must lie inside, not at an end.
SAFETY = 2.0
# The ordered sum multiplies by the scale last: what of a product was below float64's normal numbers
# is lost before.
_VANISHING = float(np.finfo(np.float64).smallest_normal)


class BoundedTerms:
    """The terms of a sum that is rounded to one dtype (a key of `WIDE`), with a bound on the fast
    sum's error.

    `pieces` is how the loops take them: the table, the scales, both sides cut up, both sides whole,
    and the bound on how far the fast sum of an element may be from the ordered one: a part for each
    row, and a part of the element's size.
    """

    def __init__(self, terms: Sequence[Term], rows: int, dtype: Dtype) -> None:
        wide = WIDE[dtype]
        with np.errstate(over="ignore", invalid="ignore"):
            lefts, rights = zip(*(_sides(term, wide) for term in terms), strict=True) if terms else ((), ())
            absolute, relative = _bound(terms, lefts, rights, rows, wide)
            bound = absolute.astype(wide), wide(relative)
        self.wide = wide
        self.pieces = PreparedArguments(*_cut(terms, lefts, rights, wide), *bound)


def are_in_reach(terms: Sequence[Term], dtype: Dtype) -> bool:
    """Whether the fast sum and the ordered one of these terms stay finite until a result is rounded."""
    with np.errstate(over="ignore", invalid="ignore"):
        return all(_is_held_unscaled(term) and _is_held(term, WIDE[dtype]) for term in terms)


def _is_held(term: Term, wide: type[np.floating[Any]]) -> bool:
    """Return whether both sides are finite in the dtype of the fast sum, which their largest
    numbers decide.
    """
    left, right = (np.float64(_largest(side)) for side in (term.left, term.right))
    return bool(np.isfinite(wide(left * term.scale)) and np.isfinite(wide(right)))


def _largest(side: NDArray[Any]) -> Any:
    return np.maximum(side.max(initial=0.0), -side.min(initial=0.0))


def _sides(term: Term, wide: type[np.floating[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both sides in the dtype of the fast sum, the left one scaled."""
    return (term.left.astype(np.float64) * term.scale).astype(wide), term.right.astype(wide)


def _bound(
    terms: Sequence[Term],
    lefts: Sequence[NDArray[Any]],
    rights: Sequence[NDArray[Any]],
    rows: int,
    wide: type[np.floating[Any]],
) -> tuple[NDArray[np.float64], float]:
    """The absolute part for each row, and the relative one.

    The fast product of a term is a sum over groups, each of which is added up in its order: two
    factors that were rounded, a group's products and sums, and one for every group; of the reach
    each, the bound on Σₖ |left right|. The ordered one has its products
    and sums, the scale, and a sum for every term, of float64. The sum with W, either end, and the
    sums of the ordered one with W are off by a part of the element's size, which is W's and no more
    than the reach besides.
    """
    reach, groups, ranks, parts = np.zeros((4, rows))
    info = np.finfo(wide)
    step, ordered_step = SAFETY * float(info.eps) / 2, SAFETY * float(np.finfo(np.float64).eps) / 2
    for term, left, right in zip(terms, lefts, rights, strict=True):
        own = slice(term.rows.start, term.rows.stop)
        reach[own] += _reach(left, right) + abs(term.scale) * _VANISHING / float(info.eps)
        groups[own] += -(-term.rank // GROUP)
        ranks[own] += term.rank
        parts[own] += 1
    relative = 3 * step + float(parts.max(initial=0.0)) * ordered_step
    absolute = reach * ((2 + GROUP + groups) * step + (2 * ranks + 1) * ordered_step + relative)
    return np.maximum(absolute, float(info.smallest_normal)), relative


def _is_held_unscaled(term: Term) -> bool:
    """Return whether the ordered sum is finite before scaling, as products of float32 are, and the
    scale is finite.
    """
    if np.float64 not in (term.left.dtype, term.right.dtype):
        return math.isfinite(term.scale)
    longest, widest = (
        _lengths(side.astype(np.float64), axis).max(initial=0.0)
        for side, axis in ((term.left, 1), (term.right, 0))
    )
    return math.isfinite(term.scale) and bool(longest * widest < np.finfo(np.float64).max / 2)


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
) -> tuple[NDArray[Any], ...]:
    """Return the pieces that `kernels/sums.py` describes.

    They are the table (terms, 12), scales (terms), left (groups, GROUP), right (groups, GROUP,
    STRIP), and all whole sides, one after the other.
    """
    table = np.zeros((len(terms), 12), np.int64)
    whole = np.result_type(np.float32, *(side.dtype for term in terms for side in (term.left, term.right)))
    cut_left, cut_right = [np.zeros((0, GROUP), wide)], [np.zeros((0, GROUP, STRIP), wide)]
    whole_left, whole_right = [np.zeros(0, whole)], [np.zeros(0, whole)]
    ends = np.zeros(4, np.int64)
    for index, (term, left, right) in enumerate(zip(terms, lefts, rights, strict=True)):
        rows, columns, groups = len(left), right.shape[1], -(-term.rank // GROUP)
        first, inside = divmod(term.column, STRIP)
        strips = -(-(inside + columns) // STRIP)
        in_pieces = (term.row, rows, first, strips, groups, *ends[:2])
        as_a_whole = (term.column, columns, term.rank, *ends[2:])
        table[index] = (*in_pieces, *as_a_whole)
        wide_left = np.zeros((rows, groups * GROUP), wide)
        wide_right = np.zeros((groups * GROUP, strips * STRIP), wide)
        wide_left[:, : term.rank] = left
        wide_right[: term.rank, inside : inside + columns] = right
        cut_left.append(wide_left.reshape(-1, GROUP))
        by_strip = wide_right.reshape(groups, GROUP, strips, STRIP).transpose(2, 0, 1, 3)
        cut_right.append(by_strip.reshape(-1, GROUP, STRIP))
        whole_left.append(term.left.reshape(-1))
        whole_right.append(term.right.T.reshape(-1))
        ends += rows * groups, strips * groups, term.left.size, term.right.size
    scales = np.array([term.scale for term in terms], np.float64)
    right = aligned((sum(map(len, cut_right)), GROUP, STRIP), wide)
    np.concatenate(cut_right, out=right)
    left, *whole_sides = (np.concatenate(each) for each in (cut_left, whole_left, whole_right))
    return table, scales, left, right, *whole_sides
