"""Truncated singular value decomposition D ≈ U diag(S) Vᵀ, as many triplets as a rule asks for.

In three moves:

1. a block Krylov subspace (`krylov`), grown until the rule has its answer and the residuals say
   that it will hold;
2. one sweep over the true D in float32: W = D X of the Ritz vectors X, U = orth(W), B = UᵀD, and
   the SVD of the small B: the Eckart-Young optimum among all approximations with this U, half a
   power iteration better than X;
3. the certificate, on that result: ρ_i = ‖D v_i − σ_i u_i‖ = ‖D (v_i − σ_i x_i)‖ where u_i = D x_i,
   whose argument is small and may be multiplied in bfloat16. `residual` = √Σρ² / ‖D‖_F is at most
   8e-4. If it fails, the subspace grows on.

What that is worth is a matter of measurement (`tests/linalg/test_hard_spectra.py`), as shares of
‖D‖²_F that the true leading triplets hold beyond these: 1 to 10 times residual², so less than 1e-5,
where the spectrum falls at the cut by more than the residual; up to 2e-4, and promised 3e-4, where
it is nearly flat there. A residual bounds the error of σ, and says nothing of which vectors of a
cluster were found; but what is lost by choosing others of it is no more than its width.

A subspace that begins with b columns holds b copies of a singular value at most. So where b of the
values that are kept are nearly equal, fresh columns look for more of them (`hidden_copies`).
Where there are, and where a Krylov subspace would fill much of the space anyway, the Gram matrix of
the short side is decomposed in float64 instead, which is exact.

Sources: Golub, Luk & Overton 1981 and Musco & Musco 2015 (arXiv 1504.05477) for the subspace;
Halko, Martinsson & Tropp 2011 (arXiv 0909.4061) for the projection. It finds no singular value
below 1e-6 σ₁, which float32 products cannot tell from rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy import ndarray

from lorasurgery.errors import NumericError
from lorasurgery.linalg import panels
from lorasurgery.linalg.coarse import block_of, coarse
from lorasurgery.linalg.device_matrix import DeviceMatrix
from lorasurgery.linalg.eigen import gram_eigen
from lorasurgery.linalg.freed import give_back
from lorasurgery.linalg.hidden_copies import has_hidden_copies
from lorasurgery.linalg.krylov import Krylov, Ritz
from lorasurgery.linalg.multiplied import Matrix, is_by_columns
from lorasurgery.linalg.projection import projected
from lorasurgery.linalg.shapes import Float, Float64
from lorasurgery.linalg.streamed import StreamedMatrix
from lorasurgery.linalg.truncated import FLOOR, TOLERANCE, Rule, Truncated, cut_to

# The bound on what is predicted for the residual before the sweep that costs as much as two Krylov
# steps: with a prediction of 6e-4 the residual was above its own bound more often than not.
PREDICTED_TOLERANCE = 5e-4
# A short side up to this is decomposed directly: the Gram matrix costs no more than the first few
# Krylov blocks.
SMALL = 256
# A Krylov subspace beyond this share of the short side costs more than the Gram matrix.
NEAR_FULL = 0.5
# Krylov dimensions that one converged triplet takes, about.
DIMENSIONS_PER_TRIPLET = 3
# The number of blocks that a residual's trend asks for, times this, is what it takes; so many at most
# are taken without a look.
FASTER, MOST_UNSEEN = 0.8, 4


# Squares of residuals that are next to nothing vanish, and quotients by them are infinite, as they should.
@np.errstate(over="ignore", divide="ignore", invalid="ignore")
def truncated_svd(
    D: Matrix,
    rule: Rule,
    *,
    seed: int,
    spare: int = 0,
    energy: float | None = None,
) -> Truncated:
    """Find the leading triplets that `rule` keeps, and `spare` ones after them.

    `energy` is ‖D‖²_F where the caller has it already, which saves a reading of D. The same D, rule
    and seed give the same bits where BLAS runs with one thread.

    Raises:
        NumericError: D holds a NaN or an infinity.
    """
    if isinstance(D, ndarray) and is_by_columns(D):
        transposed = truncated_svd(D.T, rule, seed=seed, spare=spare, energy=energy)
        return replace(transposed, U=transposed.V, V=transposed.U)
    energy = panels.energy(D) if energy is None else energy
    if not panels.LEAST_ENERGY < energy < panels.MOST_ENERGY:
        return _rescaled(D.whole() if isinstance(D, StreamedMatrix) else D, rule, seed, spare)
    if min(D.shape) <= SMALL:
        return _by_gram(D, rule, energy, spare)
    found = _by_krylov(D, rule, energy, seed, spare)
    if found is None:
        give_back()  # the subspace, which would be as much again
        found = _by_gram(D, rule, energy, spare)
        give_back()
    return found


def singular_values(D: Float[ndarray, "out in"] | StreamedMatrix) -> Float64[ndarray, " short"]:
    """Return all singular values, non-increasing, to 1e-8 of the largest, by the Gram matrix in float64.

    More exact than a float32 dense SVD throughout and two to six times cheaper.
    """
    squares = np.linalg.eigvalsh(panels.gram(D))
    return np.sqrt(np.maximum(squares[::-1], 0))


def _rescaled(D: ndarray | DeviceMatrix, rule: Rule, seed: int, spare: int) -> Truncated:
    largest = D.largest() if isinstance(D, DeviceMatrix) else float(np.abs(D).max(initial=0.0))
    if not math.isfinite(largest):
        raise NumericError(
            f"A {D.shape[0]}×{D.shape[1]} matrix holds a NaN or an infinity; it has no singular values."
        )
    if largest == 0.0:
        return _nothing(D, 0.0)
    # A power of two: the scaling is exact. Two factors, since the inverse of a subnormal number
    # overflows.
    exponent = math.frexp(largest)[1]
    up = 2.0 ** (-exponent // 2)
    down = 2.0 ** (-exponent - -exponent // 2)
    factor = up * down

    def rescaled_rule(values: ndarray, energy: float, complete: bool) -> int | None:
        return rule(values / factor, energy / factor**2, complete)

    scaled = D.scaled(up).scaled(down) if isinstance(D, DeviceMatrix) else D * up * down
    found = truncated_svd(scaled, rescaled_rule, seed=seed, spare=spare)
    return replace(found, S=found.S / factor, energy=found.energy / factor**2)


def _nothing(D: Matrix, energy: float, *, complete: bool = True) -> Truncated:
    U, V = (np.zeros((side, 0), np.float32) for side in D.shape)
    return Truncated(U, np.zeros(0), V, energy, 0, 0.0, complete)


def _by_gram(D: Matrix, rule: Rule, energy: float, spare: int) -> Truncated:
    squares, vectors = gram_eigen(D)
    values = np.sqrt(np.maximum(squares[::-1], 0))
    values = values[values > FLOOR * values[0]]
    rank = rule(values, energy, True) or 0
    count = min(rank + spare, len(values))
    if count == 0:
        return _nothing(D, energy, complete=False)
    rows = np.empty((count, len(vectors)), np.float32)
    np.divide(vectors[:, : -count - 1 : -1].T, values[:count, None], out=rows, casting="same_kind")
    del vectors  # as large as a square of the short side
    if D.shape[0] < D.shape[1]:
        rows = panels.image_back(rows / values[:count, None].astype(np.float32), D)
    found = projected(D, D, rows, energy)
    complete = found.complete or count == len(values)
    return cut_to(replace(found, complete=complete), rank, spare)


def _by_krylov(D: Matrix, rule: Rule, energy: float, seed: int, spare: int) -> Truncated | None:
    """Return the leading triplets, or None if the rule wants so many that a Gram matrix is cheaper."""
    copy = coarse(D)
    block = block_of(copy)
    krylov = Krylov(copy, block, seed)
    strictness, least, check_at = 1.0, 0, 0
    trend = Trend()
    while True:
        krylov.grow()
        if krylov.dimension < check_at and not krylov.exhausted:
            continue
        ritz = krylov.ritz()
        asked = rule(ritz.values, energy, False)
        count = max(asked or 0, least, 1) + spare
        known = asked is not None and count <= krylov.dimension
        predicted = _predicted(krylov, rule, ritz, count, energy) if known else math.inf
        if predicted <= strictness * PREDICTED_TOLERANCE or krylov.exhausted:
            found = projected(D, krylov.D, krylov.right_vectors(ritz, count), energy)
            rank = _final_rank(rule, found, ritz, energy)
            if rank is not None and rank <= len(found.S) and found.residual <= TOLERANCE:
                if has_hidden_copies(D, rule, found, rank, ritz, block=block, seed=seed):
                    return None
                return cut_to(found, rank, spare)
            strictness /= 1 if found.residual <= TOLERANCE else 2
            least = max(least, len(found.S) - spare + 1 if rank is None else rank)
        needed = DIMENSIONS_PER_TRIPLET * (
            count if known else _at_least(rule, ritz, energy, min(D.shape)) + spare
        )
        if krylov.exhausted or max(needed, krylov.dimension + block) > NEAR_FULL * min(D.shape):
            return None
        # A seventh more, to the nearest block.
        more = math.ceil(1.15 * krylov.dimension - block / 2)
        check_at = max(min(needed - block, 2 * krylov.dimension), more)
        blocks = trend.blocks_to(strictness * PREDICTED_TOLERANCE, predicted, krylov.dimension / block)
        check_at = max(check_at, krylov.dimension + blocks * block)


@dataclass
class Trend:
    """How fast the predicted residual falls, from two looks at a subspace, so that steps between need none.

    The Ritz values of a small matrix take as long as a step.
    """

    blocks: float = 0.0
    residual: float = math.inf

    def blocks_to(self, goal: float, residual: float, blocks: float) -> int:
        """Return how many blocks more are likely to lead to a residual of `goal`, 0 where nobody knows.

        A residual falls faster and faster, so that the last look's trend is taken for too slow.
        """
        before, self.blocks, self.residual = (self.blocks, self.residual), blocks, residual
        if not goal < residual < before[1] < math.inf:
            return 0
        rate = math.log(before[1] / residual) / (blocks - before[0])
        return min(math.ceil(FASTER * math.log(residual / goal) / rate), MOST_UNSEEN)


def _final_rank(rule: Rule, found: Truncated, ritz: Ritz, energy: float) -> int | None:
    """Return the rank that the rule decides on, or None if it needs more singular values.

    The other Ritz values, which are lower bounds, follow the converged ones.
    """
    if found.complete:
        return rule(found.S, energy, True)
    others = np.minimum(ritz.values[len(found.S) :], found.S[-1])
    return rule(np.concatenate([found.S, others]), energy, False)


def _settled(krylov: Krylov, rule: Rule, ritz: Ritz, energy: float) -> bool:
    """Whether the rule's answer stands although every value may yet rise by its residual."""
    raised = np.maximum.accumulate(np.hypot(ritz.values, krylov.residuals(ritz))[::-1])[::-1]
    now, then = rule(ritz.values, energy, False), rule(raised, energy, False)
    return now is not None and then is not None and then <= now


def _predicted(krylov: Krylov, rule: Rule, ritz: Ritz, count: int, energy: float) -> float:
    """Predict the residual after a sweep.

    What the vectors lack is scaled by √tail / θ in each half power iteration: two that
    `Krylov.right_vectors` has made, and the sweep itself.
    """
    if not _settled(krylov, rule, ritz, energy):
        return math.inf
    shrink = np.minimum(ritz.tail / np.square(ritz.values), 1) ** 3
    squares = np.square(krylov.residuals(ritz)) * shrink
    return math.sqrt(float(squares[:count].sum()) / energy)


def _at_least(rule: Rule, ritz: Ritz, energy: float, limit: int) -> int:
    """Return a lower bound on the rule's answer.

    It is the smaller of its answers if the spectrum beyond what has converged goes on flat, or
    ends. A rule on energy is decided first by the one, a threshold by the other, and a fixed rank
    is the same in both.
    """
    converged = ritz.values[: max(len(ritz.values) // 4, 1)]
    flat = np.full(limit - len(converged), converged[-1])
    answers = (rule(np.concatenate([converged, after]), energy, True) for after in (flat, 0 * flat))
    return min(answer or 0 for answer in answers)
