"""BOFT: W' = s ∘ (W · M_1ᵀ · … · M_mᵀ), with M_i = P_i R_i P_iᵀ.

The R_i are block-diagonal rotations, which a butterfly of permutations P_i mixes.

The blocks of R_i are Cayley transforms (see `oft`) of the skew-symmetric halves of stored matrices
(m, blocks, b, b); s (out) is a gain for each row. P_i sorts half blocks: in each 2ⁱ⁻¹ blocks, those
at even places first.

Source: Liu et al., "Parameter-Efficient Orthogonal Finetuning via Butterfly Factorization", 2023,
arXiv 2311.06243.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact
from lorasurgery.variants.oft import cayley, times_blocks

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class BoftFactors:
    """The matrices (m, blocks, b, b) that become rotations, and the gains of the rows."""

    R: LazyTensor
    s: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        stages = [cayley((stage - stage.mT) / 2).mT for stage in exact(self.R).double()]
        if self.s.numel != shape[0]:
            raise ValueError(f"there are {self.s.numel} gains for {shape[0]} rows")
        gains = exact(self.s).double().reshape(-1, 1)
        return Edit(Function(lambda W: gains * _rotated(W, stages)))


def _rotated(W: Tensor, stages: list[Tensor]) -> Tensor:
    for index, blocks in enumerate(stages):
        order = _butterfly(W.shape[1], blocks.shape[-1], index)
        W = times_blocks(W[:, order.argsort()], blocks)[:, order]
    return W


def _butterfly(width: int, block: int, stage: int) -> Tensor:
    """Where each column of a stage comes from: its half blocks, dealt to the even and the odd ones."""
    import torch

    columns = torch.arange(width)
    if stage == 0:  # each block is its own two halves, which is no change, even where its size is odd
        return columns
    halves = columns.reshape(width // (block << stage), 1 << stage, 2, block // 2)
    return halves.transpose(1, 2).flatten()
