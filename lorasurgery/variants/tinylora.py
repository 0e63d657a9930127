"""TinyLoRA: ΔW = B (Σ_i v_i P_i) A, where only v (u) is trained.

A (r, in) and B (out, r) come from the SVD of W, and P (u, r, r) is random.

A, B and P are stored for each module. The vectors v are shared by neighbours in the model
(`weight_tying`), and no tensor says by which: module number i takes vector min(i // n, last), n
modules to a vector. But P was drawn from the seed plus that number i, so that drawing it again for
every i shows which i it is.

Source: Morris et al., "Learning to Reason in 13 Parameters", 2026, arXiv 2602.04118.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, Term, exact

if TYPE_CHECKING:
    from torch import Tensor

# How far a drawn number may be from the stored one, in standard deviations: bfloat16 keeps eight
# bits.
SAME_DRAW = 0.05


@dataclass(frozen=True)
class TinyloraFactors:
    """A module's matrices, all vectors of the adapter, and what says which of them it takes."""

    A: LazyTensor
    B: LazyTensor
    P: LazyTensor
    vectors: tuple[LazyTensor, ...]
    seed: int
    modules: int

    @property
    def shape(self) -> Shape:
        """(out, in · kernel)."""
        return (self.B.shape[0], self.A.shape[1])

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`.

        Raises:
            UnsupportedError: P is none of those that the seed gives.
        """
        import torch

        P = exact(self.P)
        v = exact(self.vectors[self._vector(P)])
        R = torch.einsum("i,ijk->jk", v.double(), P.double())
        return Edit(Sum((Term.of(exact(self.B).double() @ R, exact(self.A)),)))

    def _vector(self, P: Tensor) -> int:
        last = len(self.vectors) - 1
        if last == 0:
            return 0
        together = max(1, self.modules // len(self.vectors))
        return min(_drawn_as(P, self.seed, self.modules) // together, last)


def _drawn_as(P: Tensor, seed: int, count: int) -> int:
    """Return the index i for which P is what the seed plus i gives, among the first `count`."""
    deviation = P.shape[-1] ** -0.5
    distances = [float((P - _draw(P.shape, deviation, seed + i)).abs().max()) for i in range(count)]
    best = min(range(count), key=distances.__getitem__)
    if distances[best] > SAME_DRAW * deviation:
        raise UnsupportedError(
            f"The adapter's matrices P are not those that this torch draws from the seed {seed}, "
            "so that it is not "
            "known which of its vectors belongs to which module. Merge it with PEFT; or train "
            "with weight_tying=1.0."
        )
    return best


def _draw(shape: Shape, deviation: float, seed: int) -> Tensor:
    import torch

    return torch.normal(0.0, deviation, size=shape, generator=torch.Generator().manual_seed(seed))
