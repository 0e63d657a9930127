"""MiSS: ΔW repeats a few columns along the inputs.

As "bat", every block of W is multiplied by a small matrix, which is also added.

    plain   ΔW[o, i] = M[i mod r, o]                                 M (r, out)
    mini    the same, with M (r, mini) repeated along the outputs
    bat     W'[block b, c] = W[block b, c] (I + M_b) + M_b           M (out / r, r, r), blocks of r × r

Source: Kang and Yin, "MiSS: Revisiting the Trade-off in LoRA with an Efficient Shard-Sharing
Structure", 2024, arXiv 2409.15371.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, Sum, Term, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class MissFactors:
    """M; its shape says which of the three it is."""

    M: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        M = exact(self.M)
        if M.ndim == 3:
            return Edit(Function(lambda W: _multiplied(W, M.double())))
        return Edit(Sum((_repeated(M, *shape),)))


def _repeated(M: Tensor, out: int, width: int) -> Term:
    import torch

    rank, columns = M.shape
    if out % columns:
        raise ValueError(f"{columns} columns for {out} outputs")
    which = torch.arange(width) % rank == torch.arange(rank)[:, None]
    return Term.of(M.T.repeat(out // columns, 1), which.to(M.dtype))


def _multiplied(W: Tensor, M: Tensor) -> Tensor:
    rank = M.shape[1]
    blocks = W.reshape(len(M), rank, -1, rank).transpose(1, 2)  # (out / r, in / r, r, r)
    changed = blocks + blocks @ M[:, None] + M[:, None]
    return changed.transpose(1, 2).reshape(W.shape)
