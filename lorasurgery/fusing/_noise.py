"""Separate a result from the rounding of float64 in the numbers it was computed from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lorasurgery.linalg.factored import Svd

# Relative to the largest number that went in. QR, SVD and products of a few hundred columns are
# good to about 1e-15; factors stored in float32 differ at 1e-7, so that nothing real lies in
# between.
NOISE = 1e-13


def above_noise(found: Svd, scale: float) -> Svd:
    """Leave out triplets that are rounding errors of numbers of size `scale`."""
    return found.cut(int((NOISE * scale < found.S).sum()))


def scale_of(parts: Sequence[Svd], weights: Sequence[float]) -> float:
    """The largest of ‖wᵢ ΔWᵢ‖_F."""
    return max(
        abs(weight) * float(np.linalg.norm(part.S)) for part, weight in zip(parts, weights, strict=True)
    )
