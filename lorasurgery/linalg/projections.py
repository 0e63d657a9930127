"""Find a matrix of rank r whose elements are all in their cells: project to the cells and to rank r in turn.

    Y   = L + β (L − the L before)              Nesterov's momentum, which starts anew where it overshoots
    X   = Y + τ (clip(Y, low, high) − Y)        towards the cells, and beyond their ends
    L'  = the best matrix of rank r for X       one step of subspace iteration from the last L

A plain projection (τ = 1) moves Y by the few elements that are outside, so that its steps get shorter
as these get fewer. With τ = √(0.2 / the share of elements outside) 40 steps do what 100 do otherwise.
So are steps scaled where only a share of the elements is known (Jain, Meka & Dhillon, "Guaranteed Rank
Minimization via Singular Value Projection", 2010, arXiv 0909.5457); the root damps it.

Cells leave room for many matrices of rank r, and the true one is rarely at the room's border. So the
cells are shrunk by 0.2 r (out + in) / (out in) of their width, 0.2 of the numbers to be found for each
cell: L is then 10-15 % nearer to the true ΔW, and float32 does not push elements out. With 0.5 there is
no such matrix any more; with 0.3 there is one in large matrices of low rank, nearer by a few per cent.

One pass over the cells is one step: X is formed in panels that stay in the cache, and
L' = P (PᵀP)⁻¹ PᵀX of P = X V, both of whose products are summed in the same pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from lorasurgery.linalg.cells import Cells
from lorasurgery.linalg.panels import row_slices
from lorasurgery.linalg.shapes import Float

MARGIN = 0.2
# Of a matrix of so many numbers, at least this many times those to be found, cells are shrunk by more.
LARGE, TIMES_FREEDOM, LARGE_MARGIN = 1 << 20, 16, 0.3
# τ is 1 where so many elements are outside, and never longer than `LONGEST`.
FULL_SHARE, LONGEST = 0.2, 30.0
# Numbers of a panel; with both ends of its cells and X it stays in a core's own cache.
PANEL_NUMEL = 1 << 16
MOST_STEPS = 150
# Steps between two looks at what was gained; below this share of the bytes of factors and exceptions,
# further steps are not worth their time.
LOOK_EVERY, LEAST_GAIN = 5, 3e-4
# Eigenvalues of the correlation of columns that are rounding.
DEPENDENT = 1e-12
# Bytes of an exception in the compressed list, and of a number of a factor.
EXCEPTION_BYTES, FACTOR_BYTES = 1.5, 4


@dataclass(frozen=True)
class LowRank:
    """L = left @ right.T."""

    left: Float[ndarray, "out r"]
    right: Float[ndarray, "in r"]

    @property
    def rank(self) -> int:
        return int(self.left.shape[1])


@dataclass(frozen=True)
class Projected:
    """The matrix that was found, the share of its elements outside of their cells, and the steps it took."""

    found: LowRank
    share: float
    steps: int

    @property
    def nbytes(self) -> float:
        """What factors and exceptions take, about."""
        return _nbytes(self.found, self.share)


def projected(cells: Cells, start: LowRank, most_steps: int = MOST_STEPS) -> Projected:
    """Project until further steps would save few bytes of exceptions.

    Args:
        start: a matrix of the wanted rank, with columns on either side that are about orthogonal,
            such as singular vectors.
    """
    numbers, freedom = math.prod(cells.shape), start.rank * sum(cells.shape)
    is_large = numbers >= max(LARGE, TIMES_FREEDOM * freedom)
    within = cells.shrunk((LARGE_MARGIN if is_large else MARGIN) * freedom / numbers)
    now = before = best = start
    momentum, damping = 1.0, 1.0
    share, least, distance, last_nbytes = FULL_SHARE, math.inf, math.inf, math.inf
    for step in range(most_steps):
        following = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
        beta = (momentum - 1) / following
        length = min(LONGEST, max(1.0, damping * math.sqrt(FULL_SHARE / max(share, 1 / numbers))))
        after, outside, count = _step(within, now, before, beta, length)
        share = count / numbers
        if share < least:
            best, least = now, share
        if step % LOOK_EVERY == LOOK_EVERY - 1:
            nbytes = _nbytes(start, least)
            if last_nbytes - nbytes < LEAST_GAIN * nbytes:
                break
            last_nbytes = nbytes
        if outside > distance:
            following, damping = 1.0, max(0.25, 0.8 * damping)
        momentum, distance, before, now = following, outside, now, after
    return Projected(best, _share_outside(cells, best), step + 1)


def _nbytes(found: LowRank, share: float) -> float:
    rows, columns = len(found.left), len(found.right)
    return FACTOR_BYTES * found.rank * (rows + columns) + EXCEPTION_BYTES * share * rows * columns


def missing(cells: Cells, found: LowRank) -> Iterator[tuple[slice, Float[ndarray, "rows in"]]]:
    """Yield for some rows after others how far each element is from its cell."""
    for rows in row_slices(cells.shape):
        Y = found.left[rows] @ found.right.T
        X = np.clip(Y, cells.low[rows], cells.high[rows])
        X -= Y
        yield rows, X


def _share_outside(cells: Cells, found: LowRank) -> float:
    count = sum(int(np.count_nonzero(panel)) for _, panel in missing(cells, found))
    return (count + cells.impossible) / math.prod(cells.shape)


def _step(
    cells: Cells, now: LowRank, before: LowRank, beta: float, length: float
) -> tuple[LowRank, float, int]:
    """Take one step; returns it with Σ (distance to the cell)² at Y, and how many elements are outside."""
    left = np.concatenate([now.left, before.left], axis=1)
    right = np.ascontiguousarray(np.concatenate([(1 + beta) * now.right, -beta * before.right], axis=1).T)
    V = np.linalg.qr(now.right)[0]
    P = np.empty(now.left.shape, np.float32)
    S = np.zeros(now.right.shape, np.float32)
    outside, count = 0.0, 0
    rows, columns = cells.shape
    height = max(16, PANEL_NUMEL // columns)
    Y, X = np.empty((2, height, columns), np.float32)
    for start in range(0, rows, height):
        stop = min(start + height, rows)
        panel = slice(start, stop)
        y, x = Y[: stop - start], X[: stop - start]
        np.matmul(left[panel], right, out=y)
        np.maximum(y, cells.low[panel], out=x)
        np.minimum(x, cells.high[panel], out=x)
        x -= y
        outside += float(np.vdot(x, x))
        count += int(np.count_nonzero(x != 0))
        x *= np.float32(length)
        x += y
        np.matmul(x, V, out=P[panel])
        S += x.T @ P[panel]
    return _joined(P, S), outside, count


def _joined(P: Float[ndarray, "out r"], S: Float[ndarray, "in r"]) -> LowRank:
    """P (PᵀP)⁻¹ Sᵀ, with orthonormal columns on the left."""
    double = P.astype(np.float64)
    gram = double.T @ double
    length = np.maximum(np.sqrt(gram.diagonal()), np.finfo(np.float32).tiny)
    correlation = gram / np.outer(length, length)
    try:
        lower = np.linalg.cholesky(correlation) * length[:, None]
    except np.linalg.LinAlgError:
        # Columns depend on each other: those without a direction of their own become zero.
        values, vectors = np.linalg.eigh(correlation)
        inverse = vectors / np.sqrt(np.where(values > DEPENDENT, values, np.inf)) / length[:, None]
    else:
        inverse = np.linalg.inv(lower).T
    return LowRank((double @ inverse).astype(np.float32), (S @ inverse).astype(np.float32))
