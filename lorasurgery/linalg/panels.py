"""Sweeps over a matrix in panels of rows that fit the cache, so that a sweep reads D from memory once.

    sweep(D, rows) = (D rowsᵀ, rows Dᵀ D)    two products of a panel for one read of it
    gram(D)        = Dᵀ D or D Dᵀ            of the short side, in float64

Nothing here keeps more than a panel besides its result; but for the Gram matrix of a wide matrix,
which a streamed one is held for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from lorasurgery.linalg import skinny, skinny_bfloat16
from lorasurgery.linalg.products import combined, times
from lorasurgery.linalg.streamed import StreamedMatrix

# Numbers of a panel: 2 MB of float32, which stays cached between the two products of a sweep.
PANEL_NUMEL = 1 << 19
# Within this range no square in float32 that counts has vanished (those below 1.2e-38 do) or
# overflown.
LEAST_ENERGY, MOST_ENERGY = 1e-24, 1e24


def row_slices(shape: tuple[int, int] | torch.Size, numel: int = PANEL_NUMEL) -> Iterator[slice]:
    """Slices of rows that cut a matrix of this shape into panels of about so many numbers."""
    rows, columns = shape
    step = max(16, numel // max(1, columns) // 4 * 4)
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def energy(D: Float[Tensor, "out in"] | StreamedMatrix) -> float:
    """Return ‖D‖²_F: norms of rows in D's dtype, a few ulps off and independent, their squares
    summed in float64.

    Where squares in float32 may overflow or vanish, each number is squared in float64 instead.
    """
    norms = [torch.linalg.vector_norm(D[rows], dim=1) for rows in row_slices(D.shape)]
    total = float(torch.cat(norms).double().square().sum()) if norms else 0.0
    if LEAST_ENERGY < total < math.inf or not norms:
        return total
    return sum(float(D[rows].double().square().sum()) for rows in row_slices(D.shape))


def sweep(
    D: Float[Tensor, "out in"] | StreamedMatrix, rows: Float[Tensor, "k in"]
) -> tuple[Float[Tensor, "out k"], Float[Tensor, "k in"]]:
    """W = D rowsᵀ and Wᵀ D in float32, by products in D's dtype, reading D once."""
    if skinny.suits(D, len(rows)):
        return skinny.sweep(D, rows, _wide_places(D))
    if skinny_bfloat16.suits(D, len(rows)):
        return skinny_bfloat16.sweep(D, rows, _wide_places(D))
    factors = rows.to(D.dtype)
    W = rows.new_empty(D.shape[0], len(rows), dtype=torch.float32)
    WtD = rows.new_zeros(rows.shape, dtype=torch.float32)
    for place in _places(D):
        panel = D[place]
        image = times(panel, factors)
        W[place] = image
        WtD += combined(image.T.contiguous(), panel)
    return W, WtD


def image(D: Float[Tensor, "out in"] | StreamedMatrix, rows: Float[Tensor, "k in"]) -> Float[Tensor, "out k"]:
    """Return D rowsᵀ in float32, by products in D's dtype."""
    if skinny.suits(D, len(rows)):
        return skinny.image(D, rows, _wide_places(D))
    if skinny_bfloat16.suits(D, len(rows)):
        return skinny_bfloat16.image(D, rows, _wide_places(D))
    factors = rows.to(D.dtype)
    # One room for all: pieces that are kept between panels that come and go would scatter the heap.
    W = rows.new_empty(D.shape[0], len(rows), dtype=torch.float32)
    for place in _places(D):
        W[place] = times(D[place], factors)
    return W


def image_back(
    rows: Float[Tensor, "k out"], D: Float[Tensor, "out in"] | StreamedMatrix
) -> Float[Tensor, "k in"]:
    """Return rows D in float32, by products in D's dtype."""
    if skinny.suits(D, len(rows)):
        return skinny.image_back(rows, D, _wide_places(D))
    if skinny_bfloat16.suits(D, len(rows)):
        return skinny_bfloat16.image_back(rows, D, _wide_places(D))
    factors = rows.to(D.dtype)
    total = rows.new_zeros(len(rows), D.shape[1], dtype=torch.float32)
    for place in _places(D):
        total += combined(factors[:, place].contiguous(), D[place])
    return total


def _places(D: Tensor | StreamedMatrix) -> Iterator[slice]:
    """Panels of the processor's cache, of as many bytes in any dtype; a GPU takes the whole."""
    numel = PANEL_NUMEL * 4 // D.dtype.itemsize
    return row_slices(D.shape, numel) if D.device.type == "cpu" else iter([slice(None)])


def _wide_places(D: Tensor | StreamedMatrix) -> Iterator[slice]:
    """The whole of a matrix that is held, for what cuts it itself; panels of one that is read."""
    return iter([slice(None)]) if isinstance(D, Tensor) else _places(D)


def gram(D: Float[Tensor, "out in"] | StreamedMatrix) -> Float64[Tensor, "short short"]:
    """The Gram matrix of D's short side in float64, where σ down to 1e-8 σ₁ survive being squared."""
    if D.shape[0] < D.shape[1]:
        return gram((D if isinstance(D, Tensor) else D.whole()).T)
    G = torch.zeros(D.shape[1], D.shape[1], dtype=torch.float64, device=D.device)
    for rows in row_slices(D.shape):
        panel = D[rows].double()
        G.addmm_(panel.T, panel)
    return G
