"""Uni-LoRA: ΔW = B @ A, where every element of A (r, in) and B (out, r), of all modules, is one of
the few numbers of a vector θ (d):

    A = θ[indices_A] ∘ scales_A        B = θ[indices_B] ∘ scales_B

Source: Li et al., "Uni-LoRA: One Vector is All You Need", 2025, arXiv 2506.00799.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Chosen:
    """A matrix of elements of θ: their indices, and the factor by which each is scaled for being
    used repeatedly.
    """

    indices: LazyTensor
    scales: LazyTensor

    def of(self, theta: Tensor) -> Tensor:
        """The matrix."""
        return theta[self.indices.read().long()] * exact(self.scales).double()


@dataclass(frozen=True)
class UniloraFactors:
    """A module's two matrices, and the θ of all modules."""

    A: Chosen
    B: Chosen
    theta: LazyTensor

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.indices.shape[0], self.A.indices.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        theta = exact(self.theta).double()
        return Edit(Sum((Term.of(self.B.of(theta), self.A.of(theta)),)))
