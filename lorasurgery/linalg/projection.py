"""The best approximation of D whose left vectors are D Xᵀ, with its certificate (moves 2 and 3 of `svd`)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy import ndarray

from lorasurgery.linalg import panels
from lorasurgery.linalg.draws import generator
from lorasurgery.linalg.eigen import eigh_of
from lorasurgery.linalg.multiplied import Matrix
from lorasurgery.linalg.shapes import Float, Float64
from lorasurgery.linalg.truncated import FLOOR, TOLERANCE, Truncated
from lorasurgery.stored_array import StoredArray

# Columns this close to depending on each other are taken to do so.
_DEPENDENT = 1e-5
# How far UᵀU may be from the identity.
_ORTHONORMAL = 2e-6
# Vectors that the certificate multiplies D with; more triplets are mixed at random into this many.
PROBES = 16


def projected(D: Matrix, coarse: Matrix | StoredArray, X: Float[ndarray, "k in"], energy: float) -> Truncated:
    """Return the best approximation of D with left vectors D Xᵀ, and its residual by products in `coarse`."""
    W, WtD = panels.sweep(D, X)
    to_left = _orthonormaliser(W)
    squares, rotation = eigh_of(_gram(to_left.T, WtD))
    values, rotation = np.sqrt(np.maximum(squares[::-1], 0)), rotation[:, ::-1]
    exist = int((values > FLOOR * values[0]).sum())
    values, combination = values[:exist], to_left @ rotation[:, :exist]
    # Each matrix here is as large as a factor, or as its rank squared, and of a high rank there is no room
    # for many of them.
    del to_left, rotation
    V = _nearest_orthonormal(combination.T / values[:, None], WtD, into=WtD)
    del WtD
    combination = combination.astype(np.float32)
    U = W @ combination
    del W
    U = _reorthonormalised(U)
    missed = _residual(coarse, _missing(V, (combination * values.astype(np.float32)).T, X))
    rest = energy - float(np.square(values).sum())
    complete = exist < len(X) and rest <= TOLERANCE**2 * energy
    return Truncated(U, values, V.T, energy, exist, missed / math.sqrt(energy), complete)


def _reorthonormalised(U: Float[ndarray, "out k"]) -> Float[ndarray, "out k"]:
    """Restore in place the orthonormality that U lost in a float32 product of nearly dependent columns."""
    one = np.eye(U.shape[1])
    if float(np.abs(U.T @ U - one).max()) <= _ORTHONORMAL:
        return U
    return _nearest_orthonormal(one, U.T, into=U.T).T


def _orthonormaliser(W: Float[ndarray, "out k"]) -> Float64[ndarray, "k kept"]:
    """Return R such that W R has orthonormal columns, the nearest to W's own if W has full rank."""
    gram = panels.gram(W)
    scale = 1 / np.maximum(np.sqrt(gram.diagonal()), np.finfo(np.float32).tiny)
    gram *= scale[:, None]
    gram *= scale
    squares, vectors = eigh_of(gram)
    del gram
    kept = squares > _DEPENDENT**2
    R = vectors[:, kept]
    R /= np.sqrt(squares[kept])
    if kept.all():
        R = R @ vectors.T
    weighted: ndarray = scale[:, None] * R
    return weighted


def _nearest_orthonormal(
    M: Float64[ndarray, "m k"], rows: Float[ndarray, "k n"], into: Float[ndarray, "k n"]
) -> Float[ndarray, "m n"]:
    """The orthonormal rows nearest to those of M rows, which are nearly so (Löwdin's).

    `into` is memory for them, which may be that of `rows`.
    """
    squares, axes = eigh_of(_gram(M, rows))
    nearest = (axes / np.sqrt(squares)) @ axes.T @ M
    found = into[: len(M)]
    for columns in _columns(rows):
        found[:, columns] = nearest @ rows[:, columns].astype(np.float64)
    return found


def _gram(M: Float64[ndarray, "m k"], rows: Float[ndarray, "k n"]) -> Float64[ndarray, "m m"]:
    """(M rows)(M rows)ᵀ, in float64 and in panels of columns: the product is never held."""
    G = np.zeros((len(M), len(M)))
    for columns in _columns(rows):
        product = M @ rows[:, columns].astype(np.float64)
        G += product @ product.T
    return G


def _columns(rows: Float[ndarray, "k n"]) -> Iterator[slice]:
    return panels.row_slices((rows.shape[1], rows.shape[0]))


def _missing(
    V: Float[ndarray, "k in"], M: Float[ndarray, "k m"], X: Float[ndarray, "m in"]
) -> Float[ndarray, "few in"]:
    """V − M X, or as many random mixtures of its rows as `PROBES`, where these are fewer."""
    count = len(V)
    if count <= PROBES:
        return np.asarray(V - M @ X)
    mix = generator(count).standard_normal((PROBES, count), np.float32) / np.float32(math.sqrt(PROBES))
    mixed = np.empty((PROBES, V.shape[1]), np.float32)
    for columns in _columns(V):
        mixed[:, columns] = mix @ (V[:, columns] - M @ X[:, columns])
    return mixed


def _residual(coarse: Matrix | StoredArray, arguments: Float[ndarray, "few in"]) -> float:
    """Return √Σ‖D tᵢ‖² over the rows t."""
    return float(np.linalg.norm(panels.image(coarse, arguments)))
