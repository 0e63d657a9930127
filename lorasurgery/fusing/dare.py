"""DARE: drop entries at random and rescale the others, so that the expectation stays.

    M = Σ wᵢ · mᵢ ∘ Mᵢ / density,   mᵢ ~ Bernoulli(density),   ΔW = Q_B M Q_Aᵀ

Yu, Yu, Yu, Huang & Li, 2023, arXiv 2311.03099: there on the entries of ΔW, here on those of the
cores (Core Space, arXiv 2509.17786). The draws add an error of energy (1/density − 1) ‖ΔW‖². In a
ΔW of many entries most of it falls outside the few directions that matter, which is why the paper
can drop nine tenths; in a core nothing is outside, and one tenth is what Core Space's authors drop.

The draws are made by numpy's PCG64 from `options.seed`, one adapter after the other:
their order matters. A caller with several matrices gives each a seed of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lorasurgery.fusing import Options
from lorasurgery.fusing._core import core_space
from lorasurgery.fusing._noise import scale_of
from lorasurgery.linalg.draws import generator
from lorasurgery.linalg.factored import Svd

DENSITY = 0.9


def combine(parts: Sequence[Svd], weights: Sequence[float], options: Options) -> Svd:
    """Decompose the sum of what the draws leave of the cores."""
    space = core_space(parts)
    density = options.density or DENSITY
    draws = generator(options.seed)
    kept = []
    for core, weight in zip(space.cores, weights, strict=True):
        stays = draws.random(core.shape) < density
        kept.append(weight / density * (core * stays))
    return space.lifted(np.stack(kept).sum(axis=0), scale_of(parts, weights))
