"""HiRA: W' = W ∘ (1 + B @ A), with A (r, in · kernel) and B (out, r).

Source: Huang et al., "HiRA: Parameter-Efficient Hadamard High-Rank Adaptation for Large Language
Models", 2025, ICLR (OpenReview TwJrTz9cRS).
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact


@dataclass(frozen=True)
class HiraFactors:
    """The factors, as matrices."""

    A: LazyTensor
    B: LazyTensor

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0], self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        A, B = exact(self.A).double(), exact(self.B).double()
        return Edit(Function(lambda W: W + W * (B @ A)))
