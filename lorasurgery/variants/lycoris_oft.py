"""OFT as LyCORIS and sd-scripts have it: W' = s ∘ (Rᵀ W), R block-diagonal and s a gain per row.

Each block is R = (I + Q)(I − Q)⁻¹ with Q = S − Sᵀ of a stored S (b, b); where ‖Q‖_F of all blocks
together exceeds α · out, and α is not 0, Q is scaled down to it. For Flux, sd-scripts has a stack of
blocks for each part of a packed projection, with a limit of its own. An adapter's weight w gives
W + w (W' − W); LyCORIS leaves the gains whole at any w, and ComfyUI reads none and takes α for the
limit. PEFT's OFT (`oft`) rotates the inputs instead.

Source: LyCORIS 4.1.3, `modules/diag_oft.py`; `networks/oft.py` and `oft_flux.py` of kohya-ss/sd-scripts
077f6a4, whose forward pass is the definition (its merge joins the parts along the wrong axis); Qiu et
al., 2023, arXiv 2306.07280.
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
class LycorisOftFactors:
    """The S (blocks, b, b) of each part from the top, the gains s (out) if there are any, and α or 0."""

    parts: tuple[LazyTensor, ...]
    gains: LazyTensor | None = None
    limit: float = 0.0

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        heights = [each.shape[0] * each.shape[1] for each in self.parts]
        if sum(heights) != shape[0]:
            raise ValueError(f"the blocks rotate {sum(heights)} rows, and there are {shape[0]}")
        rotations = [
            rotation(exact(each).double(), self.limit * height)
            for each, height in zip(self.parts, heights, strict=True)
        ]
        gains = 1.0 if self.gains is None else exact(self.gains).double().reshape(-1, 1)
        return Edit(Function(lambda W: gains * _rotated(W, rotations, heights)))


def rotation(stored: Tensor, most: float) -> Tensor:
    """Return R = (I + Q)(I − Q)⁻¹ of each S of (..., b, b); a `most` that is not 0 bounds ‖Q‖."""
    Q = stored - stored.mT
    norm = float(Q.norm())
    if 0 < most < norm:
        Q = Q * (most / norm)
    return cayley(-Q)


def _rotated(W: Tensor, rotations: list[Tensor], heights: list[int]) -> Tensor:
    """Multiply each part of W from the left by its blocks' Rᵀ."""
    import torch

    parts = zip(torch.split(W, heights), rotations, strict=True)
    return torch.cat([times_blocks(rows.mT, blocks).mT for rows, blocks in parts])
