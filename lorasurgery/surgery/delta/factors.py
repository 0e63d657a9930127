"""The product of low rank that a tensor's change is, as near to the one that was merged as pays.

Where a merge rounded W + B A to 16 bits, `linalg/narrow_cells.py` finds B A from the elements that are
rounded least: at 4096 x 4096 and rank 16, ‖ΔW‖/‖W‖ = 1 %, it leaves 0.6 % of the elements wrong in 0.4
CPU-seconds, where the truncated SVD leaves 10 %. Projections to all cells, as `extract --recover` has
them, would leave 0.002 %, but take 10 CPU-seconds. In wider dtypes nothing is to be gained over the SVD.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

# Rows whose change tells the space of all rows, for each rank at least so many.
SKETCH_ROWS, ROWS_FOR_EACH_RANK = 256, 4
# The dtypes whose cells are wide enough for a search in float32.
HALVES = (Dtype.BF16, Dtype.F16)

# Finds the product that a change is, if it is one, from a name, the tensor before and after, and the
# rank. Factors that are nearer to the true ones make a delta smaller; any that are given lead to the
# same bytes.
Factors = Callable[[str, LazyTensor, LazyTensor, int], Sequence[Term] | None]


def nearest_factors(name: str, one: LazyTensor, other: LazyTensor, rank: int) -> Sequence[Term] | None:
    """Find factors of a change; in float16 for weights of 16 bits, which the exceptions do not feel."""
    import numpy as np

    before, after = one.raw(), other.raw()
    is_half = one.dtype in HALVES
    sides = _from_cells(before, after, rank) if is_half else _by_svd(name, before, after, rank)
    if sides is None:
        return None
    kind = np.float16 if is_half else np.float32
    left, right = (_exact(side, kind) for side in _balanced(*sides))
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return None
    return [Term(left, np.ascontiguousarray(right.T))]


def _from_cells(before: StoredArray, after: StoredArray, rank: int) -> tuple[Tensor, Tensor] | None:
    """Find both sides from the elements with the narrowest cells, beginning with some rows' change.

    None where a number is not finite, as in `_by_svd`.
    """
    import torch

    from lorasurgery.linalg.narrow_cells import refined

    if not (before.is_finite and after.is_finite):
        return None
    base, merged = before.tensor, after.tensor
    count = min(len(base), max(SKETCH_ROWS, ROWS_FOR_EACH_RANK * rank))
    rows = torch.linspace(0, len(base) - 1, count).long()
    D = merged[rows].float() - base[rows].float()
    _, vectors = torch.linalg.eigh((D @ D.T).double())
    right = torch.linalg.qr(D.T @ vectors[:, -rank:].float())[0]
    found = refined(base, merged, right)
    return found.left, found.right


def _by_svd(name: str, before: StoredArray, after: StoredArray, rank: int) -> tuple[Tensor, Tensor] | None:
    from lorasurgery.linalg.rank_rules import fixed
    from lorasurgery.linalg.svd import truncated_svd

    D = after.tensor.float() - before.tensor.float()
    if not D.isfinite().all():
        return None
    svd = truncated_svd(D, fixed(rank), seed=zlib.crc32(name.encode()))
    return svd.U.float(), svd.V.float() * svd.S.float()


def _balanced(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Give both sides of left @ right.T equal norms, direction by direction."""
    import torch

    (Q, R), (P, T) = torch.linalg.qr(left.double()), torch.linalg.qr(right.double())
    U, S, Vh = torch.linalg.svd(R @ T.T)
    root = S.sqrt()
    return (Q @ U) * root, (P @ Vh.T) * root


def _exact(side: Tensor, kind: type[np.floating]) -> NDArray[np.float32]:
    """Round a side to the dtype that it is stored in."""
    import numpy as np

    return np.ascontiguousarray(side.numpy().astype(kind), np.float32)
