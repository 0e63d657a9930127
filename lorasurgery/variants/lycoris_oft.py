"""OFT as LyCORIS has it: W' = s ∘ (Rᵀ W), with R block-diagonal and s a gain per row.

Each block is R = (I + Q)(I − Q)⁻¹ with Q = S − Sᵀ of a stored S (b, b); where ‖Q‖_F of all blocks
together exceeds α · out, and α is not 0, Q is scaled down to it. An adapter's weight w gives
W + w (W' − W); LyCORIS leaves the gains whole at any w, and ComfyUI reads none and takes α for the
limit. PEFT's OFT (`oft`) rotates the inputs instead.

Source: LyCORIS 4.1.3, `modules/diag_oft.py`; Qiu et al., 2023, arXiv 2306.07280.
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact
from lorasurgery.variants.oft import cayley, times_blocks


@dataclass(frozen=True)
class LycorisOftFactors:
    """The S (blocks, b, b), the gains s (out) if there are any, and the limit α of the norm, or 0."""

    blocks: LazyTensor
    gains: LazyTensor | None = None
    limit: float = 0.0

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        stored = exact(self.blocks).double()
        Q = stored - stored.mT
        norm, most = float(Q.norm()), self.limit * shape[0]
        if 0 < most < norm:
            Q = Q * (most / norm)
        R = cayley(-Q)
        gains = 1.0 if self.gains is None else exact(self.gains).double().reshape(-1, 1)
        return Edit(Function(lambda W: gains * times_blocks(W.mT, R).mT))
