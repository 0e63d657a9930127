"""VB-LoRA: ΔW = B @ A, where A (r, in) and B (out, r) are put together from vectors of length b,
and each is a mixture of a bank's:

    the weights of the k largest logits, made to sum to 1 by softmax, times those k vectors of the
    bank (h, b)

The logits are (r, in / b, h) and (out / b, r, h). An adapter that is only for inference has instead
the places of the k largest and k − 1 of their weights, the last being what is left to 1.

Source: Li et al., "VB-LoRA: Extreme Parameter Efficient Fine-Tuning with Vector Banks", 2024, arXiv
2405.15179.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mixture:
    """Logits, of which the largest `count` matter; or all weights but the last, with the `places`
    of their vectors.
    """

    numbers: LazyTensor
    places: LazyTensor | None
    count: int

    def of(self, bank: Tensor) -> Tensor:
        """The mixed vectors, (..., b)."""
        import torch

        numbers = exact(self.numbers).double()
        if self.places is None:
            largest, places = numbers.topk(self.count)
            weights = largest.softmax(-1)
        else:
            weights, places = (
                torch.cat([numbers, 1 - numbers.sum(-1, keepdim=True)], -1),
                self.places.read().long(),
            )
        return (weights[..., None] * bank[places]).sum(-2)


@dataclass(frozen=True)
class VbloraFactors:
    """The mixtures of a module, and the bank of all modules."""

    A: Mixture
    B: Mixture
    bank: LazyTensor

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        length = self.bank.shape[1]
        return self.B.numbers.shape[0] * length, self.A.numbers.shape[1] * length

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        bank = exact(self.bank).double()
        A, B = self.A.of(bank), self.B.of(bank)
        return Edit(Sum((Term.of(B.transpose(1, 2).flatten(0, 1), A.flatten(1)),)))
