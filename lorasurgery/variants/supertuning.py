"""Super-Tuning: a sparse ΔW at the largest (or smallest) entries of W; as "Supra" with LoRA's
product added.

    ΔW = scatter(values) + scale · B @ A

The places are stored as positions in W row by row: PEFT can find them again in W
(`save_precomputed_indices=False`), but which of equal magnitudes come first is nowhere written, and
weights in bfloat16 have many of one magnitude.

Source: Super-Tuning, 2026, arXiv 2607.09287 (the number that PEFT gives).
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Dense, Edit, Shape, Sum, Term, exact
from lorasurgery.variants.shira import scattered


@dataclass(frozen=True)
class SupertuningFactors:
    """The numbers (n), their positions (n), and LoRA's factors where there are any."""

    values: LazyTensor
    positions: LazyTensor
    A: LazyTensor | None = None
    B: LazyTensor | None = None
    scale: float = 1.0

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        places = self.positions.read().long()
        sparse = scattered(places // shape[1], places % shape[1], exact(self.values).double(), shape)
        terms: tuple[Term | Dense, ...] = (sparse,)
        if self.A and self.B:
            terms += (Term.of(exact(self.B), exact(self.A), self.scale),)
        return Edit(Sum(terms))
