"""A block Krylov subspace of DᵀD, grown step by step, and the Ritz values that it holds.

    V₀ = orth(DᵀΩ),  W_j = D V_j,  V_{j+1} = orth(DᵀW_j − V Vᵀ DᵀW_j),  V = [V₀ V₁ ...],  T = WᵀW =
    VᵀDᵀD V

The eigenvalues θ² of T approach σ² from below, and faster than any polynomial filter of the same
number of passes. The residual of a Ritz pair is free: DᵀD v − θ² v lies in the next block, with the
coefficients that orthogonalising it left over.

A subspace needs no accuracy of its own, since whoever uses it projects the true D on it afterwards.
So the products may run in bfloat16, where a processor has it, at a third of the time: the error is
incoherent with the singular vectors, a share of about 2e-3 of each Ritz vector, spread over all
directions, of which one exact product with D removes most. Orthogonality is kept in full: projected
twice in float32, normalised by an eigendecomposition in float64, which also finds breakdowns.

Source: Golub, Luk & Overton, "A block Lanczos method for computing the singular values ... of a
matrix", 1981; Musco & Musco, "Randomized Block Krylov Methods for Stronger and Faster Approximate
SVD", 2015, arXiv 1504.05477.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from lorasurgery.linalg import panels
from lorasurgery.linalg.draws import generator
from lorasurgery.linalg.eigen import eigh_of
from lorasurgery.linalg.multiplied import Matrix
from lorasurgery.linalg.shapes import Float, Float64
from lorasurgery.stored_array import StoredArray

_TINY = float(np.finfo(np.float64).tiny)
# A direction this small beside the block's largest, before projection, is rounding: the block
# shrinks.
_BREAKDOWN = 1e-6
# One projection leaves a direction orthogonal to what the basis itself is, over the share of its length that
# survives: a fifth of it costs a digit in each block, of which two projections lose none (Kahan, in Parlett,
# "The Symmetric Eigenvalue Problem"). Below this share, rows are projected again once they are normalised.
_AGAIN_BELOW = 1e-3


@dataclass(frozen=True)
class Ritz:
    """The pairs of a subspace, leading first: `values` θ, `vectors` in the subspace's basis.

    `tail` is the mean of ‖D v‖² over the newest block, a measure of what the Ritz vectors still
    lack.
    """

    values: Float64[ndarray, " dim"]
    vectors: Float64[ndarray, "dim dim"]
    tail: float


class Krylov:
    """The subspace, of D's rows, for which a coarse copy of D is enough.

    Each step reads D once, panel by panel, for both of its products.
    """

    def __init__(self, D: Matrix | StoredArray, block: int, seed: int) -> None:
        self.D = D
        self.exhausted = False
        rows, columns = D.shape
        self.V = np.empty((0, columns), np.float32)
        self.T = np.zeros((0, 0))
        self._images: list[ndarray] = []
        start = generator(seed).standard_normal((block, rows), np.float32)
        self._mapped = panels.image_back(start, D)
        self._next: ndarray | None = None

    @property
    def dimension(self) -> int:
        return self.V.shape[0]

    def grow(self) -> None:
        """Take the next block in; sets `exhausted` where there is none, because the subspace is invariant."""
        block = self._look()
        if block.shape[0] == 0 or self.dimension >= min(self.D.shape):
            self.exhausted = True
            return
        image, self._mapped = panels.sweep(self.D, block)
        self.V, self._next = np.concatenate([self.V, block]), None
        self._images.append(image)
        self._project(image)

    def ritz(self) -> Ritz:
        """Solve the projected problem."""
        squares, vectors = eigh_of(self.T)
        tail = float(self.T.diagonal()[-self._images[-1].shape[1] :].mean())
        return Ritz(np.sqrt(np.maximum(squares[::-1], _TINY)), vectors[:, ::-1], tail)

    def residuals(self, ritz: Ritz) -> Float64[ndarray, " dim"]:
        """‖Dᵀu − θ v‖ of each pair."""
        missing: ndarray = np.linalg.norm(self._outside(ritz.vectors), axis=0)
        return np.asarray(missing / ritz.values)

    def right_vectors(self, ritz: Ritz, count: int) -> Float[ndarray, "count in"]:
        """Return the leading Ritz vectors, as rows, divided by θ, so that D maps them to orthonormal ones.

        They have been through a power iteration more, which is free: v is DᵀD v / θ².
        """
        values, vectors = ritz.values[:count], ritz.vectors[:, :count]
        rows: ndarray = (vectors / values).astype(np.float32).T @ self.V
        rows += (self._outside(vectors) / values**3).astype(np.float32).T @ self._look()
        return rows

    def _outside(self, vectors: Float64[ndarray, "dim k"]) -> Float64[ndarray, "b k"]:
        """What DᵀD maps these vectors to outside of the subspace, in the basis of the next block."""
        self._look()
        return np.asarray(self._leftover @ vectors[-self._leftover.shape[1] :])

    def _look(self) -> ndarray:
        """Find the block that comes next."""
        if self._next is None:
            self._next = orthonormalised(self._mapped, self.V)
            self._leftover = (self._next @ self._mapped.T).astype(np.float64)
        return self._next

    def _project(self, newest: ndarray) -> None:
        edge = np.concatenate([image.T @ newest for image in self._images]).astype(np.float64)
        self.T = np.block([[self.T, edge[: len(self.T)]], [edge.T]])


def orthonormalised(
    rows: Float[ndarray, "b n"], against: Float[ndarray, "dim n"]
) -> Float[ndarray, "kept n"]:
    """An orthonormal basis of the rows' part orthogonal to `against`; what vanishes there is dropped.

    It is graded: along the principal axes of the rows, so that a product's rounding error, which is
    relative to each row, does not bury the weak directions under the strong.
    """
    scale = math.sqrt(float(np.square(rows, dtype=np.float64).sum(axis=1).max()))
    for _ in range(2):
        rows = rows - (rows @ against.T) @ against
    rows = rows.astype(np.float64)
    squares, axes = eigh_of(rows @ rows.T)
    lengths = np.sqrt(np.maximum(squares, 0))
    kept = lengths > max(_BREAKDOWN * scale, _TINY)
    rows = ((axes[:, kept] / lengths[kept]).T @ rows).astype(np.float32)
    if kept.any() and lengths[kept][0] < _AGAIN_BELOW * scale:
        rows = nearest_orthonormal(rows - (rows @ against.T) @ against)
    return rows


def nearest_orthonormal(rows: Float[ndarray, "b n"]) -> Float[ndarray, "b n"]:
    """The orthonormal rows nearest to rows that are nearly so (Löwdin's): (R Rᵀ)^(-1/2) R."""
    wide = rows.astype(np.float64)
    squares, axes = eigh_of(wide @ wide.T)
    nearest: ndarray = (axes / np.sqrt(squares)) @ axes.T @ wide
    return nearest.astype(np.float32)
