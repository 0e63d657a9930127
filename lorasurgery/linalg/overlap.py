"""Overlap of two low-rank matrices, from their decompositions: no matrix of the product's size is formed.

    cosine      ⟨D₁, D₂⟩ / (‖D₁‖ ‖D₂‖)                          the angle between the two as vectors
    φ(i, j)     ‖U₁ᵀ U₂‖²_F / min(i, j), and likewise for V
                (LoRA, section 7.2: Hu et al., 2021, arXiv 2106.09685)
    chance      max(i, j) / d, which φ is for random subspaces of a space of dimension d
    conflicts   the share of entries with opposite signs, each weighted by the smaller of the two
                magnitudes; from a sample of rows

1 is the same subspace and 0 an orthogonal one. The weighting leaves out what one of the two hardly
touches; unrelated matrices give 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from lorasurgery.linalg.factored import Svd

# Singular values below this share of the largest span no direction worth comparing.
NEGLIGIBLE = 1e-6
# Entries whose signs are compared, in whole rows: enough to tell the share to 0.3 points.
SAMPLED_ENTRIES = 2**16


@dataclass(frozen=True)
class Overlap:
    """Inner product ⟨D₁, D₂⟩, squared norms, and subspace overlaps φ of output and input side, with
    chance levels.
    """

    inner: float
    energies: tuple[float, float]
    left: float
    right: float
    chance_left: float
    chance_right: float
    conflicts: float

    @property
    def cosine(self) -> float:
        """0 where one of them is zero."""
        norms = math.sqrt(self.energies[0] * self.energies[1])
        return self.inner / norms if norms else 0.0


def overlap(one: Svd, other: Svd) -> Overlap:
    """Compare two matrices of one shape."""
    one, other = _effective(one), _effective(other)
    left, right = one.U.T @ other.U, one.V.T @ other.V
    inner = float((one.S[:, None] * left * right * other.S).sum())
    ranks = len(one.S), len(other.S)
    return Overlap(
        inner=inner,
        energies=(float(np.square(one.S).sum()), float(np.square(other.S).sum())),
        left=_phi(left),
        right=_phi(right),
        chance_left=max(ranks) / one.U.shape[0] if min(ranks) else 0.0,
        chance_right=max(ranks) / one.V.shape[0] if min(ranks) else 0.0,
        conflicts=_conflicts(one, other),
    )


def _effective(svd: Svd) -> Svd:
    floor = NEGLIGIBLE * float(svd.S[:1].sum())
    rank = int((floor < svd.S).sum())
    return svd.cut(rank)


def _phi(cosines: ndarray) -> float:
    least = min(cosines.shape)
    return float(np.square(cosines).sum()) / least if least else 0.0


def _conflicts(one: Svd, other: Svd) -> float:
    entries = one.U.shape[0] * one.V.shape[0]
    rows = np.arange(0, one.U.shape[0], max(1, entries // SAMPLED_ENTRIES))
    first, second = ((svd.U[rows] * svd.S) @ svd.V.T for svd in (one, other))
    weight = np.minimum(np.abs(first), np.abs(second))
    total = float(weight.sum())
    # A product, where taking the entries out would take twice as long.
    return float((weight * (first * second < 0)).sum()) / total if total else 0.0
