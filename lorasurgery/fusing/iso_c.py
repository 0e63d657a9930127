"""Iso-C: the sum with all its singular values made equal, so that no direction drowns the others.

    Σ wᵢ ΔWᵢ = U S Vᵀ,      ΔW = mean(S) · U Vᵀ

Marczak, Magistri, Cygert, Twardowski, Bagdanov & van de Weijer, 2025, arXiv 2502.04959. The mean is
over the rank of the sum: over all min(out, in) values it would be as many times smaller as the rest
are zero. The columns stay in the order of the sum's own singular values, so that cutting the rank
keeps the strongest directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lorasurgery.fusing import Options, cat
from lorasurgery.linalg.factored import Svd


def combine(parts: Sequence[Svd], weights: Sequence[float], options: Options) -> Svd:
    """Flatten the spectrum of the sum."""
    found = cat.combine(parts, weights, options)
    return replace(found, S=np.full_like(found.S, found.S.mean() if len(found.S) else 0.0))
