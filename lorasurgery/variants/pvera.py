"""PVeRA: VeRA with a random inner vector; merged weights have its mean: ΔW = diag(λ_b) B diag(μ) A_μ.

The first halves of λ_d (2r) and of A (2r, in) give the mean (μ and A_μ), the second halves the
logarithm of the variance.

Source: Fillioux et al., "PVeRA: Probabilistic Vector-Based Random Matrix Adaptation", 2025, arXiv
2512.07703.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact


@dataclass(frozen=True)
class PveraFactors:
    """A module's vectors, and the shared A (2r, widest in) and B (widest out, r)."""

    lambda_b: LazyTensor
    lambda_d: LazyTensor
    A: LazyTensor
    B: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        out, width = shape
        rank = self.lambda_d.shape[0] // 2
        left = exact(self.lambda_b).double()[:, None] * exact(self.B)[:out].double()
        right = exact(self.lambda_d).double()[:rank, None] * exact(self.A)[:rank, :width].double()
        return Edit(Sum((Term.of(left, right),)))
