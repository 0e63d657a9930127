"""The product of low rank that a tensor's change is, as near to the one that was merged as pays.

Where a merge rounded W + B A to 16 bits, `linalg/narrow_cells.py` finds B A from the elements that are
rounded least: at 4096 x 4096 and rank 16, ‖ΔW‖/‖W‖ = 1 %, it leaves 1 % of the elements wrong in 0.1
CPU-seconds, where the truncated SVD leaves 10 %. Projections to all cells, as `extract --recover` has
them, would leave 0.002 %, but take 10 CPU-seconds. Where rows
or columns have too few elements near zero, and in wider dtypes, it is the truncated SVD.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.comparison.rank_of_change import ProductRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# The dtypes whose cells are wide enough for a search in float32.
HALVES = (Dtype.BF16, Dtype.F16)

# Finds the product that a change is, if it is one, from a name, the tensor before and after, and some
# rows of the change with the rank that they show. Factors that are nearer to the true ones make a delta
# smaller; any that are given lead to the same bytes.
Factors = Callable[[str, LazyTensor, LazyTensor, ProductRows], Sequence[Term] | None]


def nearest_factors(
    name: str, one: LazyTensor, other: LazyTensor, rows: ProductRows
) -> Sequence[Term] | None:
    """Find factors of a change; in float16 for weights of 16 bits, which the exceptions do not feel."""
    import numpy as np

    is_half = one.dtype in HALVES
    sides = _from_cells(one, other, rows) if is_half else None
    if sides is None:
        sides = _by_svd(name, one.raw(), other.raw(), rows.rank)
    if sides is None:
        return None
    kind = np.float16 if is_half else np.float32
    with np.errstate(over="ignore"):
        left, right = (np.ascontiguousarray(side.astype(kind), np.float32) for side in _balanced(*sides))
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return None
    return [Term(left, np.ascontiguousarray(right.T))]


def _from_cells(one: LazyTensor, other: LazyTensor, rows: ProductRows) -> tuple[Floats, Floats] | None:
    """Find both sides from the elements with the narrowest cells, beginning with the space of some rows.

    None where too few elements are near zero, or a number is not finite.
    """
    import numpy as np

    from lorasurgery.linalg.narrow_cells import orthonormal, refined

    right, _ = orthonormal(np.asarray(rows.space(), np.float32))
    blocks = (
        (base, merged)
        for (_, base), (_, merged) in zip(
            one.raw_blocks(STREAM_ELEMENTS), other.raw_blocks(STREAM_ELEMENTS), strict=True
        )
    )
    return refined(blocks, (one.shape[0], one.shape[1]), right)


def _by_svd(name: str, before: StoredArray, after: StoredArray, rank: int) -> tuple[Floats, Floats] | None:
    """Find both sides by truncated SVD; the right one has orthonormal columns."""
    import numpy as np

    from lorasurgery.linalg.rank_rules import fixed
    from lorasurgery.linalg.svd import truncated_svd

    with np.errstate(invalid="ignore", over="ignore"):
        D = after.single() - before.single()
    if not np.isfinite(D).all():
        return None
    svd = truncated_svd(D, fixed(rank), seed=zlib.crc32(name.encode()))
    return svd.U * svd.S.astype(np.float32), svd.V


def _balanced(left: Floats, right: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give both sides of left @ rightᵀ equal norms, direction by direction; `right` is orthonormal."""
    import numpy as np

    wide = left.astype(np.float64)
    squares, vectors = np.linalg.eigh(wide.T @ wide)
    roots = np.maximum(squares, np.finfo(np.float64).tiny) ** 0.25
    return wide @ (vectors / roots), right.astype(np.float64) @ (vectors * roots)
