"""GLoRA as LyCORIS has it: W' = W + γ (W A₁ A₂ + B₁ B₂), γ = α / r.

A₁ A₂ (in, r) (r, in) mixes the inputs of W, those of a convolution at every place of its kernel;
B₁ B₂ (out, r) (r, in · kernel) is a LoRA. PEFT's GLoRA (`glora`) multiplies W by elements instead.

Source: LyCORIS 4.1.3, `modules/glora.py`; Chavan et al., "One-for-All: Generalized LoRA for
Parameter-Efficient Fine-Tuning", 2023, arXiv 2306.07967.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class LycorisGloraFactors:
    """A₁ (in, r), A₂ (r, in), B₁ (out, r) and B₂ (r, in · kernel)."""

    a1: LazyTensor
    a2: LazyTensor
    b1: LazyTensor
    b2: LazyTensor
    scale: float

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.b1.shape[0], self.b2.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        a1, a2, b1, b2 = (exact(each).double() for each in (self.a1, self.a2, self.b1, self.b2))

        def applied(W: Tensor) -> Tensor:
            by_input = W.reshape(len(W), len(a1), -1).mT
            mixed = (by_input @ a1 @ a2).mT.reshape(W.shape)
            return W + self.scale * (mixed + b1 @ b2)

        return Edit(Function(applied))
