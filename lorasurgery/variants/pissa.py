"""PiSSA: W' = W − W_r + scale · B @ A.

W_r, the r largest singular components of W, is the initial value of B @ A.

The factors are LoRA's, A (r, in) and B (out, r), but trained beside W − W_r. Where the singular
values on both sides of the cut are equal, W does not say which components W_r has.

Source: Meng et al., "PiSSA: Principal Singular Values and Singular Vectors Adaptation of Large
Language Models", 2024, arXiv 2404.02948.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact


@dataclass(frozen=True)
class PissaFactors:
    """LoRA's factors, for a base that still has what they began as."""

    A: LazyTensor
    B: LazyTensor
    scale: float

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0], self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        import torch

        A, B = exact(self.A).double(), exact(self.B).double()
        rank = len(A)

        def apply(W: torch.Tensor) -> torch.Tensor:
            U, S, Vh = torch.linalg.svd(W, full_matrices=False)
            began: torch.Tensor = (U[:, :rank] * S[:rank]) @ Vh[:rank]
            return W - began + self.scale * (B @ A)

        return Edit(Function(apply))
