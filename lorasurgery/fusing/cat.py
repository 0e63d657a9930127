"""The sum, exactly: task arithmetic.

    ΔW = Σ wᵢ ΔWᵢ = [w₁ U₁ S₁ | … | wₙ Uₙ Sₙ] [V₁ | … | Vₙ]ᵀ,      of rank Σ rᵢ at most

Less where the adapters share a subspace: r for n adapters with one A of rank r (HydraLoRA). Ilharco
et al., 2023, arXiv 2212.04089 (sums of changes); Prabhakar et al., 2024, arXiv 2410.13025 (LoRAs
side by side).
"""

from __future__ import annotations

from collections.abc import Sequence

from lorasurgery.fusing import Options
from lorasurgery.fusing._noise import above_noise, scale_of
from lorasurgery.linalg.factored import Svd, summed


def combine(parts: Sequence[Svd], weights: Sequence[float], options: Options) -> Svd:
    """Decompose Σ wᵢ ΔWᵢ."""
    return above_noise(summed(parts, weights), scale_of(parts, weights))
