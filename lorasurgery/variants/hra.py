"""HRA: W' = W · Π (I − 2 u uᵀ / ‖u‖²), a chain of r reflections.

The vectors u are the columns of a matrix (in · kernel, r).

With Gram-Schmidt (`orthogonal`) the vectors are made orthonormal first, q_1 … q_r, and W' = W (I −
2 Σ q qᵀ).

Source: Yuan et al., "Bridging The Gap between Low-rank and Orthogonal Adaptation via Householder
Reflection Adaptation", 2024, arXiv 2405.17484.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class HraFactors:
    """The vectors (in · kernel, r), and whether they are made orthonormal before they reflect."""

    u: LazyTensor
    orthogonal: bool

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        vectors = list(exact(self.u).double().T)
        units = _orthonormal(vectors) if self.orthogonal else [u / u.norm() for u in vectors]
        return Edit(Function(lambda W: _reflected(W, units)))


def _reflected(W: Tensor, units: list[Tensor]) -> Tensor:
    # For orthonormal vectors the product of the reflections is the sum.
    for u in units:
        W = W - 2 * (W @ u)[:, None] * u
    return W


def _orthonormal(vectors: list[Tensor]) -> list[Tensor]:
    """Orthonormalise by Gram-Schmidt, one vector after the other as in PEFT, which decides nearly
    dependent ones.
    """
    units: list[Tensor] = []
    for u in vectors:
        for unit in units:
            u = u - (unit @ u) * unit
        units.append(u / u.norm())
    return units
