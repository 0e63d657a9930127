"""llama.cpp's names of modules' matrices, and the modules of its tensors, by the package `gguf`.

Fused experts (`experts.gate_up_proj`, two matrices one below the other) are two tensors there,
`ffn_gate_exps` and `ffn_up_exps`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.architecture.llama_cpp.architectures import text_config

if TYPE_CHECKING:
    from gguf import TensorNameMap

NUMBER = re.compile(r"\.(\d+)\.")

# Parts of a run-time path that a converter takes out: the language model inside one that sees or
# hears as well.
INNER_MODELS = ("thinker.", "language_model.", "text_model.")
# Names of a model inside the class with a head, which the tables do not have.
OUTER_NAMES = ("bert.", "distilbert.", "roberta.", "model.")

# What a decoder's layer is made of in transformers, for adapters that are read without their base.
LAYER = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
EXPERTS = {
    "ffn_gate_inp": "mlp.gate",
    "ffn_gate_exps": "mlp.experts.gate_up_proj",
    "ffn_up_exps": "mlp.experts.gate_up_proj",
    "ffn_down_exps": "mlp.experts.down_proj",
}
PACKED_LAYER = {
    "attn_qkv": "self_attn.qkv_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_up": "mlp.gate_up_proj",
    "ffn_down": "mlp.down_proj",
}
PLAIN = (
    "arcee command-r cohere2 gemma gemma2 granite hunyuan-dense minicpm nemotron olmo olmo2 qwen2 qwen3 "
    "seed_oss smollm3"
    " stablelm"
)
WITH_EXPERTS = "glm4moe hunyuan-moe llama minimax-m2 olmoe qwen2moe qwen3moe"
LAYERS = {
    **dict.fromkeys(PLAIN.split(), LAYER),
    **dict.fromkeys(WITH_EXPERTS.split(), LAYER | EXPERTS),
    "phi3": PACKED_LAYER,
}
TOP = {"token_embd": "model.embed_tokens", "output": "lm_head"}


@dataclass(frozen=True)
class GgufSlot:
    """A tensor of llama.cpp, and which half of a module's rows it holds: 0, 1, or None for all of them."""

    tensor: str
    half: int | None = None


def slots(
    architecture: str, paths: Iterable[str], config: Mapping[str, Any]
) -> dict[str, tuple[GgufSlot, ...]]:
    """Find llama.cpp's tensors for module paths; paths without a tensor are left out."""
    tables = _tables(architecture)
    found = {path: _slots(tables, path, config) for path in paths}
    return {path: tensors for path, tensors in found.items() if tensors}


def path_alone(architecture: str, tensor: str) -> tuple[str, int | None] | None:
    """Find the module, and the half of its rows, of a tensor for which transformers has only one name.

    None where it has several.
    """
    layer = LAYERS.get(architecture)
    name = tensor.removesuffix(".weight")
    if layer is None:
        return None
    if name in TOP:
        return TOP[name], None
    found = re.fullmatch(r"blk\.(\d+)\.(\w+)", name)
    if found is None or found[2] not in layer:
        return None
    half = {"ffn_gate_exps": 0, "ffn_up_exps": 1}.get(found[2])
    return f"model.layers.{found[1]}.{layer[found[2]]}", half


def _tables(architecture: str) -> TensorNameMap:
    """Return the package's tables for a model of one layer.

    In a class of their own: the package writes an architecture's exceptions into the table that all
    architectures share.
    """
    import gguf

    table = dict(gguf.TensorNameMap.block_mappings_cfg)
    own = type("OwnTables", (gguf.TensorNameMap,), {"block_mappings_cfg": table})
    by_name = {name: key for key, name in gguf.MODEL_ARCH_NAMES.items()}
    made: TensorNameMap = own(by_name[architecture], 1)
    return made


def _slots(tables: TensorNameMap, path: str, config: Mapping[str, Any]) -> tuple[GgufSlot, ...]:
    """Find the tensors of one path, whose first number is that of its layer."""
    number = NUMBER.search(path)
    for name in _spellings(NUMBER.sub(".0.", path, count=1), config):
        if found := _in_first_layer(tables, name):
            layer = number[1] if number else "0"
            return tuple(
                GgufSlot(slot.tensor.replace("blk.0.", f"blk.{layer}."), slot.half) for slot in found
            )
    return ()


def _in_first_layer(tables: TensorNameMap, name: str) -> tuple[GgufSlot, ...]:
    # As two first, which is how models are converted unless somebody asks for one
    # (`ffn_gate_up_exps`).
    halves = [tables.get_name(half) for half in _halves(name)]
    if halves and None not in halves:
        return tuple(GgufSlot(f"{tensor}.weight", half) for half, tensor in enumerate(halves))
    whole = tables.get_name(name)
    return () if whole is None else (GgufSlot(f"{whole}.weight"),)


def _halves(name: str) -> tuple[str, ...]:
    """Return the names of the two matrices that a fused matrix stacks, if it is a fused one."""
    owner = name.rpartition(".")[0]
    is_packed = name.endswith((".experts.gate_up_proj", "mlp.input_linear"))
    return (f"{owner}.gate_proj", f"{owner}.up_proj") if is_packed else ()


def _spellings(path: str, config: Mapping[str, Any]) -> Iterator[str]:
    """List the names under which the tables may have a run-time path."""
    name = path.removesuffix(".weight")
    for inner in INNER_MODELS:
        name = name.replace(inner, "")
    name = _granite(name, has_experts=bool(text_config(config).get("num_local_experts")))
    yield name
    yield f"model.{name}"
    yield _nemotron(name)
    for outer in OUTER_NAMES:
        if name.startswith(outer):
            yield name.removeprefix(outer)


def _granite(name: str, *, has_experts: bool) -> str:
    """Rename Granite's experts and shared MLP (its only MLP without experts) to the names of other models."""
    if ".shared_mlp." not in name or ".mlp.shared_mlp." in name:
        return name.replace(".block_sparse_moe.experts.", ".mlp.experts.")
    shared = name.replace(".shared_mlp.", ".mlp.shared_mlp." if has_experts else ".mlp.")
    return shared.replace(".output_linear", ".down_proj")


def _nemotron(name: str) -> str:
    """Rename Nemotron-H's layers and experts from transformers' names to those of the tables (`backbone`)."""
    if ".mixer.experts." in name:
        return name.replace(".mixer.experts.", ".mlp.experts.")
    return name.replace("model.layers.", "backbone.layers.", 1) if ".mixer." in name else name
