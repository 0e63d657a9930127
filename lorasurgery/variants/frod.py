"""FRoD: W' = U (S + diag(λ)) Vᵀ, where W = U diag(λ₀) Vᵀ with unit columns of U.

V (in, in) is a basis that several layers share.

λ (in) and the few numbers of the sparse S (in, in) are trained. V and the places of S are stored,
once for all layers of a kind; U = W V⁻ᵀ / λ₀ follows from W, in float64 (PEFT rounds it to the
weights' dtype).

Source: Wan et al., "FRoD: Full-Rank Efficient Fine-Tuning with Rotational Degrees for Fast
Convergence", 2025, arXiv 2512.23485.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor

# A shorter column of U diag(λ₀) counts as zero.
LEAST_NORM = 1e-12


@dataclass(frozen=True)
class FrodFactors:
    """λ (in), the numbers of S (n) and their places (2, n), and the basis V."""

    diagonal: LazyTensor
    values: LazyTensor
    places: LazyTensor
    basis: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        V, inner = exact(self.basis).double(), exact(self.diagonal).double().diag()
        row, column = self.places.read().long()
        inner.index_put_((row, column), exact(self.values).double(), accumulate=True)
        return Edit(Function(lambda W: _unit_columns(_seen_in(V, W)) @ inner @ V.T))


def _seen_in(V: Tensor, W: Tensor) -> Tensor:
    """W V⁻ᵀ, and the least-squares answer where V has no inverse."""
    import torch

    turned, singular = torch.linalg.solve_ex(V, W.T)
    seen: Tensor = W @ torch.linalg.pinv(V, rtol=1e-6).T if singular else turned.T
    return seen


def _unit_columns(matrix: Tensor) -> Tensor:
    norms = matrix.norm(dim=0)
    unit: Tensor = matrix / norms.where(norms > LEAST_NORM, norms.new_tensor(math.inf))
    return unit
