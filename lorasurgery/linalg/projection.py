"""The best approximation of D whose left vectors are D Xᵀ, with its certificate (moves 2 and 3 of `svd`)."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from lorasurgery.linalg import panels
from lorasurgery.linalg.eigen import eigh_of
from lorasurgery.linalg.krylov import nearest_orthonormal
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
    # Names end where their matrices do: each is as large as a factor, and of a high rank there is
    # no room for all of them.
    W, WtD = panels.sweep(D, X)
    to_left = _orthonormaliser(W)
    B = to_left.T @ WtD.double()
    del WtD
    squares, rotation = eigh_of(B @ B.T)
    values, rotation = squares.flip(0).clamp(min=0).sqrt(), rotation.flip(1)
    exist = int((values > FLOOR * values[0]).sum())
    values, rotation = values[:exist], rotation[:, :exist]
    combination, rows = (to_left @ rotation).float(), (rotation.T @ B).div_(values[:, None])
    del to_left, B, rotation
    V = nearest_orthonormal(rows)
    del rows
    U = _reorthonormalised(W @ combination)
    missed = _residual(coarse, V - (combination * values.float()).T @ X)
    rest = energy - float(values.square().sum())
    complete = exist < len(X) and rest <= TOLERANCE**2 * energy
    return Truncated(U, values, V.T, energy, exist, missed / math.sqrt(energy), complete)


def _reorthonormalised(U: Float[Tensor, "out k"]) -> Float[Tensor, "out k"]:
    """Restore the orthonormality that U lost in a float32 product of nearly dependent columns."""
    off = U.T @ U - torch.eye(U.shape[1], device=U.device)
    return nearest_orthonormal(U.T).T if float(off.abs().max()) > _ORTHONORMAL else U


def _orthonormaliser(W: Float[Tensor, "out k"]) -> Float64[Tensor, "k kept"]:
    """Return R such that W R has orthonormal columns, the nearest to W's own if W has full rank."""
    wide = W.double()
    gram = wide.T @ wide
    del wide
    scale = 1 / gram.diagonal().sqrt().clamp(min=torch.finfo(torch.float32).tiny)
    squares, vectors = eigh_of(gram.mul_(scale[:, None]).mul_(scale))
    del gram
    kept = squares > _DEPENDENT**2
    R = vectors[:, kept].div_(squares[kept].sqrt())
    if bool(kept.all()):
        R = R @ vectors.T
    weighted: Tensor = scale[:, None] * R
    return weighted


def _residual(coarse: Tensor | StreamedMatrix, arguments: Float[Tensor, "k in"]) -> float:
    """Return √Σ‖D tᵢ‖² over the rows t; many rows are mixed at random into `PROBES`."""
    count = len(arguments)
    if count > PROBES:
        generator = torch.Generator().manual_seed(count)
        mix = torch.randn(count, PROBES, generator=generator) / math.sqrt(PROBES)
        arguments = mix.T.to(arguments.device) @ arguments
    return float(torch.linalg.vector_norm(panels.image(coarse, arguments)))
