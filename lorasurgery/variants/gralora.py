"""GraLoRA: W is cut into k × k blocks, each with factors of its own, of rank r / k.

If `hybrid_r` > 0, LoRA's product over all of W is added.

    ΔW[block j, n] = scale · B_j[rows n]ᵀ @ A_n[columns j]ᵀ      with A (k, in / k, r), B (k, r, out / k)

where the r columns of A_n, and the r rows of B_j, fall into k parts of r / k.

Source: Jung et al., "GraLoRA: Granular Low-Rank Adaptation for Parameter-Efficient Fine-Tuning",
2025, arXiv 2505.20355.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact


@dataclass(frozen=True)
class GraloraFactors:
    """The blocks' factors, and those for the `whole` of W: (hybrid_r, in) and (out, hybrid_r)."""

    A: LazyTensor
    B: LazyTensor
    scale: float
    whole: tuple[LazyTensor, LazyTensor] | None = None

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0] * self.B.shape[2], self.A.shape[0] * self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        terms = self._blocks()
        if self.whole is not None:
            A, B = map(exact, self.whole)
            terms.append(Term.of(B, A, self.scale))
        return Edit(Sum(tuple(terms)))

    def _blocks(self) -> list[Term]:
        A, B = exact(self.A), exact(self.B)
        count, width, rank = A.shape
        height, part = B.shape[2], rank // count
        return [
            Term.of(
                B[j, n * part : (n + 1) * part].T,
                A[n, :, j * part : (j + 1) * part].T,
                self.scale,
                row=j * height,
                column=n * width,
            )
            for j in range(count)
            for n in range(count)
        ]
