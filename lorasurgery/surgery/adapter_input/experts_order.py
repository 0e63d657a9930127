"""The order in which adapters pack the factors of fused experts, where the user says it (`--experts-order`; see `formats.peft.experts`)."""

from __future__ import annotations

from collections.abc import Iterable

from lorasurgery.adapter import Adapter
from lorasurgery.errors import UnsupportedError
from lorasurgery.variants.lora import LoraFactors


def refuse_unused_order(order: str | None, adapters: Iterable[Adapter]) -> None:
    """Refuse an order that no adapter has a use for.

    Raises:
        UnsupportedError: none of them is PEFT's and has factors for fused experts.
    """
    if order is not None and not any(map(_has_fused_experts, adapters)):
        raise UnsupportedError(
            "--experts-order is for PEFT's adapters on fused experts (target_parameters), and there is none here; leave it out."
        )


def _has_fused_experts(adapter: Adapter) -> bool:
    is_of_peft = adapter.source is not None and adapter.source.format == "peft"
    fused = (isinstance(each, LoraFactors) and len(each.A.shape) == 3 for each in adapter.modules.values())
    return is_of_peft and any(fused)
