"""The noise edge: the largest singular value that rounding to the stored dtype gives to a difference of two weights.

    W_tuned = round(W_base + ΔW)  =>  D = W_tuned − W_base = ΔW + N,   N_ij ≈ u_ij · U(−½, ½),   u_ij = ulp(W_tuned,ij)

The profile u is known entry by entry, so nothing is estimated: N is drawn, its σ₁ found, and its spread added.
Thresholds that take the noise to be homogeneous (Marchenko-Pastur, Gavish-Donoho) are wrong on weights whose rows and columns differ in scale.

Where |ΔW_ij| is well under u_ij/2 the entry does not move: its error is −ΔW_ij, smaller than the model's and no longer
independent of the signal. There the edge is too high rather than too low, and D itself has lost part of ΔW: singular values above the
edge are still signal, but shrunk, and signal below it is not seen.

Only the rounding of `tuned` counts, since ΔW was added to the base as it is stored. Pass `base` where that was rounded on its own
after tuning (a float32 base, published in bfloat16): then both errors are in D.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from lorasurgery.linalg.krylov import Krylov, coarse_dtype
from lorasurgery.linalg.panels import row_slices

# Standard deviations between what is drawn and the edge; two draws, the simulated and the real one, differ by √2 of one's own.
_SIGMAS = 4.5
# What the model and the Ritz value that stands for σ₁ may fall short.
_MARGIN = 1.005
# Where σ₁² has more than this relative spread, few entries decide it, its law is not near normal, and more draws are taken.
_BY_FEW = 0.15
_DRAWS_OF_FEW = 6
# Standard deviation of the Tracy-Widom law for real matrices, in its own unit.
_TRACY_WIDOM = 1.268
_FLOAT32_EXPONENT = 0x7F800000
BLOCK = 16
# The subspace grows until σ₁ does so by less than this share a step.
_STALLED = 5e-3


def noise_edge(
    tuned: Tensor | Iterable[Tensor], *, seed: int, base: Tensor | Iterable[Tensor] | None = None
) -> float:
    """Simulate the edge from the stored values of a weight, given whole or as consecutive blocks of rows.

    Memory beyond the blocks is two matrices in the dtype that products run in. A weight and its transpose have the same edge.
    """
    spacing = _spacings(tuned)
    if base is not None:
        spacing = torch.hypot(spacing, _spacings(base))
    largest = float(spacing.max()) if spacing.numel() else 0.0
    if largest == 0.0:
        return 0.0
    spacing = spacing / largest
    edge, by_few = _edge(spacing, seed)
    if by_few:
        edge = max(edge, *(_edge(spacing, seed + draw)[0] for draw in range(1, _DRAWS_OF_FEW)))
    return largest * max(edge, 0.5)


def ulp(stored: Tensor) -> Float[Tensor, "..."]:
    """The spacing of the stored dtype's values around each element, in float32: 2^(exponent − mantissa bits).

    Subnormal numbers and zero have the spacing of the smallest normal number.
    """
    info = torch.finfo(stored.dtype)
    power = (stored.float().view(torch.int32) & _FLOAT32_EXPONENT).view(torch.float32)
    return power.clamp_(min=info.smallest_normal).mul_(info.eps)


def _spacings(stored: Tensor | Iterable[Tensor]) -> Tensor:
    """In the dtype that products run in: powers of two, exact in any."""
    blocks = [stored] if isinstance(stored, Tensor) else stored
    panels = (block[rows] for block in blocks for rows in row_slices(block.shape))
    return torch.cat([ulp(panel).to(coarse_dtype(panel.device)) for panel in panels])


def _edge(spacing: Tensor, seed: int) -> tuple[float, bool]:
    """An upper bound on σ₁ of nearly all draws, from one, and whether few entries decide it.

    Where σ₁ comes from the bulk of the matrix it varies by Tracy and Widom's law. Where it comes from few rows or columns of great
    scale, its square is about their energy and varies like it: Σᵢ pᵢ⁴ Var‖Nᵢ‖² for a singular vector p. A uniform x ~ U(−½, ½) has
    E x² = 1/12 and Var x² = 1/180.
    """
    noise = _uniform(spacing, seed).mul_(spacing)
    top, left, right = _leading_triplet(noise, seed)
    squares, fourths = _line_sums(spacing)
    heaviest = max(float(line.max()) for line in squares) / 12
    local = float(left**4 @ fourths[0] + fourths[1] @ right**4) / 180
    square = max(top**2, heaviest)
    roots = [math.sqrt(side) for side in noise.shape]
    bulk = _TRACY_WIDOM * square * sum(1 / root for root in roots) ** (1 / 3) / sum(roots)
    spread = math.sqrt(local)
    return _MARGIN * math.sqrt(square + _SIGMAS * math.hypot(bulk, spread)), spread > _BY_FEW * square


def _leading_triplet(noise: Tensor, seed: int) -> tuple[float, Tensor, Tensor]:
    """σ₁ from below, and its singular vectors, roughly."""
    krylov, top = Krylov(noise, BLOCK, seed), 0.0
    while True:
        krylov.grow()
        ritz = krylov.ritz()
        before, top = top, float(ritz.values[0])
        if top <= (1 + _STALLED) * before or krylov.exhausted:
            break
    right = krylov.right_vectors(ritz, 1)[:, 0]
    left = (noise @ right.to(noise.dtype)).float()
    return top, left / torch.linalg.vector_norm(left), right / torch.linalg.vector_norm(right)


def _line_sums(spacing: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Sums of u² and of u⁴ along each row and each column."""
    sums = []
    for part in row_slices(spacing.shape):
        square = spacing[part].float().square_()
        fourth = square.square()
        sums.append((square.sum(1), square.sum(0), fourth.sum(1), fourth.sum(0)))
    rows2, columns2, rows4, columns4 = zip(*sums, strict=True)
    return (torch.cat(rows2), torch.stack(columns2).sum(0)), (torch.cat(rows4), torch.stack(columns4).sum(0))


def _uniform(like: Tensor, seed: int) -> Tensor:
    """U(−½, ½) from sixteen random bits an element, four elements a draw: five times faster than `torch.rand`."""
    generator = torch.Generator().manual_seed(seed)
    words = torch.empty((like.numel() + 3) // 4, dtype=torch.int64)
    words.random_(-(2**63), None, generator=generator)
    bits = words.view(torch.int16)[: like.numel()].view(like.shape)
    return bits.to(like).mul_(2.0**-16)
