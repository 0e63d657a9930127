"""How much of a change is lost when it is added to stored weights and rounded to their dtype.

W lies on the dtype's grid, so what is lost of Δ is its distance to the nearest multiple of the step
u around W: all of it where it is small, u²/12 in the mean square where it is large. For normal Δ of
mean square σ² that is the Fourier series

    u² (1/12 + Σₖ (−1)ᵏ exp(−2 π² k² σ²/u²) / (π² k²))
"""

from __future__ import annotations

import math

import numpy as np

from lorasurgery.stored_array import StoredArray

_EXPONENT, _MANTISSA_BITS, _BIAS = 0x7F800000, 23, 127
# Of the series, and the ratio σ²/u² under which it is not needed.
_TERMS, _SMALL = 12, 0.004


def lost_to_rounding(stored: StoredArray, variance: float) -> float:
    """The mean square of what a change of this mean square loses, over a sample of the weights."""
    if not stored.bits.size:
        return 0.0
    # There are few binades, and to count them is faster than to sort the steps.
    exponents = (stored.exact().astype(np.float32, copy=False).view(np.int32) & _EXPONENT) >> _MANTISSA_BITS
    counts = np.bincount(exponents.reshape(-1))
    binades = np.ldexp(np.ones(len(counts)), np.arange(len(counts)) - _BIAS)
    squares = (np.maximum(binades, stored.dtype.smallest_normal) * stored.dtype.eps) ** 2
    series, ratio = np.full_like(squares, 1 / 12), variance / squares
    for k in range(1, _TERMS + 1):
        series += (-1) ** k * np.exp(-2 * (math.pi * k) ** 2 * ratio) / (math.pi * k) ** 2
    # Far below the step the series converges slowly, and all is lost.
    lost = np.where(ratio < _SMALL, variance, series * squares)
    return float((lost * counts).sum()) / stored.bits.size
