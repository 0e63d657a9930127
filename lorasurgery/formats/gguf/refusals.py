"""Refuse modules that llama.cpp lacks, or stores in a way that a change cannot be given to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lorasurgery.adapter import Adapter
from lorasurgery.architecture.llama_cpp.architectures import (
    Heads,
    architecture_of,
    heads_of,
    is_reordered,
    refusal,
    row_order,
)
from lorasurgery.architecture.llama_cpp.tensor_names import GgufSlot, slots
from lorasurgery.text import listed
from lorasurgery.variants.edit import own_shape


def modules_refused(adapter: Adapter) -> Iterator[str]:
    """Give one sentence for each reason, with the modules that it concerns."""
    config = adapter.host.config
    architecture = architecture_of(config)
    if architecture is None:
        yield _no_architecture(config.get("model_type"))
        return
    places = slots(architecture, adapter.modules, config)
    uses = Counter(slot.tensor for found in places.values() for slot in found)
    by_reason: dict[str, list[str]] = {}
    for path in sorted(adapter.modules):
        found = places.get(path, ())
        if any(uses[slot.tensor] > 1 for slot in found):
            by_reason.setdefault("llama.cpp has one tensor for several of them", []).append(path)
        elif (reason := _reason(adapter, architecture, path, found)) is not None:
            by_reason.setdefault(reason, []).append(path)
    for reason, paths in sorted(by_reason.items()):
        yield (
            f"GGUF has no place for {listed(sorted(paths))} ({reason}): merge the adapter into its base "
            "instead."
        )


def _no_architecture(model_type: object) -> str:
    if model_type is None:
        return (
            "GGUF adapters name their model's architecture, which only the base's config states: name the "
            "base (--base)."
        )
    return (
        "The installed package gguf knows no architecture of llama.cpp's for models of type "
        f"{model_type!r}: merge the adapter into its base instead."
    )


def _reason(adapter: Adapter, architecture: str, path: str, places: tuple[GgufSlot, ...]) -> str | None:
    host = adapter.host
    if f"{path}.weight" in {*host.tied, *host.tied.values()}:
        return "llama.cpp has one tensor for a weight that two modules share, and stops at an adapter on it"
    if not places:
        return f"llama.cpp has no tensor for it in a model of architecture {architecture!r}"
    if host.kinds.get(path) == "conv":
        return "llama.cpp applies no adapter to convolutions"
    shape = own_shape(adapter.modules[path])
    for slot in places:
        reason = refusal(architecture, slot.tensor)
        if reason is None and shape is not None:
            reason = _rows_reason(architecture, slot, shape[0], heads_of(host.config))
        if reason is not None:
            return reason
    return None


def _rows_reason(architecture: str, slot: GgufSlot, rows: int, heads: Heads | None) -> str | None:
    """Say why rows of this number cannot be laid out."""
    if slot.half is not None and rows % 2:
        return f"its {rows} rows are no two halves"
    if not is_reordered(architecture, slot.tensor, heads):
        return None
    if heads is None:
        return "llama.cpp sorts its rows by heads, whose number the base's config does not state"
    if row_order(architecture, slot.tensor, rows, heads) is None:
        return f"its {rows} rows are not a whole number of heads of {heads.width} rows"
    return None
