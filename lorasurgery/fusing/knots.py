"""KnOTS: a left basis in common, and TIES on what each adapter does with it.

    [ΔW₁ | … | ΔWₙ] = U Σ [V₁ᵀ | … | Vₙᵀ],      ΔW = U Σ · TIES(w₁ V₁ᵀ, …, wₙ Vₙᵀ)

Stoica, Ramesh, Ecsedi, Choshen & Hoffman, 2024, arXiv 2410.19735, with TIES (arXiv 2306.01708) of
entries. The Vᵢᵀ are (k, in), k at most Σ rᵢ: from ΔWᵢ = Lᵢ Rᵢᵀ with orthonormal Rᵢ and the SVD [L₁
| … | Lₙ] = U Σ [W₁ᵀ | … | Wₙᵀ] follows Vᵢᵀ = Wᵢᵀ Rᵢᵀ, and no ΔW is formed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lorasurgery.fusing import Options
from lorasurgery.fusing._entries import disjoint_mean, trimmed
from lorasurgery.fusing._noise import above_noise, scale_of
from lorasurgery.linalg.factored import Svd, svd_of_product

# The top fifth, as in the paper's settings.
DENSITY = 0.2


def combine(parts: Sequence[Svd], weights: Sequence[float], options: Options) -> Svd:
    """Decompose what TIES gives on the aligned right sides."""
    density = options.density or DENSITY
    U, S, Wh = np.linalg.svd(np.concatenate([part.U * part.S for part in parts], axis=1), full_matrices=False)
    basis = above_noise(Svd(U, S, Wh.T), float(S[:1].sum()))
    sides = np.split(basis.V.T, np.cumsum([len(part.S) for part in parts])[:-1], axis=1)
    kept = [
        weight * trimmed(side @ part.V.T, density)
        for side, part, weight in zip(sides, parts, weights, strict=True)
    ]
    fused = svd_of_product(basis.U * basis.S, disjoint_mean(kept))
    return above_noise(fused, scale_of(parts, weights))
