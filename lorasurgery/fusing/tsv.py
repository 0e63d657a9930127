"""TSV-M: the leading singular vectors of all adapters, made orthogonal so that none disturbs another.

    ΔW = U⊥ diag(S₁, …, Sₙ) V⊥ᵀ,    U = [U₁ | … | Uₙ],    V = [V₁ | … | Vₙ]

of the leading min(out, in) / n triplets of each wᵢ ΔWᵢ, with U⊥ = P Qᵀ of U = P D Qᵀ, and V⊥
likewise. Gargiulo, Crisostomi, Bucarelli, Scardapane, Silvestri & Rodolà, 2024, arXiv 2412.00081.
For adapters of low rank all triplets are taken: those beyond an adapter's rank have no vectors of
their own, and count for nothing. Directions that several adapters have exactly are shared by them
in equal parts: n times the same adapter gives that adapter back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lorasurgery.fusing import Options
from lorasurgery.fusing._noise import above_noise, scale_of
from lorasurgery.fusing._whitening import whitened
from lorasurgery.linalg.factored import Svd, svd_of_product


def combine(parts: Sequence[Svd], weights: Sequence[float], options: Options) -> Svd:
    """Decompose the sum of the decorrelated triplets."""
    share = max(min(len(parts[0].U), len(parts[0].V)) // len(parts), 1)
    leading = [part.cut(share) for part in parts]
    left = whitened(np.concatenate([part.U for part in leading], axis=1))
    right = whitened(np.concatenate([part.V for part in leading], axis=1))
    values = np.concatenate([weight * part.S for part, weight in zip(leading, weights, strict=True)])
    return above_noise(svd_of_product(left * values, right.T), scale_of(parts, weights))
