"""Add factors of zeros for modules that a server wants next to others, so that nothing changes.

SGLang packs `q_proj`, `k_proj` and `v_proj` and looks for the last next to the first; vLLM wants factors
for all parts of all experts of a layer, or for none; LoRAX for a kind of layer in all layers, or in none.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy_join import zeros
from lorasurgery.surgery.conversion.runtime_profiles import Profile
from lorasurgery.text import counted
from lorasurgery.variants.lora import LoraFactors

QUERIES, VALUES = "q_proj", "v_proj"
LAYER = re.compile(r"(?P<owner>.+\.)(?P<number>\d+)\.(?P<kind>[a-z]\w*\.\w+)")
EXPERT = re.compile(r"(?P<layer>.+\.experts)\.(?P<number>\d+)\.(?P<part>.+)")
# The parts of an expert, and which of them have the shape of another one turned round.
PARTS: Mapping[str, tuple[str, ...]] = {
    "gate_proj": ("gate_proj", "up_proj", "down_proj"),
    "w1": ("w1", "w3", "w2"),
}


def with_partners(adapter: Adapter, profile: Profile, base: Checkpoint | None) -> tuple[Adapter, list[str]]:
    """The adapter with factors of zeros where the runtime wants some, and what was added."""
    found: dict[str, LoraFactors] = {}
    if profile.name == "sglang" and base is not None:
        found |= _values(adapter, base)
    if profile.name == "lorax" and base is not None:
        found |= _layers(adapter, base)
    if profile.name == "vllm":
        found |= _experts(adapter)
    if not found:
        return adapter, []
    first = min(found)
    modules = counted(len(found), "module")
    note = f"zeros were added for {modules} that {profile.name} wants next to others ({first!r})"
    return dataclasses.replace(adapter, modules=dict(sorted({**adapter.modules, **found}.items()))), [note]


def _values(adapter: Adapter, base: Checkpoint) -> Iterator[tuple[str, LoraFactors]]:
    shapes = {name.removesuffix(".weight"): tensor.shape for name, tensor in base.tensors.items()}
    for path, factors in adapter.modules.items():
        partner = path.removesuffix(QUERIES) + VALUES
        if (
            path.endswith(f".{QUERIES}")
            and partner not in adapter.modules
            and isinstance(factors, LoraFactors)
        ):
            shape = shapes.get(partner, ())
            if len(shape) == 2 and shape[1] == factors.A.shape[-1]:
                yield partner, _zeros(factors, shape[0], shape[1])


def _layers(adapter: Adapter, base: Checkpoint) -> Iterator[tuple[str, LoraFactors]]:
    numbered = [match for name in base.tensors if (match := LAYER.fullmatch(name.removesuffix(".weight")))]
    for path, factors in adapter.modules.items():
        own = LAYER.fullmatch(path)
        if own is None or not isinstance(factors, LoraFactors) or len(factors.A.shape) != 2:
            continue
        for match in numbered:
            alike = (match["owner"], match["kind"]) == (own["owner"], own["kind"])
            if alike and match[0] not in adapter.modules:
                yield match[0], _zeros(factors, factors.B.shape[0], factors.A.shape[1])


def _experts(adapter: Adapter) -> Iterator[tuple[str, LoraFactors]]:
    by_layer: dict[str, dict[tuple[int, str], LoraFactors]] = {}
    for path, factors in adapter.modules.items():
        match = EXPERT.fullmatch(path)
        if match is not None and isinstance(factors, LoraFactors):
            by_layer.setdefault(match["layer"], {})[int(match["number"]), match["part"]] = factors
    for layer, held in by_layer.items():
        names = next((parts for parts in PARTS.values() if any(part in parts for _, part in held)), ())
        like = next(iter(held.items()))
        (_, part), factors = like
        out, width = factors.B.shape[0], factors.A.shape[1]
        inner, outer = (width, out) if names and part == names[-1] else (out, width)
        count = _count(adapter, layer, held)
        for number in range(count):
            for name in names:
                if (number, name) not in held:
                    shape = (outer, inner) if name == names[-1] else (inner, outer)
                    yield f"{layer}.{number}.{name}", _zeros(factors, *shape)


def _count(adapter: Adapter, layer: str, held: Mapping[tuple[int, str], LoraFactors]) -> int:
    """The number of a layer's experts: what the host says of them, or the largest number there is."""
    known = [count for name, count in adapter.host.experts.items() if name.startswith(f"{layer}.")]
    return max([*known, *(1 + number for number, _ in held)])


def _zeros(like: LoraFactors, out: int, width: int) -> LoraFactors:
    A, B = zeros((like.rank, width), like.A.dtype), zeros((out, like.rank), like.B.dtype)
    return LoraFactors(A, B, like.scale)
