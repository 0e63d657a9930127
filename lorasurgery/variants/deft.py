"""DEFT: W' = W + Q (scale · R − Lᵀ W): along a few directions, W is replaced by R.

With P (out, r) and R (r, in) trained, Q and L (out, r) are, by the setting `decomposition_method`,

    relu    Q = P, L = max(P, 0)
    qr      Q = L = the orthonormal columns of P, with the signs that Householder's reflections
            (LAPACK) give them

Without R (PEFT's `para`) it is PaRa (arXiv 2406.05641): the directions are taken out and nothing is
put there.

Source: Kumar et al., "DEFT: Decompositional Efficient Fine-Tuning for Text-to-Image Models", 2025,
arXiv 2509.22793.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class DeftFactors:
    """The directions, what replaces W along them (None: nothing), and whether they are
    orthonormalised first.
    """

    P: LazyTensor
    R: LazyTensor | None
    scale: float
    orthonormal: bool

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        import torch

        P = exact(self.P).double()
        Q = torch.linalg.qr(P)[0] if self.orthonormal else P
        L = Q if self.orthonormal else P.clamp(min=0)
        put = exact(self.R).double() * self.scale if self.R else torch.zeros(P.shape[1], shape[1]).double()

        def apply(W: Tensor) -> Tensor:
            return W + Q @ (put - L.T @ W)

        return Edit(Function(apply))
