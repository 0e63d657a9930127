"""RandLoRA: ΔW = scale · Σ over bases of B · (λ ∘ A ∘ γ), a sum of random products of full rank.

A (r, 1, narrow) and B (wide, bases, r) are random, frozen, and cut from two that all modules share;
`narrow` and `wide` are the smaller and the larger of in and out. Trained are λ (r, bases) and γ
(bases, narrow). Where in > out, the sum is that of ΔWᵀ.

Source: Albert et al., "RandLoRA: Full-rank parameter-efficient fine-tuning of large models", 2025,
arXiv 2502.00987; PEFT's form, in which the rows of one factor run over (r, bases) and the columns
of the other over (bases, r).
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact


@dataclass(frozen=True)
class RandloraFactors:
    """A module's trained tensors, and the shared random ones."""

    lambda_: LazyTensor
    gamma: LazyTensor
    A: LazyTensor
    B: LazyTensor
    scale: float

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        out, width = shape
        bases = self.lambda_.shape[1]
        wide = exact(self.B)[: max(shape), :bases].flatten(1)
        scaled = exact(self.lambda_).double()[:, :, None] * exact(self.A).double()[:, :, : min(shape)]
        narrow = (scaled * exact(self.gamma).double()).flatten(0, 1)
        term = Term.of(wide, narrow, self.scale)
        return Edit(Sum((term if width <= out else term.turned,)))
