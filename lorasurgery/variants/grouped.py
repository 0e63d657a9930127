"""Grouped LoRA: a packed projection (Q, K and V in one matrix) of which some parts have factors of
their own.

    ΔW[part g] = scale · B_g @ A_g      for every part g that is adapted, 0 for the others

with A (parts · r, in) and B (parts · out/groups, r), the adapted parts one below the other.

Source: loralib's `MergedLinear` (microsoft/LoRA, 2021), which PEFT had as `enable_lora` until its
version 0.3.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact


@dataclass(frozen=True)
class GroupedFactors:
    """The factors of the adapted parts; `enabled` says of each part, from the top, whether it is adapted."""

    A: LazyTensor
    B: LazyTensor
    enabled: tuple[bool, ...]
    scale: float

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0] // sum(self.enabled) * len(self.enabled), self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        A, B = exact(self.A), exact(self.B)
        height, count = shape[0] // len(self.enabled), sum(self.enabled)
        if B.shape[0] != height * count:
            raise ValueError(f"{B.shape[0]} rows for {count} parts of {height}")
        rank = A.shape[0] // count
        places = [part for part, is_on in enumerate(self.enabled) if is_on]
        terms = [
            Term.of(
                B[i * height : (i + 1) * height], A[i * rank : (i + 1) * rank], self.scale, row=part * height
            )
            for i, part in enumerate(places)
        ]
        return Edit(Sum(tuple(terms)))
