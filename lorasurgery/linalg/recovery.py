"""Recover the factors of a LoRA from a weight before and after it was merged.

    merged = round(base + B A)            one rounding, of a sum in float32: PEFT with float32 factors
    merged = round(base + round(B A))     the product first: PEFT with factors of 16 bits

The truncated SVD of merged − base is the best approximation of that difference, whose noise of rounding
is as large as ΔW where ΔW is small. It is only where the search begins: B A is the matrix of low rank
that rounds to the numbers that are stored, and `projections` finds one, whose error is about a tenth.

The first rank is the number of singular values above the noise edge. It is too small where ranks are
hidden under the edge, and too large where ΔW is so small that most elements did not move, since the
rounding then follows ΔW. Both show afterwards. Where elements remain outside of their cells, ranks are
added from what they lack; ranks that only follow the rounding shrink to a tenth of the edge, and those
behind such a gap are taken away. What has the fewest bytes, factors and exceptions together, is kept.

It is not a merged LoRA where the rank would exceed a quarter of the short side, or where the factors
leave more than a tenth of the elements that changed unexplained. Factors of as many numbers as an eighth
of the elements that changed could explain anything: of these the spectrum must have a gap, so that ranks
added to them find nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from numpy.typing import NDArray

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.cells import cells_of
from lorasurgery.linalg.factors import balanced
from lorasurgery.linalg.noise import Edges, noise_edge
from lorasurgery.linalg.projections import LowRank, Projected, missing, projected
from lorasurgery.linalg.rank_rules import capped, fixed
from lorasurgery.linalg.rounded_product import merged_sum
from lorasurgery.linalg.shapes import Float
from lorasurgery.linalg.svd import truncated_svd
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import Differences
from lorasurgery.stored_array import StoredArray

# A rank beyond this share of the short side is not that of a LoRA.
MOST_RANK = 1 / 4
# Of the elements that changed, at least so many must be explained.
LEAST_EXPLAINED = 0.9
# Where fewer elements are outside of their cells, all ranks were found.
FEW_OUTSIDE = 2e-3
# Factors of fewer numbers than this share of the elements that changed explain nothing by chance.
FEW_NUMBERS = 1 / 8
# Ranks that follow the rounding are smaller than the last rank of ΔW by more than this.
GAP = 3.0
# The dtypes whose cells are wide enough for a search in float32.
DTYPES = (Dtype.BF16, Dtype.F16)
NOISE = "the change is no more than rounding"
TOO_HIGH = "the rank of the change exceeds a quarter of the matrix's shorter side"
NO_GAP = "the singular values of the change have no gap"
NOT_EXPLAINED = (
    "factors of rank {rank} explain only {share:.0%} of the elements that changed (if two LoRAs were merged "
    "one after the other, recover each from the checkpoint before it)"
)


@dataclass(frozen=True)
class Recovered:
    """Factors whose merge gives the stored numbers, but for some exceptions.

    Attributes:
        product: the dtype that the product was rounded to before it was added; None where the sum was
            rounded once.
        unexplained: the share of all elements that the factors do not reproduce, by the projections'
            own count.
        steps: projections that it took.
    """

    A: Float[ndarray, "r in"]
    B: Float[ndarray, "out r"]
    product: Dtype | None
    unexplained: float
    steps: int


@dataclass(frozen=True)
class NotMerged:
    """Why a change is not that of a merged LoRA."""

    reason: str


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # a gap may be infinitely wide
def recovered(base: StoredArray, merged: StoredArray, *, seed: int) -> Recovered | NotMerged:
    """Find the factors of a weight's change, or say why it is not that of a merged LoRA.

    Args:
        merged: in bfloat16 or float16, to which the merge rounded.
        seed: of the start of the subspace.
    """
    assert merged.dtype in DTYPES, "other dtypes are refused before"
    edge = noise_edge(merged, seed=seed)
    D = merged.single() - base.single()
    most = int(MOST_RANK * min(D.shape))
    svd = truncated_svd(D, capped(Edges(edge, edge, 0.0), most + 1), seed=seed)
    if not 0 < len(svd.S) <= most:
        return NotMerged(TOO_HIGH if len(svd.S) else NOISE)
    search = _Search(base, merged, most, seed)
    found = search.run(LowRank(svd.U, svd.V * svd.S.astype(np.float32)))
    fit, changed = found.fit, int(np.count_nonzero(D))
    explained = 1 - fit.share * D.size / changed
    if explained < LEAST_EXPLAINED:
        return NotMerged(NOT_EXPLAINED.format(rank=fit.found.rank, share=max(0.0, explained)))
    if fit.found.rank * sum(D.shape) > FEW_NUMBERS * changed and not search.has_gap(found, D):
        return NotMerged(NO_GAP)
    A, B = balanced(*_triplets(fit.found))
    return Recovered(A, B, found.product, fit.share, search.steps)


@dataclass(frozen=True)
class _Found:
    fit: Projected
    product: Dtype | None


class _Search:
    """The search for the rank and the style of one merge; counts its steps."""

    def __init__(self, base: StoredArray, merged: StoredArray, most: int, seed: int) -> None:
        self._most, self._seed = most, seed
        self._rounded = merged.dtype
        self._cells = {product: cells_of(base, merged, product) for product in (None, merged.dtype)}
        self.steps = 0

    def run(self, start: LowRank) -> _Found:
        """Find the factors, and with them their rank and the style."""
        best = found = self._with_style(self._pruned(_Found(self._fit(start, None), None)))
        rank = 0
        while best.fit.share > FEW_OUTSIDE and rank < found.fit.found.rank < self._most:
            rank = found.fit.found.rank
            found = self._with_style(self._grown(found))
            best = min(best, self._pruned(found), key=lambda each: each.fit.nbytes)
        return best

    def has_gap(self, found: _Found, D: Float[ndarray, "out in"]) -> bool:
        """Whether ranks that are added to these come to nothing."""
        now = found.fit.found
        left = D - now.left @ now.right.T
        _, S, _ = _triplets(self._fit(self._with_more(now, left), found.product).found)
        return bool(S[now.rank - 1] > GAP * S[now.rank])

    def _fit(self, start: LowRank, product: Dtype | None) -> Projected:
        fit = projected(self._cells[product], start)
        self.steps += fit.steps
        return fit

    def _pruned(self, found: _Found) -> _Found:
        """Leave out the ranks behind the widest gap, if that takes fewer bytes."""
        U, S, V = _triplets(found.fit.found)
        ratios = S[:-1] / S[1:]
        if not len(ratios) or float(ratios.max()) < GAP:
            return found
        rank = int(ratios.argmax()) + 1
        fit = self._fit(LowRank(U[:, :rank], V[:, :rank] * S[:rank].astype(np.float32)), found.product)
        return _Found(fit, found.product) if fit.nbytes < found.fit.nbytes else found

    def _grown(self, found: _Found) -> _Found:
        """Add the leading ranks of what the elements outside of their cells lack."""
        now = found.fit.found
        lack = np.concatenate([panel for _, panel in missing(self._cells[found.product], now)])
        return _Found(self._fit(self._with_more(now, lack), found.product), found.product)

    def _with_more(self, now: LowRank, lack: Float[ndarray, "out in"]) -> LowRank:
        """Add the leading ranks of a matrix, half as many as there are."""
        more = truncated_svd(lack, fixed(max(4, now.rank // 2)), seed=self._seed)
        right = more.V * more.S.astype(np.float32)
        return LowRank(np.concatenate([now.left, more.U], axis=1), np.concatenate([now.right, right], axis=1))

    def _with_style(self, found: _Found) -> _Found:
        """Take the other style of merging if it explains more."""
        other = None if found.product else self._rounded
        fit = self._fit(found.fit.found, other)
        return _Found(fit, other) if fit.share < found.fit.share else found


def _triplets(found: LowRank) -> tuple[ndarray, ndarray, ndarray]:
    (Q, R), (P, T) = (np.linalg.qr(side.astype(np.float64)) for side in (found.left, found.right))
    U, S, Vh = np.linalg.svd(R @ T.T)
    return (Q @ U).astype(np.float32), S, (P @ Vh.T).astype(np.float32)


def exceptions(
    base: StoredArray, merged: StoredArray, found: Recovered
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where a merge of the factors differs from what is stored, and by how many ulps it does.

    Positions are flat. The merge is correctly rounded, so that they hold on every machine.
    """
    rows, columns = merged.bits.shape
    terms = [Term(np.ascontiguousarray(found.B), np.ascontiguousarray(found.A))]
    rebuilt = merged_sum(terms, (rows, columns), found.product, merged.dtype)(base, 0)
    differences = Differences()
    differences.note(merged, rebuilt, 0)
    return differences.places, differences.steps
