"""DoRA: W' = m ∘ V / ‖V‖, with V = W + scale · B @ A.

‖V‖ is the norm of each row of V, or of each column for an embedding.

Source: Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation", 2024, arXiv 2402.09353; PEFT's
form, whose magnitude m (out) belongs to rows. LyCORIS's `dora_scale` may belong to columns and is
not this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Scaled, Shape, Term, exact
from lorasurgery.variants.lora import added

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class DoraFactors:
    """LoRA's factors and the magnitude: one number per row of W, or per column if `by_column`."""

    A: LazyTensor
    B: LazyTensor
    magnitude: LazyTensor
    scale: float
    by_column: bool = False
    bias: LazyTensor | None = None

    @property
    def rank(self) -> int:
        return self.A.shape[0]

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0], self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        terms = (Term.of(exact(self.B), exact(self.A), self.scale),)
        return Edit(
            Scaled(terms, gain_to(self.magnitude, by_column=self.by_column)), added(self.bias, self.scale)
        )


def gain_to(magnitude: LazyTensor, *, by_column: bool) -> Callable[[Tensor], Tensor]:
    """Return the gain that gives V's rows or columns the norms in `magnitude`: (out, 1), or (1, in
    · kernel).
    """
    import torch

    wanted = exact(magnitude).double().flatten()

    def gain(V: Tensor) -> Tensor:
        norms = torch.linalg.vector_norm(V, dim=0 if by_column else 1)
        scaled: Tensor = (wanted / norms).reshape((1, -1) if by_column else (-1, 1))
        return scaled

    return gain
