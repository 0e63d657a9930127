"""A replaced vector: w' = v, the scale of a norm as a control LoRA brings it, whatever it was before.

Source: `FluxLoraLoaderMixin` of diffusers 0.42 (norms beside the LoRA layers); `set_weight` of
ComfyUI's `comfy/lora.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class ReplacedVectorFactors:
    """What a vector becomes, (n, 1).

    Programs replace it whatever the strength of the adapter is, so that it has none.
    """

    value: LazyTensor
    has_strength: ClassVar[bool] = False

    @property
    def shape(self) -> Shape:
        """(n, 1)."""
        return self.value.shape

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        return Edit(Function(self._value))

    def _value(self, before: Tensor) -> Tensor:
        return self.value.read().to(before.dtype)
