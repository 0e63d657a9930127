"""The space that several low-rank changes of one matrix share, in which each is a small matrix.

    Q_B   the left singular vectors of  [ΔW₁ | … | ΔWₙ]
    Q_A   the right singular vectors of [ΔW₁; …; ΔWₙ]
    Mᵢ = Q_Bᵀ ΔWᵢ Q_A   (p × q, p and q at most Σ rᵢ),      ΔWᵢ = Q_B Mᵢ Q_Aᵀ exactly

Core Space: Panariello, Marczak, Magistri, Porrello, Twardowski, Bagdanov, Calderara & van de
Weijer, 2025, arXiv 2509.17786. There the bases are the singular vectors of the stacked factors [B₁
… Bₙ] and [A₁; …; Aₙ], which span the same spaces but turn when a scale moves from A to B. These
(those of a higher-order SVD) depend on the ΔWᵢ alone: however they are factored, the cores are the
same.

A method that looks at single entries depends on the basis. It does not depend on the signs of the
basis vectors, which LAPACK chooses: every such method here does to −x what it does to x, in its
place. Where two singular values coincide, any rotation of their vectors is as good a basis, and the
answer is one of several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from lorasurgery.fusing._noise import NOISE, above_noise
from lorasurgery.linalg.factored import Svd
from lorasurgery.linalg.shapes import Float64


@dataclass(frozen=True)
class CoreSpace:
    """Orthonormal `left` and `right`, and a core for each adapter: ΔWᵢ = left @ cores[i] @ right.T."""

    left: Float64[ndarray, "out p"]
    right: Float64[ndarray, "in q"]
    cores: tuple[Float64[ndarray, "p q"], ...]

    def lifted(self, core: Float64[ndarray, "p q"], scale: float) -> Svd:
        """Decompose the ΔW of a core, without rounding errors of numbers of size `scale`."""
        U, S, Vh = np.linalg.svd(core, full_matrices=False)
        found = above_noise(Svd(U, S, Vh.T), scale)
        return Svd(self.left @ found.U, found.S, self.right @ found.V)


def core_space(parts: Sequence[Svd]) -> CoreSpace:
    """Find the common space of changes that are given by their decompositions; at least one.

    What sticks out of it by less than `NOISE`, relative to the largest of them, is rounding.
    """
    Q_left, R_left = np.linalg.qr(np.concatenate([part.U * part.S for part in parts], axis=1))
    Q_right, R_right = np.linalg.qr(np.concatenate([part.V for part in parts], axis=1))
    ends = np.cumsum([len(part.S) for part in parts])[:-1]
    pairs = zip(np.split(R_left, ends, axis=1), np.split(R_right, ends, axis=1), strict=True)
    small = [left @ right.T for left, right in pairs]
    P, Q = _axes(np.concatenate(small, axis=1)), _axes(np.concatenate(small).T)
    return CoreSpace(Q_left @ P, Q_right @ Q, tuple(P.T @ each @ Q for each in small))


def _axes(matrix: ndarray) -> ndarray:
    U, S, _ = np.linalg.svd(matrix, full_matrices=False)
    axes: ndarray = U[:, NOISE * S[:1].sum() < S]
    return axes
