"""mlx-lm's names of modules, and which of its layers `num_layers` and `keys` select.

Its models keep the names that transformers gave them, with these exceptions; they are the rules of
each model's `sanitize` in mlx-lm 0.32. Fused experts (`experts.gate_up_proj`, two matrices one
below the other) are two modules, each with its own factors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lorasurgery.adapter import Host

# By transformers' `model_type`: what is replaced, by what. The inverse is looked up among all
# modules of a host.
RENAMED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "gpt2": ((r"^transformer\.", "model."),),
    "gpt_neox": (
        (r"^gpt_neox\.layers\.", "model.h."),
        (r"^gpt_neox\.", "model."),
        (r"^(lm_head|embed_out)$", "model.embed_out"),
    ),
    "gptj": ((r"^transformer\.", "model."),),
    "mixtral": ((r"\.mlp\.(gate|experts)(?=\.|$)", r".block_sparse_moe.\1"),),
    "phimoe": (
        (r"\.mlp\.router$", ".block_sparse_moe.gate"),
        (r"\.mlp\.experts\.", ".block_sparse_moe.experts."),
    ),
}
EXPERTS = ((r"\.experts\.(gate_up_proj|down_proj)$", r".switch_mlp.\1"),)
# A language model inside one that sees as well.
INNER_MODEL = (
    (r"^model\.language_model\.", "language_model.model."),
    (r"^lm_head$", "language_model.lm_head"),
)

# transformers stores experts of these transposed, or with their halves interleaved.
TURNED_EXPERTS = ("gpt_oss", "llama4", "llama4_text", "qwen3_vl_moe")

# Names that are the same in both, whatever the model.
COMMON = re.compile(
    r"model\.(layers\.\d+\.(?!.*(switch_mlp|block_sparse_moe|experts)).+|embed_tokens)|lm_head"
)
EMBEDDING = re.compile(r"(.+\.)?(embed_tokens\w*|embed_in|embeddings|word_embeddings|wte|wpe)")
LAYER = re.compile(r"((?:.*?\.)?(?:layers|h)\.)(\d{1,9})\.(.+)")
HALVES = ("gate_proj", "up_proj")


@dataclass(frozen=True)
class MlxSlot:
    """A module of mlx-lm, and which half of our module's rows it holds: 0, 1, or None for all of them."""

    name: str
    half: int | None = None


def slots(path: str, host: Host) -> tuple[MlxSlot, ...]:
    """List the modules of mlx-lm that make up one module of ours."""
    inner = INNER_MODEL if any(name.startswith("model.language_model.") for name in host.modules) else ()
    name = path
    for pattern, new in (*RENAMED.get(model_type(host.config), ()), *inner, *EXPERTS):
        name = re.sub(pattern, new, name)
    owner, _, last = name.rpartition(".")
    if last != "gate_up_proj" or not owner.endswith(".switch_mlp"):
        return (MlxSlot(name),)
    return tuple(MlxSlot(f"{owner}.{each}", half) for half, each in enumerate(HALVES))


def places(host: Host) -> dict[str, tuple[str, int | None]]:
    """Find our module, and the half of its rows, of every module of mlx-lm."""
    paths = sorted({*host.modules, *host.kinds})
    return {slot.name: (path, slot.half) for path in paths for slot in slots(path, host)}


def model_type(config: Mapping[str, Any]) -> str:
    """Return transformers' type of the model; "" without a config."""
    return str(config.get("model_type") or "")


def reach(names: Iterable[str], host: Host) -> tuple[int, list[str]]:
    """Return how many of the last layers hold these modules, and their names.

    A name is that within a layer, or the whole path outside of layers.

    -1 stands for all layers, where their number is unknown.
    """
    found = {name: LAYER.fullmatch(name) for name in names}
    keys = {layer[3] if layer else name for name, layer in found.items()}
    numbers = [int(layer[2]) for layer in found.values() if layer]
    stems = {layer[1] for layer in found.values() if layer}
    depth = _depth(stems, host)
    return (depth - min(numbers, default=depth - 1) if depth else -1), sorted(keys)


def _depth(stems: set[str], host: Host) -> int:
    """Return how many layers the model has, or 0 where unknown.

    `kinds` may be those of the adapted modules alone, which do not show it.
    """
    names = [slot.name for path in host.modules for slot in slots(path, host)]
    layers = [LAYER.fullmatch(name) for name in names]
    numbers = [int(layer[2]) for layer in layers if layer and layer[1] in stems]
    if numbers:
        return max(numbers) + 1
    given = host.config.get("num_hidden_layers") or host.config.get("n_layer")
    return given if isinstance(given, int) else 0
