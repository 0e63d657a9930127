"""Eigendecomposition of a symmetric matrix in three times its memory, where torch's own call takes four."""

from __future__ import annotations

import torch
from jaxtyping import Float64
from torch import Tensor


def eigh_of(square: Float64[Tensor, "n n"]) -> tuple[Float64[Tensor, " n"], Float64[Tensor, "n n"]]:
    """Return ascending eigenvalues and eigenvectors, with the bits of `torch.linalg.eigh`, in less memory.

    A matrix that the caller has no name for is given up before LAPACK asks for its room.
    """
    if square.device.type != "cpu":
        found: tuple[Tensor, Tensor] = torch.linalg.eigh(square)
        return found
    vectors = square.mT.contiguous().mT  # by columns, as LAPACK has it
    del square
    values = vectors.new_empty(len(vectors))
    torch.linalg.eigh(vectors, out=(values, vectors))
    return values, vectors
