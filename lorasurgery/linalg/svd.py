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
values that are kept are nearly equal, fresh columns look for more of them (`_has_hidden_copies`).
Where there are, and where a Krylov subspace would fill much of the space anyway, the Gram matrix of
the short side is decomposed in float64 instead, which is exact.

Sources: Golub, Luk & Overton 1981 and Musco & Musco 2015 (arXiv 1504.05477) for the subspace;
Halko, Martinsson & Tropp 2011 (arXiv 0909.4061) for the projection. It finds no singular value
below 1e-6 σ₁, which float32 products cannot tell from rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from lorasurgery.errors import NumericError
from lorasurgery.linalg import panels
from lorasurgery.linalg.eigen import eigh_of
from lorasurgery.linalg.krylov import Krylov, Ritz, coarse_dtype, nearest_orthonormal, orthonormalised

# The bound on `residual`, and on what is predicted for it before the sweep that costs as much as
# two Krylov steps.
TOLERANCE = 8e-4
PREDICTED_TOLERANCE = 7.5e-4
# σ below this share of σ₁ are rounding.
FLOOR = 1e-6
BLOCK = 32
# A short side up to this is decomposed directly: the Gram matrix costs no more than the first few
# Krylov blocks.
SMALL = 256
# A Krylov subspace beyond this share of the short side costs more than the Gram matrix.
NEAR_FULL = 0.5
# Krylov dimensions that one converged triplet takes, about.
DIMENSIONS_PER_TRIPLET = 3
# Columns this close to depending on each other are taken to do so.
_DEPENDENT = 1e-5
# How far UᵀU may be from the identity.
_ORTHONORMAL = 2e-6
# Columns that the certificate multiplies D with; more triplets are mixed at random into so many.
PROBES = 16
# As many values as a block has columns are taken for copies of one where the least is above this
# share of the largest. A value that others find has to be so much above the least that is kept,
# which is rounding otherwise; and they look for it in so many power iterations.
_EQUAL, _ABOVE, _PROBE_STEPS = 0.98, 1 + 1e-4, 3


@runtime_checkable
class Rule(Protocol):
    """How many triplets to keep, given the leading singular values and ‖D‖²_F; None asks to be shown more.

    `values` are non-increasing; `complete` says that D has no others, and then the answer is a
    number. A rule is a pure function.
    """

    def __call__(self, values: np.ndarray | Tensor, energy: float, complete: bool) -> int | None: ...


@dataclass(frozen=True)
class Truncated:
    """The leading triplets of D.

    Attributes:
        S: singular values, non-increasing, above zero.
        energy: ‖D‖²_F.
        rank: how many triplets the rule keeps; those after it are spare.
        residual: √Σ‖D v − σ u‖² / ‖D‖_F, at most `TOLERANCE`. The energy that is kept is within
            1e-5 · ‖D‖²_F of the optimum where the spectrum falls at the cut, and within 3e-4 ·
            ‖D‖²_F where it is nearly flat there.
        complete: whether D has no singular values besides S, apart from rounding.
    """

    U: Float[Tensor, "out k"]
    S: Float64[Tensor, " k"]
    V: Float[Tensor, "in k"]
    energy: float
    rank: int
    residual: float
    complete: bool


def truncated_svd(
    D: Float[Tensor, "out in"], rule: Rule, *, seed: int, spare: int = 0, energy: float | None = None
) -> Truncated:
    """Find the leading triplets that `rule` keeps, and `spare` ones after them.

    `energy` is ‖D‖²_F where the caller has it already, which saves a reading of D. The same D, rule
    and seed give the same bits where BLAS runs with one thread.

    Raises:
        NumericError: D holds a NaN or an infinity.
    """
    if D.stride(0) == 1 and D.stride(1) != 1:
        turned = truncated_svd(D.T, rule, seed=seed, spare=spare, energy=energy)
        return replace(turned, U=turned.V, V=turned.U)
    energy = panels.energy(D) if energy is None else energy
    if not panels.LEAST_ENERGY < energy < panels.MOST_ENERGY:
        return _rescaled(D, rule, seed, spare)
    if min(D.shape) <= SMALL:
        return _by_gram(D, rule, energy, spare)
    return _by_krylov(D, rule, energy, seed, spare) or _by_gram(D, rule, energy, spare)


