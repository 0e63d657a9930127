"""QA-LoRA: LoRA on inputs averaged over groups of g.

ΔW = scale · in / g² · B @ (each column of A repeated g times).

A is (r, in / g) and B (out, r). The paper chooses the groups of the quantisation, so that the
change would fit the zero points; here it is added to weights that are not quantised.

Source: Xu et al., "QA-LoRA: Quantization-Aware Low-Rank Adaptation of Large Language Models", 2023,
arXiv 2309.14717; PEFT's form, which multiplies the mean of a group by the number of groups.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact
from lorasurgery.variants.lora import added


@dataclass(frozen=True)
class QaloraFactors:
    """The factors as stored; the size of a group follows from A and the width of W."""

    A: LazyTensor
    B: LazyTensor
    scale: float
    bias: LazyTensor | None = None

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        groups = self.A.shape[1]
        size = shape[1] // groups
        # PEFT leaves layers that are not quantised with plain LoRA, without a word.
        scale = self.scale * groups / size if size > 1 else self.scale
        right = exact(self.A).repeat_interleave(size, dim=1)
        return Edit(Sum((Term.of(exact(self.B), right, scale),)), added(self.bias, self.scale))
