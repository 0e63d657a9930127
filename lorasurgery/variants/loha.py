"""LoHa: ΔW = scale · (w1_a @ w1_b) ∘ (w2_a @ w2_b), with wi_a (out, r) and wi_b (r, in · kernel).

With Tucker cores ("effective convolution") each product is instead t (r, r, *kernel) contracted with wi_a (r, out) and wi_b (r, in).

Either product has rank r, so that their Hadamard product has rank r² at most, with exact factors: all products of a column of the one
left side with a column of the other, and of rows of the right sides likewise (row and column Khatri-Rao products).

Source: Hyeon-Woo et al., "FedPara: Low-Rank Hadamard Product for Communication-Efficient Federated Learning", 2021, arXiv
2108.06098; the form of LyCORIS (Yeh et al., 2023, arXiv 2309.14859).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Dense, Edit, Shape, Sum, Term, exact

if TYPE_CHECKING:
    from torch import Tensor


# Up to so many, the exact factors are smaller than the two products that they stand for, and an undo record holds them.
MOST_RANKS = 100


@dataclass(frozen=True)
class LohaFactors:
    """Two pairs of factors, and two cores where the convolution is decomposed along its kernel too."""

    w1_a: LazyTensor
    w1_b: LazyTensor
    w2_a: LazyTensor
    w2_b: LazyTensor
    scale: float
    t1: LazyTensor | None = None
    t2: LazyTensor | None = None

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        left1, right1 = _factors(self.w1_a, self.w1_b, self.t1)
        left2, right2 = _factors(self.w2_a, self.w2_b, self.t2)
        if left1.shape[1] * left2.shape[1] <= MOST_RANKS:
            left = (left1[:, :, None] * left2[:, None, :]).flatten(1)
            right = (right1[:, None, :] * right2[None, :, :]).flatten(0, 1)
            return Edit(Sum((Term(left, right, self.scale),)))

        def rows(start: int, stop: int) -> Tensor:
            return (left1[start:stop] @ right1) * (left2[start:stop] @ right2)

        return Edit(Sum((Dense(rows, self.scale),)))


def _factors(a: LazyTensor, b: LazyTensor, core: LazyTensor | None) -> tuple[Tensor, Tensor]:
    """A product's two sides in float64: (out, r) and (r, in · kernel)."""
    import torch

    if core is None:
        return exact(a).double(), exact(b).double()
    inner = torch.einsum("ij...,jr->ir...", exact(core).double(), exact(b).double())
    return exact(a).double().T, inner.flatten(1)
