"""(IA)³: W' = W ∘ l, with a gain l per output (out, 1) or per input (1, in).

A gain per output applies to the bias as well, but where LyCORIS trained it.

Source: Liu et al., "Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context
Learning", 2022, arXiv 2205.05638.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Scaled, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Ia3Factors:
    """The gains, of any shape, of a module's outputs, or of its inputs where it is a feed-forward layer."""

    gains: LazyTensor
    of_inputs: bool
    has_bias_gain: bool = True

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        gains = exact(self.gains).double().flatten()
        if not self.of_inputs:
            outputs = Scaled((), lambda V: gains.reshape(-1, 1))
            return Edit(outputs, outputs if self.has_bias_gain else None)
        by_group = gains.reshape(-1, shape[1]).repeat_interleave(math.prod(shape[2:]), dim=1)
        if len(by_group) == 1:
            return Edit(Scaled((), lambda V: by_group))
        return Edit(Function(lambda W: _grouped(W, by_group)))


def _grouped(W: Tensor, gains: Tensor) -> Tensor:
    """Return the gained weight of a grouped convolution.

    Its rows (out, in / groups · kernel) read different inputs: gains (groups, in / groups ·
    kernel).
    """
    return W * gains.repeat_interleave(len(W) // len(gains), dim=0)
