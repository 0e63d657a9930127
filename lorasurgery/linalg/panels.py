"""Sweeps over a matrix in panels of rows that fit the cache, so that a sweep reads D from memory once.

    sweep(D, rows) = (D rowsᵀ, rows Dᵀ D)    two products of a panel for one read of it
    gram(D)        = Dᵀ D or D Dᵀ            of the short side, in float64

Nothing here keeps more than a panel besides its result; but for the Gram matrix of a wide matrix,
which a streamed one is held for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy import ndarray

from lorasurgery.linalg import skinny, skinny_bfloat16
from lorasurgery.linalg.device_matrix import DeviceMatrix
from lorasurgery.linalg.multiplied import Matrix
from lorasurgery.linalg.shapes import Float, Float64
from lorasurgery.linalg.streamed import StreamedMatrix
from lorasurgery.stored_array import StoredArray

# Numbers of a panel: 2 MB of float32, which stays cached between the two products of a sweep.
PANEL_NUMEL = 1 << 19
# Within this range no square in float32 that counts has vanished (those below 1.2e-38 do) or
# overflown.
LEAST_ENERGY, MOST_ENERGY = 1e-24, 1e24


def row_slices(shape: tuple[int, ...], numel: int = PANEL_NUMEL) -> Iterator[slice]:
    """Slices of rows that cut a matrix of this shape into panels of about so many numbers."""
    rows, columns = shape
    step = max(16, numel // max(1, columns) // 4 * 4)
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def energy(D: Matrix) -> float:
    """Return ‖D‖²_F: sums of each row's squares in D's dtype, a few ulps off and independent, summed
    in float64.

    Where squares in float32 may overflow or vanish, each number is squared in float64 instead.
    """
    if isinstance(D, DeviceMatrix):
        return D.energy(row_slices(D.shape))
    if not D.size:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        total = sum(float(_squares(D[rows]).sum(dtype=np.float64)) for rows in row_slices(D.shape))
        if LEAST_ENERGY < total < math.inf:
            return total
        return sum(float(_squares(D[rows].astype(np.float64)).sum()) for rows in row_slices(D.shape))


def _squares(panel: Float[ndarray, "rows in"]) -> Float[ndarray, " rows"]:
    sums: ndarray = np.einsum("ij,ij->i", panel, panel)
    return sums


def sweep(
    D: Matrix | StoredArray, rows: Float[ndarray, "k in"]
) -> tuple[Float[ndarray, "out k"], Float[ndarray, "k in"]]:
    """W = D rowsᵀ and Wᵀ D in float32, by products in D's dtype, reading D once."""
    if isinstance(D, DeviceMatrix):
        return D.sweep(rows)
    if isinstance(D, StoredArray):
        return skinny_bfloat16.sweep(D, rows)
    if skinny.suits(D, len(rows)):
        return skinny.sweep(D, rows, _wide_places(D))
    W = np.empty((D.shape[0], len(rows)), np.float32)
    WtD = np.zeros(rows.shape, np.float32)
    for place in row_slices(D.shape):
        panel = D[place]
        np.matmul(panel, rows.T, out=W[place])
        WtD += W[place].T @ panel
    return W, WtD


def image(D: Matrix | StoredArray, rows: Float[ndarray, "k in"]) -> Float[ndarray, "out k"]:
    """Return D rowsᵀ in float32, by products in D's dtype."""
    if isinstance(D, DeviceMatrix):
        return D.image(rows)
    if isinstance(D, StoredArray):
        return skinny_bfloat16.image(D, rows)
    if skinny.suits(D, len(rows)):
        return skinny.image(D, rows, _wide_places(D))
    # One room for all: pieces that are kept between panels that come and go would scatter the heap.
    W = np.empty((D.shape[0], len(rows)), np.float32)
    for place in row_slices(D.shape):
        np.matmul(D[place], rows.T, out=W[place])
    return W


def image_back(rows: Float[ndarray, "k out"], D: Matrix | StoredArray) -> Float[ndarray, "k in"]:
    """Return rows D in float32, by products in D's dtype."""
    if isinstance(D, DeviceMatrix):
        return D.image_back(rows)
    if isinstance(D, StoredArray):
        return skinny_bfloat16.image_back(rows, D)
    if skinny.suits(D, len(rows)):
        return skinny.image_back(rows, D, _wide_places(D))
    total = np.zeros((len(rows), D.shape[1]), np.float32)
    for place in row_slices(D.shape):
        total += rows[:, place] @ D[place]
    return total


def _wide_places(D: ndarray | StreamedMatrix) -> Iterator[slice]:
    """The whole of a matrix that is held, for what cuts it itself; panels of one that is read."""
    return iter([slice(None)]) if isinstance(D, ndarray) else row_slices(D.shape)


def gram(D: Float[ndarray, "out in"] | StreamedMatrix) -> Float64[ndarray, "short short"]:
    """The Gram matrix of D's short side in float64, where σ down to 1e-8 σ₁ survive being squared."""
    if D.shape[0] < D.shape[1]:
        return gram((D if isinstance(D, ndarray) else D.whole()).T)
    G = np.zeros((D.shape[1], D.shape[1]))
    for rows in row_slices(D.shape):
        panel = D[rows].astype(np.float64)
        G += panel.T @ panel
    return G
