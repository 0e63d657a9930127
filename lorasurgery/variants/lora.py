"""LoRA: ΔW = scale · B @ A, with A (r, in) and B (out, r).

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021, arXiv 2106.09685.

Shapes are those of the matrix that the module multiplies with: W (out, in), whatever its layout on disk. An
embedding's W is (vocabulary, width) and a convolution's (out, in · kernel). Fused experts carry one pair of factors
each, of one rank: A (experts, r, in) and B (experts, out, r).
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor


@dataclass(frozen=True)
class LoraFactors:
    """The factors of one module, and the scale that multiplies their product (alpha / r, already divided)."""

    A: LazyTensor
    B: LazyTensor
    scale: float = 1.0

    @property
    def rank(self) -> int:
        return self.A.shape[-2]

    @property
    def nbytes(self) -> int:
        return self.A.nbytes + self.B.nbytes
