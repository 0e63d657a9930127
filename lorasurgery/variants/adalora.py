"""AdaLoRA: ΔW = scale · B @ diag(E) @ A, a truncated SVD in training whose ranks are pruned.

A is (r, in), B is (out, r) and E is (r, 1).

Source: Zhang et al., "AdaLoRA: Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning",
2023, arXiv 2303.10512.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact


@dataclass(frozen=True)
class AdaloraFactors:
    """The factors that the pruning left; their rank may be 0."""

    A: LazyTensor
    B: LazyTensor
    E: LazyTensor
    scale: float

    @property
    def rank(self) -> int:
        return self.A.shape[0]

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0], self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`. A ∘ E is computed in float64, exactly for factors of float32 and narrower."""
        return Edit(
            Sum((Term.of(exact(self.B), exact(self.A).double() * exact(self.E).double(), self.scale),))
        )
