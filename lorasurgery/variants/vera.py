"""VeRA: ΔW = diag(λ_b) B diag(λ_d) A, with A and B random, frozen and shared.

A (r, in) and B (out, r) are cut from two matrices that all modules share.

λ_b (out) and λ_d (r) are what is trained.

Source: Kopiczko et al., "VeRA: Vector-based Random Matrix Adaptation", 2023, arXiv 2310.11454.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact


@dataclass(frozen=True)
class VeraFactors:
    """A module's vectors, and the shared A (r, widest in) and B (widest out, r)."""

    lambda_b: LazyTensor
    lambda_d: LazyTensor
    A: LazyTensor
    B: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        out, width = shape
        left = exact(self.lambda_b).double()[:, None] * exact(self.B)[:out].double()
        right = exact(self.lambda_d).double()[:, None] * exact(self.A)[:, :width].double()
        return Edit(Sum((Term.of(left, right),)))
