"""Operations on single entries: trim the small ones, and average those that agree in sign.

Source: Yadav et al., 2023, arXiv 2306.01708.

Both are odd in every entry: the sign of a row or a column makes no difference but to itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from lorasurgery.fusing._noise import NOISE
from lorasurgery.linalg.shapes import Float64


def trimmed(entries: Float64[ndarray, "p q"], density: float) -> Float64[ndarray, "p q"]:
    """Keep the largest entries, `density` of them and at least one; zero the others, and all
    rounding errors.

    Entries as large as the smallest of those that are kept are kept too, so that the answer does
    not depend on their order.
    """
    if not entries.size:
        return entries
    sizes = np.abs(entries)
    first = entries.size - max(round(density * entries.size), 1)
    least = np.partition(sizes, first, axis=None)[first]
    return np.where(sizes >= max(least, NOISE * sizes.max()), entries, 0.0)


def disjoint_mean(parts: Sequence[Float64[ndarray, "p q"]]) -> Float64[ndarray, "p q"]:
    """Elect the sign of the sum for each place, and average the entries that have it; a zero sum
    elects none.
    """
    entries = np.stack(parts)
    total = entries.sum(axis=0)
    elected = np.sign(np.where(np.abs(total) > NOISE * np.abs(entries).sum(axis=0), total, 0.0))
    agreeing = (np.sign(entries) == elected) & (entries != 0)
    mean: ndarray = (entries * agreeing).sum(axis=0) / np.maximum(agreeing.sum(axis=0), 1)
    return mean
