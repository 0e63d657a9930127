"""BD-LoRA: ΔW = scale · B @ A with one block-diagonal factor, so that a serving engine can shard it.

Stored are the blocks, one under the other: A (r, in / n) beside a full B (out, r), or B (out, r /
n) beside a full A (r, in). Each block gives a product of rank r / n on a band of columns or of
rows.

Source: Wang et al., "Block-Diagonal LoRA for Eliminating Communication Overhead in Tensor Parallel
LoRA Serving", 2025, arXiv 2510.23346.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact
from lorasurgery.variants.lora import added


@dataclass(frozen=True)
class BdloraFactors:
    """The factors as stored; their shapes show which is block-diagonal and how many blocks it has."""

    A: LazyTensor
    B: LazyTensor
    scale: float
    bias: LazyTensor | None = None

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        return Edit(Sum(self._terms(shape)), added(self.bias, self.scale))

    def _terms(self, shape: Shape) -> tuple[Term, ...]:
        A, B = exact(self.A), exact(self.B)
        height, width = len(B), A.shape[1]
        if (blocks := shape[1] // width) > 1:
            pairs = zip(B.chunk(blocks, dim=1), A.chunk(blocks), strict=True)
            return tuple(Term.of(b, a, self.scale, column=i * width) for i, (b, a) in enumerate(pairs))
        blocks = len(A) // B.shape[1]
        pairs = zip(B.chunk(blocks), A.chunk(blocks), strict=True)
        return tuple(Term.of(b, a, self.scale, row=i * height // blocks) for i, (b, a) in enumerate(pairs))
