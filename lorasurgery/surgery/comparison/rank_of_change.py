"""Whether the change of a matrix is a low-rank product that was rounded, and of which rank.

    D = W' - W = s B A + N,   |N_ij| <= half an ulp of W'_ij

Some rows of D show it: their singular values above what rounding explains are no more than the rank.
The edge is the bound of Bandeira and van Handel (2016, arXiv 1408.6185) on the norm of a matrix with
independent entries, max row norm + max column norm of the standard deviations. A merge is told from a
fine-tune by what lies beneath the edge: rounding and nothing else, or a gap above it. The same with
each row scaled first finds DoRA, W' = diag(g) (W + s B A).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.comparison.copied_dtype import as_rounded
from lorasurgery.surgery.comparison.movement import SIGNIFICAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows that are looked at. A rank up to a quarter of them, or of the matrix, is low.
ROWS, QUICK_ROWS = 256, 128
LOW = 1 / 4
# The edge is a bound for the mean; single draws exceed it a little.
MARGIN = 1.1
# Above the edge a merge's spectrum ends in a gap. Where training left small singular values, there is
# none; then the first must be far above the edge, and what is beneath it have the spectrum of drawn
# rounding: at its upper end and in its middle, relative to the drawn one, at most and at least these,
# and hardly a slope between. A fine-tune whose spectrum falls has more at the upper end.
GAP, FAR = 2.5, 2.0
UPPER_END, MIDDLE, MOST_AT_END, LEAST_IN_MIDDLE, MOST_SLOPE = 0.05, 0.5, 1.03, 0.85, 1.09
# Values that are within this of the edge, below a gap of this size, are rounding that follows the
# product's own pattern.
NEAR, WIDE_GAP = 2.0, 3.0
# A change of fewer rows than this share is one of token rows, and no product.
LEAST_ROWS = 0.5
# A spectrum that falls less than this down to the largest low rank is that of no product.
FLAT = 0.7
# Each makes what is beneath the product smaller by the square of how far it is beneath.
ITERATIONS = 4
# In a scaled change the rows' factors vary by more than this.
LEAST_SCALING = 1e-4
# Fewer distinct numbers than this in a row, or a group of a row, are codes of 8 or 4 bits.
CODES_OF_8_BITS, CODES_OF_4_BITS, GROUP = 256, 16, 64
# Rows that are looked at for that.
CODE_ROWS = 16


@dataclass(frozen=True)
class ChangeKind:
    """What some rows of a change say: `low-rank`, `scaled` (DoRA), `codes`, or "" for anything else.

    `rank` is that of the product, `bits` those of the codes.
    """

    kind: str = ""
    rank: int = 0
    bits: int = 0


def kind_of_change(one: LazyTensor, other: LazyTensor, *, quick: bool = False) -> ChangeKind:
    """Look at some rows of a matrix on both sides."""
    rows = _Rows.of(as_rounded(one), as_rounded(other), QUICK_ROWS if quick else ROWS)
    if rows is None:
        return ChangeKind()
    bits = _bits_of_codes(rows.before[:CODE_ROWS], rows.after[:CODE_ROWS])
    if bits:
        return ChangeKind("codes", bits=bits)
    rank = rows.rank()
    if rank:
        return ChangeKind("low-rank", rank)
    rank = _rank_of_scaled(rows)
    return ChangeKind("scaled", rank) if rank else ChangeKind()


@dataclass(frozen=True)
class ProductRows:
    """Some rows of the change of a matrix that is a product of low rank, (rows, in), and the rank.

    `gram` has the products of the rows with each other, or of the columns where these are fewer.
    """

    rank: int
    change: NDArray[Any]
    gram: NDArray[Any]

    def space(self) -> NDArray[Any]:
        """Return what spans these rows as far as the product goes, in their own dtype, (in, rank).

        The leading eigenvectors of the Gram matrix, by as many orthogonal iterations as they need: rounding
        is far beneath them.
        """
        import numpy as np

        change = self.change
        found = np.random.default_rng(0).standard_normal((len(self.gram), self.rank))
        for _ in range(ITERATIONS):
            found, _ = np.linalg.qr(self.gram @ found)
        leading = found.astype(change.dtype)
        return np.asarray(change.T @ leading if change.shape[0] <= change.shape[1] else leading)


def rows_of_product(one: LazyTensor, other: LazyTensor) -> ProductRows | None:
    """Return some rows of a change and the rank that they show; None where it is no product of low rank."""
    rows = _Rows.of(one, other, ROWS)
    rank = 0 if rows is None else rows.rank()
    return ProductRows(rank, rows.change, rows.gram) if rows is not None and rank else None


@dataclass(frozen=True)
class _Rows:
    """Some rows of both sides, and the variances of the rounding of one and of both.

    Numbers of 16 bits are held in float32, in which their differences and squares are exact enough.
    """

    before: NDArray[Any]
    after: NDArray[Any]
    dtypes: tuple[Dtype, Dtype]

    @staticmethod
    def of(one: LazyTensor, other: LazyTensor, count: int) -> _Rows | None:
        """Read rows that are spread evenly.

        None where few of them changed, or a number is not finite, or too large to be squared.
        """
        import numpy as np

        rows = one.shape[0]
        chosen = np.unique(np.linspace(0, rows - 1, min(rows, count)).astype(np.int64)).tolist()
        W, V = one.raw_sample(chosen), other.raw_sample(chosen)
        if not (W.is_finite and V.is_finite):
            return None
        is_half = max(SIGNIFICAND.get(each.dtype, 24) for each in (W, V)) < 24
        kind = np.float32 if is_half else np.float64
        before, after = (each.exact().astype(kind, copy=False) for each in (W, V))
        if not (_has_squares(before) and _has_squares(after)):
            return None
        if np.count_nonzero((before != after).any(axis=1)) < LEAST_ROWS * len(before):
            return None
        return _Rows(before, after, (W.dtype, V.dtype))

    @property
    def limit(self) -> int:
        """The largest rank that is low."""
        return max(1, int(LOW * min(self.before.shape)))

    @cached_property
    def change(self) -> NDArray[Any]:
        change: NDArray[Any] = self.after - self.before
        return change

    @cached_property
    def gram(self) -> NDArray[Any]:
        return _gram(self.change)

    def rank(self) -> int:
        """The rank of the change, or 0."""
        change, sigma = self.change, _roots(self.gram)
        if sigma[self.limit] > FLAT * sigma[0]:
            return 0
        noise = _noise(self.dtypes[1], self.after, change)
        if rank := _low_rank(sigma, noise, self.limit):
            return rank
        # Two merges into one base were rounded both.
        return _low_rank(sigma, noise + _noise(self.dtypes[0], self.before, change), self.limit)


def _low_rank(sigma: NDArray[Any], noise: NDArray[Any], limit: int, *, needs_gap: bool = False) -> int:
    """Return the rank, or 0 where it is not low; `noise` are the variances of the rounding."""
    import numpy as np

    edge = MARGIN * float(np.sqrt(noise.sum(axis=1).max()) + np.sqrt(noise.sum(axis=0).max()))
    # What the Gram matrix itself leaves, in the dtype that it is summed in.
    floor = 1e-7 if noise.dtype == np.float64 else 1e-3
    edge = max(edge, floor * float(sigma[0]))
    rank = count_above(sigma, edge)
    if not 0 < rank <= limit:
        return 0
    if rank == len(sigma) or sigma[rank - 1] >= GAP * sigma[rank]:
        return rank
    is_merge = not needs_gap and sigma[0] >= FAR * edge and _is_rounding(sigma[rank:], noise)
    return rank if is_merge else 0


def _is_rounding(beneath: NDArray[Any], noise: NDArray[Any]) -> bool:
    """Whether singular values are those of rounding with these variances, which is drawn."""
    import numpy as np

    draw = np.random.default_rng(0).uniform(-0.5, 0.5, noise.shape) * np.sqrt(12 * noise)
    drawn = _singular_values(draw)[: len(beneath)]
    end, middle = (
        float(beneath[place] / drawn[place])
        for place in (int(share * (len(beneath) - 1)) for share in (UPPER_END, MIDDLE))
    )
    return end <= MOST_AT_END and middle >= LEAST_IN_MIDDLE and end <= MOST_SLOPE * middle


def _singular_values(matrix: NDArray[Any]) -> NDArray[Any]:
    return _roots(_gram(matrix))


def _roots(gram: NDArray[Any]) -> NDArray[Any]:
    """Return the singular values of what has such products, the largest first."""
    import numpy as np

    return np.asarray(np.sqrt(np.maximum(np.linalg.eigvalsh(gram)[::-1], 0)))


def _gram(matrix: NDArray[Any]) -> NDArray[Any]:
    """Return the products of the rows with each other, or of the columns where these are fewer."""
    import numpy as np

    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    return np.asarray((wide @ wide.T).astype(np.float64))


def _has_squares(matrix: NDArray[Any]) -> bool:
    """Whether sums of squares of a change of a matrix are in the range of its dtype."""
    import numpy as np

    most = max(float(matrix.max(initial=0)), -float(matrix.min(initial=0)))
    return most < float(np.sqrt(np.finfo(matrix.dtype).max / max(1, matrix.size))) / 4


def count_above(sigma: Sequence[float] | NDArray[Any], edge: float) -> int:
    """Count singular values above an edge; those that are near it and far below all others are rounding."""
    count = sum(1 for value in sigma if value > edge)
    clear = sum(1 for value in sigma if value > NEAR * edge)
    if 0 < clear < count and sigma[clear - 1] >= WIDE_GAP * sigma[clear]:
        return clear
    return count


def _rank_of_scaled(rows: _Rows) -> int:
    import numpy as np

    before, after = rows.before, rows.after
    norms = np.square(before).sum(axis=1)
    if not norms.all():
        return 0
    gains = (before * after).sum(axis=1) / norms
    if float(gains.std()) < LEAST_SCALING:
        return 0
    rest = after - gains[:, None] * before
    # A row's gain takes along what of the product is in the row's own direction: that is spread over
    # all directions, and thin.
    spread = np.square(rest).mean(axis=1, keepdims=True) / before.shape[1]
    noise = _noise(rows.dtypes[1], after, rows.change) + spread
    return _low_rank(_singular_values(rest), noise, rows.limit, needs_gap=True)


def _noise(dtype: Dtype, numbers: NDArray[Any], change: NDArray[Any]) -> NDArray[Any]:
    """Variances of rounding to the stored dtype, and of a product that was rounded to it first."""
    import numpy as np

    bits = SIGNIFICAND.get(dtype, SIGNIFICAND[Dtype.F32])
    # The exponent alone is the power of two at or below a number.
    exponent = 0x7FF << 52 if numbers.dtype == np.float64 else 0x7F800000
    unsigned = numbers.view(f"u{numbers.dtype.itemsize}")
    squares: NDArray[Any] = np.square((unsigned & np.array(exponent, unsigned.dtype)).view(numbers.dtype))
    squares *= 4.0
    squares += np.square(change)
    squares *= 4.0**-bits / 12
    return squares


def _bits_of_codes(before: NDArray[Any], after: NDArray[Any]) -> int:
    """8 or 4 where the rows of the other side have so few distinct numbers; 0 elsewhere."""
    if after.shape[1] >= 2 * CODES_OF_8_BITS:
        counts = _distinct(before), _distinct(after)
        if max(counts[1]) <= CODES_OF_8_BITS and min(counts[0]) > CODES_OF_8_BITS:
            return 8
    if after.shape[1] % GROUP == 0:
        counts = _distinct(before.reshape(-1, GROUP)), _distinct(after.reshape(-1, GROUP))
        if max(counts[1]) <= CODES_OF_4_BITS and min(counts[0]) > CODES_OF_4_BITS:
            return 4
    return 0


def _distinct(rows: NDArray[Any]) -> list[int]:
    import numpy as np

    ordered = np.sort(rows, axis=1)
    distinct: list[int] = (1 + np.count_nonzero(np.diff(ordered, axis=1), axis=1)).tolist()
    return distinct
