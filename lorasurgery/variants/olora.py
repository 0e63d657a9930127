"""OLoRA: W' = W + scale · (B @ A − Q_r @ R_r).

Q_r (out, r) and R_r (r, in), the leading part of W = Q R, are the initial values of B and A.

Source: Büyükakyüz, "OLoRA: Orthonormal Low-Rank Adaptation of Large Language Models", 2024, arXiv
2406.01775; PEFT's form, which takes scale · Q_r R_r out of W.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact


@dataclass(frozen=True)
class OloraFactors:
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
            Q, R = torch.linalg.qr(W)
            began: torch.Tensor = Q[:, :rank] @ R[:rank]
            return W + self.scale * (B @ A - began)

        return Edit(Function(apply))
