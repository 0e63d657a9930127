"""Magnitude pruning: leave out small entries, add up the rest.

    M = Σ wᵢ · trim(Mᵢ, density),   ΔW = Q_B M Q_Aᵀ

The first step of TIES (Yadav et al., 2023, arXiv 2306.01708) with a plain sum after it, as PEFT's
`magnitude_prune`: there on the entries of A and B, which change with how ΔW is factored, here on
those of the cores (Core Space, arXiv 2509.17786).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lorasurgery.fusing import Options
from lorasurgery.fusing._core import core_space
from lorasurgery.fusing._entries import trimmed
from lorasurgery.fusing._noise import scale_of
from lorasurgery.linalg.factored import Svd

# As TIES trims.
DENSITY = 0.2


def combine(parts: Sequence[Svd], weights: Sequence[float], options: Options) -> Svd:
    """Decompose the sum of the trimmed cores."""
    space = core_space(parts)
    density = options.density or DENSITY
    kept = [weight * trimmed(core, density) for core, weight in zip(space.cores, weights, strict=True)]
    return space.lifted(np.stack(kept).sum(axis=0), scale_of(parts, weights))
