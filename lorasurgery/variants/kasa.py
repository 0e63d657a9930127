"""KaSA: W' = W without its r smallest singular components, + scale · B @ diag(λ) @ A.

A is (r, in), B is (out, r) and λ is (r).

Source: Wang et al., "KaSA: Knowledge-Aware Singular-Value Adaptation of Large Language Models",
2024, arXiv 2412.06071. Where the singular values on both sides of the cut are equal, W does not say
which components go.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact
from lorasurgery.variants.lora import added


@dataclass(frozen=True)
class KasaFactors:
    """LoRA's factors and its bias, and the diagonal between them."""

    A: LazyTensor
    B: LazyTensor
    diagonal: LazyTensor
    scale: float
    bias: LazyTensor | None = None

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0], self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        import torch

        A, B, diagonal = (exact(tensor).double() for tensor in (self.A, self.B, self.diagonal))
        delta = self.scale * (B * diagonal) @ A
        kept = min(shape) - len(A)

        def apply(W: torch.Tensor) -> torch.Tensor:
            U, S, Vh = torch.linalg.svd(W, full_matrices=False)
            dropped: torch.Tensor = (U[:, kept:] * S[kept:]) @ Vh[kept:]
            return W - dropped + delta

        return Edit(Function(apply), added(self.bias, self.scale))
