"""A block Krylov subspace of DᵀD, grown step by step, and the Ritz values that it holds.

    V₀ = orth(DᵀΩ),  W_j = D V_j,  V_{j+1} = orth(DᵀW_j − V Vᵀ DᵀW_j),  V = [V₀ V₁ ...],  T = WᵀW =
    VᵀDᵀD V

The eigenvalues θ² of T approach σ² from below, and faster than any polynomial filter of the same
number of passes. The residual of a Ritz pair is free: DᵀD v − θ² v lies in the next block, with the
coefficients that orthogonalising it left over.

A subspace needs no accuracy of its own, since whoever uses it projects the true D on it afterwards.
So the products may run in bfloat16, where a processor has it, at a third of the time: the error is
incoherent with the singular vectors, a share of about 2e-3 of each Ritz vector, spread over all
directions, of which one exact product with D removes most. Orthogonality is kept in full: projected
twice in float32, normalised by an eigendecomposition in float64, which also finds breakdowns.

Source: Golub, Luk & Overton, "A block Lanczos method for computing the singular values ... of a
matrix", 1981; Musco & Musco, "Randomized Block Krylov Methods for Stronger and Faster Approximate
SVD", 2015, arXiv 1504.05477.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from lorasurgery.linalg.eigen import eigh_of

_TINY = torch.finfo(torch.float64).tiny
# A direction this small beside the block's largest, before projection, is rounding: the block
# shrinks.
_BREAKDOWN = 1e-6
# One projection leaves a direction orthogonal to float32's precision over the share of its length
# that survives: once is enough down to this share, and twice always (Kahan, in Parlett, "The
# Symmetric Eigenvalue Problem").
_TWICE_BELOW = 1e-3


@dataclass(frozen=True)
class Ritz:
    """The pairs of a subspace, leading first: `values` θ, `vectors` in the subspace's basis.

    `tail` is the mean of ‖D v‖² over the newest block, a measure of what the Ritz vectors still
    lack.
    """

    values: Float64[Tensor, " dim"]
    vectors: Float64[Tensor, "dim dim"]
    tail: float


class Krylov:
    """The subspace, on D's short side. `D` is the coarse copy, in the dtype that products run in."""

    def __init__(self, D: Float[Tensor, "out in"], block: int, seed: int) -> None:
        self.D = D
        self.tall = D.shape[0] >= D.shape[1]
        self.exhausted = False
        self.V = D.new_empty(0, min(D.shape), dtype=torch.float32)
        self.T = torch.zeros(0, 0, dtype=torch.float64, device=D.device)
        self._images: list[Tensor] = []
        start = torch.randn(block, max(D.shape), generator=torch.Generator().manual_seed(seed))
        self._newest = start.to(D)
        self._next: Tensor | None = None

    @property
    def dimension(self) -> int:
        return self.V.shape[0]

    def grow(self) -> None:
        """Take the next block in; sets `exhausted` where there is none, because the subspace is invariant."""
        block = self._look()
        if block.shape[0] == 0 or self.dimension >= self.V.shape[1]:
            self.exhausted = True
            return
        self._newest, self._next = self._ahead(block), None
        self.V = torch.cat([self.V, block])
        self._images.append(self._newest.float())
        self._project(self._images[-1])

    def ritz(self) -> Ritz:
        """Solve the projected problem."""
        squares, vectors = torch.linalg.eigh(self.T)
        tail = float(self.T.diagonal()[-self._newest.shape[0] :].mean())
        return Ritz(squares.flip(0).clamp(min=_TINY).sqrt(), vectors.flip(1), tail)

    def residuals(self, ritz: Ritz) -> Float64[Tensor, " dim"]:
        """‖Dᵀu − θ v‖ of each pair, for the price of one product that `grow` will not need again."""
        missing: Tensor = torch.linalg.vector_norm(self._outside(ritz.vectors), dim=0)
        return missing / ritz.values

    def right_vectors(self, ritz: Ritz, count: int) -> Float[Tensor, "in count"]:
        """Return the leading Ritz vectors on D's `in` side, divided by θ, so that D maps them to
        orthonormal ones.

        They have been through a power iteration more where that is free: v is DᵀD v / θ² if the
        next block is known, and Dᵀu / θ if the subspace is on the `out` side.
        """
        values, vectors = ritz.values[:count], ritz.vectors[:, :count]
        if not self.tall:
            return torch.cat(self._images).T @ (vectors / values.square()).float()
        X = self.V.T @ (vectors / values).float()
        if self._next is not None:
            X += self._next.T @ (self._outside(vectors) / values**3).float()
        return X

    def gained_half_steps(self) -> int:
        """Half power iterations that `right_vectors` adds once residuals are known."""
        return 2 if self.tall else 1

    def _outside(self, vectors: Float64[Tensor, "dim k"]) -> Float64[Tensor, "b k"]:
        """What DᵀD maps these vectors to outside of the subspace, in the basis of the next block."""
        self._look()
        return self._leftover @ vectors[-self._leftover.shape[1] :]

    def _look(self) -> Tensor:
        """Find the block that comes next."""
        if self._next is None:
            image = self._back(self._newest)
            self._next = orthonormalised(image, self.V)
            self._leftover = (self._next @ image.T).double()
        return self._next

    def _project(self, newest: Tensor) -> None:
        edge = torch.cat([image @ newest.T for image in self._images]).double()
        self.T = torch.cat([torch.cat([self.T, edge[: self.T.shape[0]]], dim=1), edge.T])

    def _ahead(self, rows: Float[Tensor, "b short"]) -> Float[Tensor, "b long"]:
        return self._times_right(rows) if self.tall else self._times_left(rows)

    def _back(self, rows: Float[Tensor, "b long"]) -> Float[Tensor, "b short"]:
        return (self._times_left(rows) if self.tall else self._times_right(rows)).float()

    def _times_right(self, rows: Float[Tensor, "b in"]) -> Float[Tensor, "b out"]:
        return (self.D @ rows.to(self.D).T.contiguous()).T.contiguous()

    def _times_left(self, rows: Float[Tensor, "b out"]) -> Float[Tensor, "b in"]:
        return rows.to(self.D) @ self.D


