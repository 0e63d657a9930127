"""What some numbers of a piece say of the whole: how many moved, what that takes, and in which way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.comparison.movement import SIGNIFICAND
from lorasurgery.surgery.delta.byte_planes import PlaneEncoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Beyond this share of numbers that moved, planes take less than positions and steps.
MOST_SPARSE = 0.12
SAMPLES, SAMPLE_ELEMENTS = 8, 1 << 13
# Squared cosines between the rows of a product of rank r are 1/r on average; those of rows that have
# nothing to do with each other, 1/columns. Products of ranks beyond a quarter of 256 rows are not looked
# for; this leaves room for rounding, which makes the cosines of a small change smaller.
LEAST_COSINE = 1 / 240
# Fewer rows than these say nothing, and more are not needed.
FEWEST_ROWS, MOST_ROWS = 6, 32


@dataclass(frozen=True)
class Sample:
    """The share of the numbers that moved, what the whole takes by planes and by positions, about, and
    whether the change may be a product of low rank.
    """

    moved: float
    plane_bytes: float
    sparse_bytes: float
    may_be_product: bool

    @staticmethod
    def of(one: LazyTensor, other: LazyTensor) -> Sample:
        """Look at some ranges of two tensors of one shape and dtype; of a matrix they begin with rows."""
        import numpy as np

        size = other.numel
        width = other.shape[-1] if len(other.shape) == 2 else 1
        count = min(SAMPLE_ELEMENTS, size)
        last = (size - count) // max(1, width)
        starts = sorted({int(row) * width for row in np.linspace(0, last, SAMPLES)})
        encoder, moved, changes = PlaneEncoder(), 0, []
        for start in starts:
            a, b = (StoredArray(each.read_bits(start, start + count), each.dtype) for each in (one, other))
            encoder.add(b, a)
            moved += int(np.count_nonzero(a.bits != b.bits))
            changes.append((a, b))
        share = moved / (count * len(starts))
        planes = len(encoder.finish()) * size / (count * len(starts))
        sparse = 1.5 * share * size if share <= MOST_SPARSE else float("inf")
        return Sample(share, planes, sparse, _may_be_product(changes, min(width, count)))


def _may_be_product(changes: list[tuple[StoredArray, StoredArray]], width: int) -> bool:
    """Whether rows of the change are as parallel as those of a product of low rank; True if in doubt."""
    import numpy as np

    if changes[0][0].dtype not in SIGNIFICAND:
        return False
    rows_of_each = max(1, MOST_ROWS // len(changes))
    D = np.concatenate([_rows(a, b, width)[:rows_of_each] for a, b in changes])
    with np.errstate(all="ignore"):
        gram = D @ D.T
        squares = np.diagonal(gram)
        changed = np.flatnonzero((squares > 0) & np.isfinite(squares))
        if len(changed) < FEWEST_ROWS or width < 4 / LEAST_COSINE:
            return True
        cosines = gram[np.ix_(changed, changed)] ** 2 / np.outer(squares[changed], squares[changed])
    off = float(cosines.sum() - np.trace(cosines)) / (len(changed) * (len(changed) - 1))
    return not off < LEAST_COSINE


def _rows(one: StoredArray, other: StoredArray, width: int) -> NDArray[np.float64]:
    import numpy as np

    stop = len(one) // width * width
    with np.errstate(all="ignore"):
        change = other.rows(0, stop).double() - one.rows(0, stop).double()
    return np.asarray(change.reshape(-1, width))
