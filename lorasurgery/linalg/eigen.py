"""Eigendecomposition of a Gram matrix in float64."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from lorasurgery.linalg import panels
from lorasurgery.linalg.device_matrix import DeviceMatrix
from lorasurgery.linalg.multiplied import Matrix
from lorasurgery.linalg.shapes import Float64


def eigh_of(square: Float64[ndarray, "n n"]) -> tuple[Float64[ndarray, " n"], Float64[ndarray, "n n"]]:
    """Return ascending eigenvalues and eigenvectors of a symmetric matrix."""
    values, vectors = np.linalg.eigh(square)
    return values, vectors


def gram_eigen(D: Matrix) -> tuple[Float64[ndarray, " short"], Float64[ndarray, "short short"]]:
    """Return those of the Gram matrix of D's short side."""
    if isinstance(D, DeviceMatrix):
        return D.gram_eigen(panels.row_slices((max(D.shape), min(D.shape))))
    return eigh_of(panels.gram(D))
