"""The best approximation of D whose left vectors are D Xᵀ, with its certificate (moves 2 and 3 of `svd`)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from lorasurgery.linalg import panels
from lorasurgery.linalg.eigen import eigh_of
from lorasurgery.linalg.streamed import StreamedMatrix
from lorasurgery.linalg.truncated import FLOOR, TOLERANCE, Truncated

# Columns this close to depending on each other are taken to do so.
_DEPENDENT = 1e-5
# How far UᵀU may be from the identity.
_ORTHONORMAL = 2e-6
# Vectors that the certificate multiplies D with; more triplets are mixed at random into this many.
PROBES = 16


def projected(
    D: Tensor | StreamedMatrix, coarse: Tensor | StreamedMatrix, X: Float[Tensor, "k in"], energy: float
) -> Truncated:
    """Return the best approximation of D with left vectors D Xᵀ, and its residual by products in `coarse`."""
    W, WtD = panels.sweep(D, X)
    to_left = _orthonormaliser(W)
    squares, rotation = eigh_of(_gram(to_left.T, WtD))
    values, rotation = squares.flip(0).clamp(min=0).sqrt(), rotation.flip(1)
    exist = int((values > FLOOR * values[0]).sum())
    values, combination = values[:exist], to_left @ rotation[:, :exist]
    # Each matrix here is as large as a factor, or as its rank squared, and of a high rank there is no room
    # for many of them.
    del to_left, rotation
    V = _nearest_orthonormal(combination.T / values[:, None], WtD, into=WtD)
    del WtD
    combination = combination.float()
    U = _reorthonormalised(W @ combination)
    del W
    missed = _residual(coarse, _missing(V, (combination * values.float()).T, X))
    rest = energy - float(values.square().sum())
    complete = exist < len(X) and rest <= TOLERANCE**2 * energy
    return Truncated(U, values, V.T, energy, exist, missed / math.sqrt(energy), complete)


def _reorthonormalised(U: Float[Tensor, "out k"]) -> Float[Tensor, "out k"]:
    """Restore the orthonormality that U lost in a float32 product of nearly dependent columns."""
    one = torch.eye(U.shape[1], device=U.device)
    if float((U.T @ U - one).abs().max()) <= _ORTHONORMAL:
        return U
    return _nearest_orthonormal(one.double(), U.T).T


def _orthonormaliser(W: Float[Tensor, "out k"]) -> Float64[Tensor, "k kept"]:
    """Return R such that W R has orthonormal columns, the nearest to W's own if W has full rank."""
    gram = panels.gram(W)
    scale = 1 / gram.diagonal().sqrt().clamp(min=torch.finfo(torch.float32).tiny)
    squares, vectors = eigh_of(gram.mul_(scale[:, None]).mul_(scale))
    del gram
    kept = squares > _DEPENDENT**2
    R = vectors[:, kept].div_(squares[kept].sqrt())
    if bool(kept.all()):
        R = R @ vectors.T
    weighted: Tensor = scale[:, None] * R
    return weighted


def _nearest_orthonormal(
    M: Float64[Tensor, "m k"], rows: Float[Tensor, "k n"], into: Float[Tensor, "k n"] | None = None
) -> Float[Tensor, "m n"]:
    """The orthonormal rows nearest to those of M rows, which are nearly so (Löwdin's).

    `into` is memory for them, which may be that of `rows`.
    """
    squares, axes = eigh_of(_gram(M, rows))
    nearest = (axes / squares.sqrt()) @ axes.T @ M
    found = rows.new_empty(len(M), rows.shape[1]) if into is None else into[: len(M)]
    for columns in _columns(rows):
        found[:, columns] = nearest @ rows[:, columns].double()
    return found


def _gram(M: Float64[Tensor, "m k"], rows: Float[Tensor, "k n"]) -> Float64[Tensor, "m m"]:
    """(M rows)(M rows)ᵀ, in float64 and in panels of columns: the product is never held."""
    G = M.new_zeros(len(M), len(M))
    for columns in _columns(rows):
        product = M @ rows[:, columns].double()
        G.addmm_(product, product.T)
    return G


def _columns(rows: Float[Tensor, "k n"]) -> Iterator[slice]:
    return panels.row_slices((rows.shape[1], rows.shape[0]))


def _missing(
    V: Float[Tensor, "k in"], M: Float[Tensor, "k m"], X: Float[Tensor, "m in"]
) -> Float[Tensor, "few in"]:
    """V − M X, or as many random mixtures of its rows as `PROBES`, where these are fewer."""
    count = len(V)
    if count <= PROBES:
        return V - M @ X
    generator = torch.Generator().manual_seed(count)
    mix = (torch.randn(count, PROBES, generator=generator) / math.sqrt(PROBES)).T.to(V.device)
    mixed = V.new_empty(PROBES, V.shape[1])
    for columns in _columns(V):
        torch.mm(mix, V[:, columns] - M @ X[:, columns], out=mixed[:, columns])
    return mixed


def _residual(coarse: Tensor | StreamedMatrix, arguments: Float[Tensor, "few in"]) -> float:
    """Return √Σ‖D tᵢ‖² over the rows t."""
    return float(torch.linalg.vector_norm(panels.image(coarse, arguments)))