def singular_values(D: Float[Tensor, "out in"]) -> Float64[Tensor, " short"]:
    """Return all singular values, non-increasing, to 1e-8 of the largest, by the Gram matrix in float64.

    More exact than a float32 dense SVD throughout and two to six times cheaper.
    """
    squares: Tensor = torch.linalg.eigvalsh(panels.gram(D))
    return squares.flip(0).clamp(min=0).sqrt()


def _rescaled(D: Tensor, rule: Rule, seed: int, spare: int) -> Truncated:
    largest = float(D.abs().max()) if D.numel() else 0.0
    if not math.isfinite(largest):
        raise NumericError(
            f"A {D.shape[0]}×{D.shape[1]} matrix holds a NaN or an infinity; it has no singular values."
        )
    if largest == 0.0:
        return _nothing(D, 0.0)
    # A power of two: the scaling is exact. Two factors, since the inverse of a subnormal number overflows.
    exponent = math.frexp(largest)[1]
    up = 2.0 ** (-exponent // 2)
    down = 2.0 ** (-exponent - -exponent // 2)
    factor = up * down

    def rescaled_rule(values: np.ndarray | Tensor, energy: float, complete: bool) -> int | None:
        return rule(np.asarray(values) / factor, energy / factor**2, complete)

    found = truncated_svd(D * up * down, rescaled_rule, seed=seed, spare=spare)
    return replace(found, S=found.S / factor, energy=found.energy / factor**2)


def _nothing(D: Tensor, energy: float, *, complete: bool = True) -> Truncated:
    U, V = (D.new_zeros(side, 0, dtype=torch.float32) for side in D.shape)
    return Truncated(U, U.new_zeros(0, dtype=torch.float64), V, energy, 0, 0.0, complete)


def _by_gram(D: Tensor, rule: Rule, energy: float, spare: int) -> Truncated:
    squares, vectors = eigh_of(panels.gram(D))
    values = squares.flip(0).clamp(min=0).sqrt()
    values = values[values > FLOOR * values[0]]
    rank = _answer(rule, values, energy, True) or 0
    count = min(rank + spare, values.numel())
    if count == 0:
        return _nothing(D, energy, complete=False)
    X = vectors[:, -count:].flip(1).div_(values[:count]).float()
    del vectors  # as large as a square of the short side
    if D.shape[0] < D.shape[1]:
        X = D.T @ (X / values[:count].float())
    found = _projected(D, D, X, energy)
    complete = found.complete or count == values.numel()
    return _cut(replace(found, complete=complete), rank, spare)


def _by_krylov(D: Tensor, rule: Rule, energy: float, seed: int, spare: int) -> Truncated | None:
    """Return the leading triplets, or None if the rule wants so many that a Gram matrix is cheaper."""
    krylov = Krylov(D.to(coarse_dtype(D.device)), BLOCK, seed)
    predictions: list[float] = []
    strictness, least, check_at = 1.0, 0, 0
    while True:
        krylov.grow()
        if krylov.dimension < check_at and not krylov.exhausted:
            continue
        ritz = krylov.ritz()
        asked = _answer(rule, ritz.values, energy)
        count = max(asked or 0, least, 1) + spare
        known = asked is not None and count <= krylov.dimension
        hopeful = known and _forecast(predictions, krylov.tall) <= strictness * TOLERANCE
        if not hopeful:
            predictions.append(_predicted(krylov, rule, ritz, count, energy) if known else math.inf)
            hopeful = predictions[-1] <= strictness * PREDICTED_TOLERANCE
        if hopeful or krylov.exhausted:
            found = _projected(D, krylov.D, krylov.right_vectors(ritz, count), energy)
            rank = _final_rank(rule, found, ritz, energy)
            if rank is not None and rank <= found.S.numel() and found.residual <= TOLERANCE:
                if _has_hidden_copies(D, rule, found, rank, ritz, seed):
                    return None
                return _cut(found, rank, spare)
            strictness /= 1 if found.residual <= TOLERANCE else 2
            least, predictions = max(least, found.S.numel() - spare + 1 if rank is None else rank), []
        needed = DIMENSIONS_PER_TRIPLET * (
            count if known else _at_least(rule, ritz, energy, min(D.shape)) + spare
        )
        if krylov.exhausted or max(needed, krylov.dimension + BLOCK) > NEAR_FULL * min(D.shape):
            return None
        check_at = max(min(needed - BLOCK, 2 * krylov.dimension), math.ceil(1.15 * krylov.dimension))
        predictions = predictions if check_at <= krylov.dimension + BLOCK else []


def _answer(rule: Rule, values: Tensor, energy: float, complete: bool = False) -> int | None:
    return rule(values.cpu().numpy(), energy, complete)


def _final_rank(rule: Rule, found: Truncated, ritz: Ritz, energy: float) -> int | None:
    """Return the rank that the rule decides on, or None if it needs more singular values.

    The other Ritz values, which are lower bounds, follow the converged ones.
    """
    if found.complete:
        return _answer(rule, found.S, energy, True)
    others = ritz.values[found.S.numel() :].clamp(max=float(found.S[-1]))
    return _answer(rule, torch.cat([found.S, others]), energy)


def _has_hidden_copies(D: Tensor, rule: Rule, found: Truncated, rank: int, ritz: Ritz, seed: int) -> bool:
    """Return whether D has a further singular value that belongs among the kept ones or changes the
    rule's answer.
    """
    kept = found.S[:rank]
    if (
        found.complete
        or rank < BLOCK
        or not bool((kept[BLOCK - 1 :] > _EQUAL * kept[: 1 - BLOCK or None]).any())
    ):
        return False
    beyond = _largest_beyond(D, found.V[:, :rank], seed)
    if beyond > _ABOVE * float(kept[-1]):
        return True
    others = torch.cat([ritz.values[rank:], kept.new_tensor([beyond])]).clamp(max=float(kept[-1]))
    values = torch.cat([kept, others.sort(descending=True).values])
    return _answer(rule, values, found.energy) not in (rank, None)


def _largest_beyond(D: Tensor, V: Float[Tensor, "in k"], seed: int) -> float:
    """Return a lower bound on D's largest singular value orthogonal to V, from fresh columns and
    power iterations.
    """
    X = torch.randn(PROBES, D.shape[1], generator=torch.Generator().manual_seed(seed + 1)).to(V)
    for _ in range(_PROBE_STEPS):
        X = orthonormalised(X, V.T)
        _, image = panels.sweep(D, X.T.contiguous())
        X = image
    X = orthonormalised(X, V.T)
    W, _ = panels.sweep(D, X.T.contiguous())
    largest: Tensor = torch.linalg.matrix_norm(W.double(), ord=2)
    return float(largest)


def _settled(krylov: Krylov, rule: Rule, ritz: Ritz, energy: float) -> bool:
    """Whether the rule's answer stands although every value may yet rise by its residual."""
    raised = torch.hypot(ritz.values, krylov.residuals(ritz)).flip(0).cummax(0).values.flip(0)
    now, then = _answer(rule, ritz.values, energy), _answer(rule, raised, energy)
    return now is not None and then is not None and then <= now


def _predicted(krylov: Krylov, rule: Rule, ritz: Ritz, count: int, energy: float) -> float:
    """Predict the residual after a sweep: each half power iteration scales what the vectors lack by
    √tail / θ.
    """
    if not _settled(krylov, rule, ritz, energy):
        return math.inf
    steps = 1 + krylov.gained_half_steps()
    shrink = (ritz.tail / ritz.values.square()).clamp(max=1) ** steps
    squares = krylov.residuals(ritz).square() * shrink
    return math.sqrt(float(squares[:count].sum()) / energy)


def _forecast(predictions: list[float], tall: bool) -> float:
    """Predict the residual one block after the last prediction, without the product that looks past
    that block.

    Trusted only while the predictions fall ever faster, as they do until they meet a continuum of
    singular values.
    """
    if len(predictions) < 3 or not predictions[-1] * predictions[-3] <= predictions[-2] ** 2 < math.inf:
        return math.inf
    rate = predictions[-1] / predictions[-2]
    return predictions[-1] * (math.sqrt(rate) if tall else rate)


def _at_least(rule: Rule, ritz: Ritz, energy: float, limit: int) -> int:
    """Return a lower bound on the rule's answer.

    It is the smaller of its answers if the spectrum beyond what has converged goes on flat, or
    ends. A rule on energy is decided first by the one, a threshold by the other, and a fixed rank
    is the same in both.
    """
    converged = ritz.values[: max(ritz.values.numel() // 4, 1)]
    flat = converged[-1].expand(limit - converged.numel())
    answers = (_answer(rule, torch.cat([converged, after]), energy, True) for after in (flat, 0 * flat))
    return min(answer or 0 for answer in answers)


def _projected(D: Tensor, coarse: Tensor, X: Float[Tensor, "in k"], energy: float) -> Truncated:
    """The best approximation of D whose left vectors are D X, and its certificate (moves 2 and 3 above)."""
    # Names end where their matrices do: each is as large as a factor, and of a high rank there is
    # no room for all of them.
    W, WtD = panels.sweep(D, X)
    to_left = _orthonormaliser(W)
    B = to_left.T @ WtD.double()
    del WtD
    squares, rotation = eigh_of(B @ B.T)
    values, rotation = squares.flip(0).clamp(min=0).sqrt(), rotation.flip(1)
    exist = int((values > FLOOR * values[0]).sum())
    values, rotation = values[:exist], rotation[:, :exist]
    combination, rows = (to_left @ rotation).float(), (rotation.T @ B).div_(values[:, None])
    del to_left, B, rotation
    V = nearest_orthonormal(rows).T
    del rows
    U = _reorthonormalised(W @ combination)
    missed = _residual(coarse, V - (X @ combination) * values.float())
    rest = energy - float(values.square().sum())
    complete = exist < X.shape[1] and rest <= TOLERANCE**2 * energy
    return Truncated(U, values, V, energy, exist, missed / math.sqrt(energy), complete)


def _reorthonormalised(U: Float[Tensor, "out k"]) -> Float[Tensor, "out k"]:
    """U, with what the product of nearly dependent columns lost in float32 made good."""
    off = U.T @ U - torch.eye(U.shape[1], device=U.device)
    return nearest_orthonormal(U.T).T if float(off.abs().max()) > _ORTHONORMAL else U


def _orthonormaliser(W: Float[Tensor, "out k"]) -> Float64[Tensor, "k kept"]:
    """R with orthonormal columns of W R: the nearest to W's own, where W has full rank."""
    wide = W.double()
    gram = wide.T @ wide
    del wide
    scale = 1 / gram.diagonal().sqrt().clamp(min=torch.finfo(torch.float32).tiny)
    squares, vectors = eigh_of(gram.mul_(scale[:, None]).mul_(scale))
    del gram
    kept = squares > _DEPENDENT**2
    R = vectors[:, kept].div_(squares[kept].sqrt())
    if bool(kept.all()):
        R = R @ vectors.T
    weighted: Tensor = scale[:, None] * R
    return weighted


def _residual(coarse: Tensor, arguments: Float[Tensor, "in k"]) -> float:
    """√Σ‖D tᵢ‖² over the columns t; of many columns, a random mixture's."""
    count = arguments.shape[1]
    if count > PROBES:
        generator = torch.Generator().manual_seed(count)
        mix = torch.randn(count, PROBES, generator=generator) / math.sqrt(PROBES)
        arguments = arguments @ mix.to(arguments.device)
    return float(torch.linalg.vector_norm((arguments.T.to(coarse.dtype) @ coarse.T).float()))


def _cut(found: Truncated, rank: int, spare: int) -> Truncated:
    count = min(rank + spare, found.S.numel())
    complete = found.complete and count == found.S.numel()
    return replace(
        found,
        U=found.U[:, :count],
        S=found.S[:count],
        V=found.V[:, :count],
        rank=min(rank, count),
        complete=complete,
    )
