"""The refusals of formats that hold plain LoRA and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.adapter import Adapter
from lorasurgery.text import listed
from lorasurgery.variants.lora import LoraFactors


def beyond_lora(adapter: Adapter, name: str) -> Iterator[str]:
    """Say what of an adapter is not a plain low-rank factor; `name` is the format's in messages."""
    instead = "merge it into its base instead"
    if adapter.replaced:
        yield (
            f"{name} adapters hold low-rank factors only, and this one also replaces "
            f"{listed(sorted(adapter.replaced))}: {instead}."
        )
    if adapter.token_rows:
        yield (
            f"{name} adapters hold low-rank factors only, and this one also replaces rows of "
            f"{listed(sorted(adapter.token_rows))}: {instead}."
        )
    plain = {path: factors for path, factors in adapter.modules.items() if isinstance(factors, LoraFactors)}
    if others := adapter.modules.keys() - plain.keys():
        yield (
            f"{name} adapters are plain LoRA, which those of {listed(sorted(others))} are not: convert "
            "them to lora first."
        )
    if biased := [path for path, factors in plain.items() if factors.bias is not None]:
        yield f"{name} adapters have no biases, as this one has for {listed(sorted(biased))}: {instead}."
