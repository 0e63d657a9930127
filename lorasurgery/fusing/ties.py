"""TIES: leave out small entries, elect a sign for each place, average what agrees.

    τᵢ = wᵢ · trim(Mᵢ, density),   γ = sgn(Σ τᵢ),   M = mean of the τᵢ ≠ 0 with sgn τᵢ = γ,   ΔW = Q_B M Q_Aᵀ

Yadav, Tam, Choshen, Raffel & Bansal, 2023, arXiv 2306.01708: there on the entries of ΔW, here on
those of the cores (Core Space, arXiv 2509.17786), which are few, aligned, and keep the rank. A
mean, not a sum: n adapters that agree give one of them back.
"""

from __future__ import annotations

from collections.abc import Sequence

from lorasurgery.fusing import Options
from lorasurgery.fusing._core import core_space
from lorasurgery.fusing._entries import disjoint_mean, trimmed
from lorasurgery.fusing._noise import scale_of
from lorasurgery.linalg.factored import Svd

# The top fifth, as in the paper.
DENSITY = 0.2


def combine(parts: Sequence[Svd], weights: Sequence[float], options: Options) -> Svd:
    """Decompose what trimming, electing and averaging the cores gives."""
    space = core_space(parts)
    density = options.density or DENSITY
    kept = [weight * trimmed(core, density) for core, weight in zip(space.cores, weights, strict=True)]
    return space.lifted(disjoint_mean(kept), scale_of(parts, weights))
