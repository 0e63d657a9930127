"""LoHa: ΔW = scale · (w1_a @ w1_b) ∘ (w2_a @ w2_b), with wi_a (out, r) and wi_b (r, in · kernel).

With Tucker cores ("effective convolution") each product is instead t (r, r, *kernel) contracted
with wi_a (r, out) and wi_b (r, in).

Either product has rank r, so that their Hadamard product has rank r² at most, with exact factors:
all products of a column of the one left side with a column of the other, and of rows of the right
sides likewise (row and column Khatri-Rao products).

Source: Hyeon-Woo et al., "FedPara: Low-Rank Hadamard Product for Communication-Efficient Federated
Learning", 2021, arXiv 2108.06098; the form of LyCORIS (Yeh et al., 2023, arXiv 2309.14859).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Hadamard
from lorasurgery.variants.edit import Edit, Shape, Sum, exact

if TYPE_CHECKING:
    from torch import Tensor


# Up to so many, the exact factors are smaller than the two products that they stand for, and an
# undo record holds them.
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
        product = Hadamard.of(
            _factors(self.w1_a, self.w1_b, self.t1), _factors(self.w2_a, self.w2_b, self.t2), self.scale
        )
        return Edit(Sum((product.as_term() if product.rank <= MOST_RANKS else product,)))

    @property
    def shape(self) -> Shape | None:
        """(out, in · kernel), where no core holds the kernel."""
        return None if self.t1 is not None else (self.w1_a.shape[0], self.w1_b.shape[1])


def _factors(a: LazyTensor, b: LazyTensor, core: LazyTensor | None) -> tuple[Tensor, Tensor]:
    """A product's two sides in float64: (out, r) and (r, in · kernel)."""
    import torch

    if core is None:
        return exact(a).double(), exact(b).double()
    inner = torch.einsum("ij...,jr->ir...", exact(core).double(), exact(b).double())
    return exact(a).double().T, inner.flatten(1)
