"""The orthonormal columns nearest to some columns (Procrustes; Schönemann, 1966): P Qᵀ of P D Qᵀ."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from lorasurgery.linalg.shapes import Float64

# Unit columns whose singular values are below this are one direction given twice: what they differ
# in is more rounding than direction, and making it as long as the others would blow the rounding
# up.
SAME_DIRECTION = 1e-6


def whitened(columns: Float64[ndarray, "n k"]) -> Float64[ndarray, "n k"]:
    """Make unit columns orthonormal, each moved as little as possible.

    Columns that depend on each other share a direction, in equal parts: [u u] gives [u u] / √2.
    """
    P, D, Qh = np.linalg.svd(columns, full_matrices=False)
    rank = int((D > SAME_DIRECTION).sum())
    nearest: ndarray = P[:, :rank] @ Qh[:rank]
    return nearest
