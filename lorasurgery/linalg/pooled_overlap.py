"""Overlaps of many matrices pooled into figures for two adapters as a whole.

cosine       Σ ⟨D₁, D₂⟩ / √(Σ ‖D₁‖² · Σ ‖D₂‖²)
mean         Σ w·x / Σ w of a figure x, with w = min(‖D₁‖, ‖D₂‖)
sum energy   ‖Σ Dᵢ‖² / Σ ‖Dᵢ‖² = 1 + 2 Σ ⟨Dᵢ, Dⱼ⟩ / Σ ‖Dᵢ‖²
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lorasurgery.linalg.overlap import Overlap


def inner_product(overlaps: Sequence[Overlap]) -> float:
    """Σ ⟨D₁, D₂⟩."""
    return sum(each.inner for each in overlaps)


def cosine(overlaps: Sequence[Overlap]) -> float:
    """The angle between two changes as a whole; 0 where one of them is zero."""
    one, other = (sum(each.energies[side] for each in overlaps) for side in (0, 1))
    return inner_product(overlaps) / math.sqrt(one * other) if one and other else 0.0


def mean(overlaps: Sequence[Overlap], figure: Callable[[Overlap], float]) -> float:
    """A figure's mean, weighted by the norm of the smaller of both changes."""
    weights = [math.sqrt(min(each.energies)) for each in overlaps]
    total = sum(weights)
    values = map(figure, overlaps)
    return sum(w * v for w, v in zip(weights, values, strict=True)) / total if total else 0.0


def sum_energy(inner: float, energies: float) -> float:
    """‖Σ Dᵢ‖² over Σ ‖Dᵢ‖²: 1 where the changes are orthogonal, less where they cancel.

    Args:
        inner: Σ ⟨Dᵢ, Dⱼ⟩ over all pairs.
        energies: Σ ‖Dᵢ‖².
    """
    return 1 + 2 * inner / energies if energies else 1.0
