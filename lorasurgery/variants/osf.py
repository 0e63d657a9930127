"""OSF: W' = W + U diag(s) V − U₀ diag(s₀) V₀.

The second product is made of the smallest singular values of W.

U (out, n), s (n) and V (n, in) are trained and stored; where they began, U₀, s₀ and V₀, follows
from W. That product does not depend on the signs of singular vectors; it is certain as far as the
last value kept and the first left are apart.

Source: Nayak et al., "Sculpting Subspaces: Constrained Full Fine-Tuning in LLMs for Continual
Learning", 2025, arXiv 2504.07097.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class OsfFactors:
    """What has become of the part of W with the smallest singular values."""

    U: LazyTensor
    s: LazyTensor
    V: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        left, V = exact(self.U).double() * exact(self.s).double(), exact(self.V).double()
        return Edit(Function(lambda W: W + left @ V - _smallest(W, len(V))))


def _smallest(W: Tensor, count: int) -> Tensor:
    import torch

    U, s, V = torch.linalg.svd(W, full_matrices=False)
    first = len(s) - count
    product: Tensor = (U[:, first:] * s[first:]) @ V[first:]
    return product
