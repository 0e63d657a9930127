"""OFT: W' = W Rᵀ, with R block-diagonal of small rotations R_i; for an embedding W' = W R.

Each R_i is the Cayley transform (I − Q)(I + Q)⁻¹ of a skew-symmetric Q, of which b (b − 1) / 2
numbers are stored, or the beginning of the series that PEFT takes for it (`terms`): I + 2Q + 2Q² +
… + 2Qⁿ⁻² + Qⁿ⁻¹. With one stored block all blocks share it. COFT first shrinks each Q to a norm of
ε / √blocks.

Source: Qiu et al., "Controlling Text-to-Image Diffusion by Orthogonal Finetuning", 2023, arXiv
2306.07280; the series: Qiu et al., "Orthogonal Finetuning Made Scalable", 2025, arXiv 2506.19847.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class OftFactors:
    """The upper triangles (blocks, b (b − 1) / 2) of the Qs.

    `terms` is the number of terms of the series, or None for the Cayley transform itself; `radius`
    the ε of COFT, or None.
    """

    triangles: LazyTensor
    terms: int | None
    radius: float | None = None
    of_outputs: bool = False

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        Q = _skew(exact(self.triangles).double())
        if self.radius is not None:
            Q = _shrunk(Q, self.radius / math.sqrt(len(Q)))
        R = cayley(Q) if self.terms is None else _series(Q, self.terms)
        blocks = R if self.of_outputs else R.mT
        return Edit(Function(lambda W: times_blocks(W, blocks)))


def times_blocks(W: Tensor, blocks: Tensor) -> Tensor:
    """Return W (out, in) @ block_diag(blocks), with blocks (n, b, b); a single block is repeated."""
    size = blocks.shape[-1]
    return (W.reshape(len(W), -1, 1, size) @ blocks).reshape(W.shape)


def cayley(Q: Tensor) -> Tensor:
    """(I − Q)(I + Q)⁻¹ for each Q of (n, b, b)."""
    import torch

    identity = torch.eye(Q.shape[-1], dtype=Q.dtype)
    R: Tensor = torch.linalg.solve(identity + Q, identity - Q, left=False)
    return R


def _skew(triangles: Tensor) -> Tensor:
    import torch

    size = (1 + math.isqrt(1 + 8 * triangles.shape[1])) // 2
    rows, columns = torch.triu_indices(size, size, 1)
    upper = torch.zeros(len(triangles), size, size, dtype=triangles.dtype)
    upper[:, rows, columns] = triangles
    return upper - upper.mT


def _shrunk(Q: Tensor, radius: float) -> Tensor:
    import torch

    norms = torch.linalg.matrix_norm(Q, keepdim=True)
    return torch.where(norms <= radius, Q, radius * (Q / norms))


def _series(Q: Tensor, terms: int) -> Tensor:
    """Return the first powers of the Neumann series, the last at half weight; PEFT gives 4 terms for 3."""
    import torch

    R = torch.eye(Q.shape[-1], dtype=Q.dtype).expand_as(Q)
    if terms > 1:
        R = R + 2 * Q
    if terms > 2:
        power = Q @ Q
        R = R + 2 * power
        for _ in range(3, terms - 1):
            power = power @ Q
            R = R + 2 * power
        R = R + power @ Q
    return R
