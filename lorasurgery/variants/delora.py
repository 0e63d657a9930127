"""DeLoRA: ΔW = B diag(λ / (r ‖a_i‖ ‖b_i‖)) A diag(w).

A is (r, in) with rows a_i, B is (out, r) with columns b_i, and λ is one number.

w (in) are the norms of the columns of W when training began; the file has them. Norms count as 10⁻⁴
at least.

Source: Bini et al., "Decoupling Angles and Strength in Low-rank Adaptation", 2025, arXiv
2503.18225.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact

LEAST_NORM = 1e-4


@dataclass(frozen=True)
class DeloraFactors:
    """The factors, the strength λ (1), and the norms of the columns of W (in)."""

    A: LazyTensor
    B: LazyTensor
    strength: LazyTensor
    norms: LazyTensor

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0], self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        A, B = exact(self.A).double(), exact(self.B).double()
        lengths = A.norm(dim=1).clamp(min=LEAST_NORM) * B.norm(dim=0).clamp(min=LEAST_NORM)
        left = B * (exact(self.strength).double() / (A.shape[0] * lengths))
        return Edit(Sum((Term.of(left, A * exact(self.norms).double()),)))
