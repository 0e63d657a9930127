"""Statements about a spectrum σ₁ ≥ σ₂ ≥ … of which all values are known, or the leading ones and ‖D‖²_F.

energy at k      Σ_{i≤k} σᵢ² / ‖D‖²_F
stable rank      ‖D‖²_F / σ₁²
effective rank   exp(−Σ pᵢ ln pᵢ) with pᵢ = σᵢ / Σσ
                 (Roy & Vetterli, "The effective rank", EUSIPCO 2007)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

# A share of the energy that is this close to what was asked for is enough: singular values are not
# known better.
ROUNDING = 1e-12


def energy_at(sigma: Sequence[float], energy: float, rank: int, *, complete: bool = False) -> float | None:
    """Return the share of ‖D‖²_F in the leading `rank` triplets; None if fewer are known, 1 if D is zero."""
    if rank > len(sigma) and not complete:
        return None
    if energy == 0:
        return 1.0
    return min(1.0, float(np.square(np.asarray(sigma[:rank])).sum()) / energy)


def rank_for(sigma: Sequence[float], energy: float, share: float) -> int | None:
    """The least rank that holds this share of ‖D‖²_F; None where more values would have to be known."""
    if energy == 0:
        return 0
    held = np.cumsum(np.square(np.asarray(sigma, dtype=np.float64)))
    rank = int(np.searchsorted(held, (share - ROUNDING) * energy)) + 1
    return rank if rank <= len(held) else None


def stable_rank(sigma: Sequence[float], energy: float) -> float:
    """‖D‖²_F / σ₁²; 0 for a matrix of zeros."""
    return energy / sigma[0] ** 2 if len(sigma) and sigma[0] > 0 else 0.0


def effective_rank(sigma: Sequence[float]) -> float:
    """The exponential of the entropy of all singular values; 0 for a matrix of zeros."""
    values = np.asarray(sigma, dtype=np.float64)
    values = values[values > 0]
    if not len(values):
        return 0.0
    shares = values / values.sum()
    return math.exp(-float((shares * np.log(shares)).sum()))


def count_above(sigma: Sequence[float], edge: float, *, complete: bool) -> int | None:
    """How many singular values exceed `edge`; None where all that are known do and there are more."""
    count = int(np.count_nonzero(np.asarray(sigma) > edge))
    return count if complete or count < len(sigma) else None
