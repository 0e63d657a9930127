"""LoRA: ΔW = scale · B @ A, with A (r, in) and B (out, r).

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021, arXiv 2106.09685.

Shapes are those of the matrix that the module multiplies with: W (out, in), whatever its layout on
disk. An embedding's W is (vocabulary, width) and a convolution's (out, in · kernel). Fused experts
carry one pair of factors each, of one rank: A (experts, r, in) and B (experts, out, r).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, factor


@dataclass(frozen=True)
class LoraFactors:
    """The factors of one module, and the scale that multiplies their product (alpha / r, already divided).

    `bias` (out), where the adapter has one (PEFT's `lora_bias`), is added to the module's own,
    times the scale.
    """

    A: LazyTensor
    B: LazyTensor
    scale: float = 1.0
    bias: LazyTensor | None = None

    @property
    def rank(self) -> int:
        return self.A.shape[-2]

    @property
    def nbytes(self) -> int:
        return self.A.nbytes + self.B.nbytes + (self.bias.nbytes if self.bias else 0)

    def expert(self, index: int) -> LoraFactors:
        """The factors of one of several fused experts."""
        return replace(self, A=_slice(self.A, index), B=_slice(self.B, index))

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[-2], self.A.shape[-1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        weight = Sum((Term(factor(self.B), factor(self.A), self.scale),))
        return Edit(weight, added(self.bias, self.scale))


def added(bias: LazyTensor | None, scale: float) -> Sum | None:
    """What adds a vector (out) to a module's bias, times the scale; None where there is none to add."""
    import numpy as np

    if bias is None:
        return None
    column = factor(bias).reshape(-1, 1)
    return Sum((Term(column, np.ones((1, 1), column.dtype), scale),))


def _slice(tensor: LazyTensor, index: int) -> LazyTensor:
    return tensor.item(index)
