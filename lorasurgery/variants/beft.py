"""BEFT: b' = b + Δb, with Δb (out): only the biases of some projections are trained.

Source: Huang et al., "BEFT: Bias-Efficient Fine-Tuning of Language Models", 2025, arXiv 2509.15974.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape
from lorasurgery.variants.lora import added


@dataclass(frozen=True)
class BeftFactors:
    """What is added to a bias, (1, out)."""

    bias: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        return Edit(bias=added(self.bias, 1.0))
