"""BOFT as LyCORIS has it: W' = s ∘ (B_m · … · B_1 · W), with B_i = P_iᵀ R_i P_i and s a gain per row.

The blocks of R_i are those of LyCORIS's OFT (`lycoris_oft`), made of stored S (m, blocks, b, b), whose
limit is one of all stages together. P_i deals the rows: in each 2ⁱ⁻¹ · b of them, the two halves in
turns. A weight other than 1 applies to each stage in LyCORIS, and to the result as well in ComfyUI;
so it has none here. PEFT's BOFT (`boft`) rotates the inputs instead.

Source: LyCORIS 4.1.3, `functional/boft.py`; Liu et al., 2023, arXiv 2311.06243.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact
from lorasurgery.variants.lycoris_oft import rotation
from lorasurgery.variants.oft import times_blocks

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class LycorisBoftFactors:
    """The S (stages, blocks, b, b), the gains s (out) if there are any, and the limit α of the norm, or 0."""

    has_strength: ClassVar[bool] = False

    stages: LazyTensor
    gains: LazyTensor | None = None
    limit: float = 0.0

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        rotations = rotation(exact(self.stages).double(), self.limit * shape[0])
        gains = 1.0 if self.gains is None else exact(self.gains).double().reshape(-1, 1)
        return Edit(Function(lambda W: gains * _rotated(W, rotations)))


def _rotated(W: Tensor, rotations: Tensor) -> Tensor:
    for index, blocks in enumerate(rotations):
        order = _dealt(len(W), blocks.shape[-1] // 2 << index)
        W = times_blocks(W[order].mT, blocks.mT).mT[order.argsort()]
    return W


def _dealt(rows: int, half: int) -> Tensor:
    """Where each row of a stage comes from: of two halves in turns."""
    import torch

    return torch.arange(rows).reshape(-1, 2, half).transpose(1, 2).flatten()