def coarse_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it (it is emulated, slowly, elsewhere)."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    native = device.type == "cpu" and any(getattr(torch.cpu, test, bool)() for test in tests)
    return torch.bfloat16 if native else torch.float32


def orthonormalised(rows: Float[Tensor, "b n"], against: Float[Tensor, "dim n"]) -> Float[Tensor, "kept n"]:
    """An orthonormal basis of the rows' part orthogonal to `against`; what vanishes there is dropped.

    It is graded: along the principal axes of the rows, so that a product's rounding error, which is
    relative to each row, does not bury the weak directions under the strong.
    """
    scale = float(torch.linalg.vector_norm(rows, dim=1).max())
    rows = (rows - (rows @ against.T) @ against).double()
    squares, axes = torch.linalg.eigh(rows @ rows.T)
    lengths = squares.clamp(min=0).sqrt()
    kept = lengths > max(_BREAKDOWN * scale, _TINY)
    rows = ((axes[:, kept] / lengths[kept]).T @ rows).float()
    if kept.any() and lengths[kept][0] < _TWICE_BELOW * scale:
        rows = nearest_orthonormal(rows - (rows @ against.T) @ against)
    return rows


def nearest_orthonormal(rows: Float[Tensor, "b n"]) -> Float[Tensor, "b n"]:
    """The orthonormal rows nearest to rows that are nearly so (Löwdin's): (R Rᵀ)^(-1/2) R."""
    wide = rows.double()
    squares, axes = eigh_of(wide @ wide.T)
    nearest: Tensor = (axes / squares.sqrt()) @ axes.T @ wide
    return nearest.float()
