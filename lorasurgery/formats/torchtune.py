"""Read torchtune's adapters: one file, `adapter_model.pt` (until 2025 `adapter_0.pt`).

    layers.3.attn.q_proj.lora_a.weight    A (r, in)
    layers.3.attn.q_proj.lora_b.weight    B (out, r)
    layers.3.attn.q_proj.magnitude        DoRA's, one number for each row of W
    layers.3.mlp.experts.lora_gate_a      A of all experts (E, in, r); lora_up_a, lora_down_a
    layers.3.mlp.experts.lora_gate_b      B of all experts (E, r, out)
    adapter_config.json next to it        r, lora_alpha: ΔW = lora_alpha / r · B @ A
    torchtune_config.yaml next to it, or  the recipe: model.lora_rank, model.lora_alpha
    in the folder above

Where neither is there the scale is not known: it is given, or 1.

torchtune rotates neighbouring rows of a head by one angle, and transformers the two halves of
a head; so when it loads a model it interleaves the halves of W_q and W_k, for every kind of model
but Qwen and Phi. The rows of B and of the magnitude follow W, and are put
back: row order[i] of torchtune's is row i of ours. Which kind the model is, and how many rows a
head has, only the base shows. Phi-3 has the three projections in one module, and gate and up in
another: their factors become one pair, in blocks.

Beside this file torchtune writes a copy for PEFT, in which it moves the rows of q and k for every
kind of model, Qwen's as well, and those of no magnitude. Read this file instead. Source: torchtune
0.6.1, `models/convert_weights.py`, `models/*/_convert_weights.py`; of experts
`torchtune/modules/moe/experts.py` (879bb1a: `LoRAGroupedExperts`), read for Qwen3's models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.foreign import quoted
from lorasurgery.formats import _state_dict
from lorasurgery.formats._format import Format
from lorasurgery.formats._rotary import deinterleaved, head_width
from lorasurgery.formats._settings import number, read_yaml
from lorasurgery.formats._state_dict import NO_ALPHA, located, misfit, pairs_in
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import block_diagonal, cat, zeros
from lorasurgery.paths import NO_FILE
from lorasurgery.text import listed
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

KEY = re.compile(r"(.+)\.(lora_a\.weight|lora_b\.weight|magnitude)")
EXPERTS_KEY = re.compile(r"(?P<owner>layers\.\d+\.mlp\.experts)\.lora_(?P<part>gate|up|down)_(?P<side>[ab])")
OF_EXPERT = re.compile(r"layers\.\d+\.mlp\.experts\.\d+\.\w+")
SIDES = ("lora_a.weight", "lora_b.weight")
FILES = re.compile(r"adapter_(model|\d+)\.pt")
CONFIG_FILE = "adapter_config.json"
RECIPE_FILE = "torchtune_config.yaml"

# torchtune's names within a layer -> transformers'.
LAYER = re.compile(r"layers\.(\d+)\.(.+)")
IN_LAYER = {
    "attn.q_proj": "self_attn.q_proj",
    "attn.k_proj": "self_attn.k_proj",
    "attn.v_proj": "self_attn.v_proj",
    "attn.output_proj": "self_attn.o_proj",
    "mlp.w1": "mlp.gate_proj",
    "mlp.w2": "mlp.down_proj",
    "mlp.w3": "mlp.up_proj",
}
HEADS = ("lm_head", "score")
# What Phi-3 has as one module, from the top.
PACKED = {
    "self_attn.qkv_proj": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "mlp.gate_up_proj": ("mlp.gate_proj", "mlp.up_proj"),
}
INTERLEAVED = ("attn.q_proj", "attn.k_proj")

# By transformers' `model_type`: how torchtune has the rows of W_q and W_k.
MODEL_TYPES = {
    **dict.fromkeys(("gemma", "gemma2", "llama", "mistral"), "interleaved"),
    **dict.fromkeys(("phi3", "qwen2", "qwen3", "qwen3_moe"), "as they are"),
}

UNRESOLVED = (
    "Its names are torchtune's own, and the rows of its queries and keys may be in torchtune's order; only "
    "the base shows both "
    "(--base)."
)

Low = LoraFactors | DoraFactors


def recognise(path: Path) -> Path | None:
    """Find the file; or the one in a folder with torchtune's name, unless a copy for PEFT is next to it."""
    if not path.is_dir():
        return _state_dict.find(path, _are_ours)
    try:
        names = {each.name for each in path.iterdir() if each.is_file()}
    except NO_FILE:
        return None
    if {"adapter_model.safetensors", "adapter_model.bin"} & names:
        return None
    files = sorted(filter(FILES.fullmatch, names), key=lambda name: (len(name), name))
    return _state_dict.find(path / files[-1], _are_ours) if files else None


def _are_ours(names: frozenset[str]) -> bool:
    return bool(names) and all(KEY.fullmatch(name) or EXPERTS_KEY.fullmatch(name) for name in names)


def read(path: Path, host: Host | None = None, *, alpha: float | None = None) -> Adapter:
    """Read an adapter: names, shapes and the files of settings only.

    Args:
        alpha: divided by the rank it is the scale, where no file of settings says it.

    Raises:
        DamagedFileError: half of a pair is missing, or shapes contradict each other or the config.
        UnsupportedError: a model of a kind that torchtune does not have, or a tensor that is not a
            factor; or alpha is given twice.
        AlignmentError: it has factors for modules that the host does not have, or rows that do not
            make up the host's heads.
    """
    stored: dict[str, dict[str, LazyTensor]] = {}
    for name, tensor in _experts_apart(path, _state_dict.tensors_in(path)).items():
        found = KEY.fullmatch(name)
        if found is None:
            raise UnsupportedError(
                f"{path} cannot be read because of {name!r}: lora_a, lora_b and magnitude are expected, "
                "and nothing else."
            )
        stored.setdefault(found[1], {})[found[2]] = tensor
    alpha = _alpha(path, stored, alpha)
    factors = {
        name: _factors(path, name, A, B, stored[name].get("magnitude"), alpha)
        for name, A, B in pairs_in(path, stored, SIDES)
    }
    unresolved = [NO_ALPHA] if alpha is None else []
    if host is None:
        unresolved.append(UNRESOLVED)
    modules: Mapping[str, Factors] = factors if host is None else _in_host(path, factors, host)
    return Adapter(
        host=host or Host(modules=()), modules=dict(sorted(modules.items())), unresolved=" ".join(unresolved)
    )


def _experts_apart(path: Path, tensors: Mapping[str, LazyTensor]) -> dict[str, LazyTensor]:
    """Give each expert of stacked factors a module of its own."""
    found: dict[str, LazyTensor] = {}
    for name, tensor in tensors.items():
        match = EXPERTS_KEY.fullmatch(name)
        if match is None:
            found[name] = tensor
        elif len(tensor.shape) != 3:
            raise misfit(path, match["owner"], {name: tensor})
        else:
            ends = f"{match['part']}_proj.lora_{match['side']}.weight"
            found |= {f"{match['owner']}.{i}.{ends}": tensor.item(i).T for i in range(tensor.shape[0])}
    return found


def _alpha(path: Path, stored: Mapping[str, Mapping[str, LazyTensor]], given: float | None) -> float | None:
    """Return the α of the files of settings, or the one that is given."""
    for file, rank, alpha in (_of_config(path), _of_recipe(path)):
        if alpha is None:
            continue
        if given is not None:
            raise UnsupportedError(f"{file} says that lora_alpha is {alpha:g}; leave out --alpha.")
        ranks = {name: parts[SIDES[0]].shape[0] for name, parts in stored.items() if SIDES[0] in parts}
        others = [name for name, each in ranks.items() if rank not in (None, each)]
        if others:
            raise DamagedFileError(
                f"{file} says rank {quoted(rank)}, which the factors of {listed(sorted(others))} in "
                f"{path.name} do not have."
            )
        return alpha
    return given


def _of_config(path: Path) -> tuple[Path, Any, float | None]:
    from lorasurgery.checkpoint.folder import read_json

    file = path.parent / CONFIG_FILE
    config = read_json(file) if file.is_file() else {}
    return file, config.get("r"), _alpha_in(file, config)


def _of_recipe(path: Path) -> tuple[Path, Any, float | None]:
    folder = next((each for each in path.parents[:2] if (each / RECIPE_FILE).is_file()), None)
    file = (folder or path.parent) / RECIPE_FILE
    model = read_yaml(file).get("model") if folder else None
    model = model if isinstance(model, Mapping) else {}
    return file, model.get("lora_rank"), _alpha_in(file, model)


def _alpha_in(file: Path, settings: Mapping[str, Any]) -> float | None:
    alpha = settings.get("lora_alpha")
    return None if alpha is None else number(file, "lora_alpha", alpha)


def _factors(
    path: Path, name: str, A: LazyTensor, B: LazyTensor, magnitude: LazyTensor | None, alpha: float | None
) -> Low:
    rank = A.shape[0]
    if B.shape[1] != rank or (magnitude and magnitude.shape != B.shape[:1]):
        found = {"lora_a": A, "lora_b": B} | ({"magnitude": magnitude} if magnitude else {})
        raise misfit(path, name, found)
    scale = 1.0 if alpha is None else alpha / rank
    return LoraFactors(A, B, scale) if magnitude is None else DoraFactors(A, B, magnitude, scale)


def _in_host(path: Path, factors: Mapping[str, Low], host: Host) -> dict[str, Low]:
    """Give the factors transformers' names, and the rows transformers' order."""
    order = _order_of_rows(path, host)
    found = {}
    for name, each in factors.items():
        is_moved = order == "interleaved" and name.endswith(INTERLEAVED)
        found[_name(name, host)] = _put_back(path, name, each, host) if is_moved else each
    if any(module.endswith(".qkv_proj") for module in host.modules):
        found = _packed(path, found, host)
    spell = located(path, [name for name in found if ".experts." not in name], host)
    return {name if ".experts." in name else spell(name): each for name, each in found.items()}


def _order_of_rows(path: Path, host: Host) -> str:
    kind = str(host.config.get("model_type"))
    if kind not in MODEL_TYPES:
        raise UnsupportedError(
            f"{path}: the base is of type {kind!r}, which torchtune does not have, or whose layout in it "
            "is not known here; "
            f"{', '.join(sorted(MODEL_TYPES))} are."
        )
    return MODEL_TYPES[kind]


def _name(name: str, host: Host) -> str:
    if OF_EXPERT.fullmatch(name):
        return f"model.{name}"
    layer = LAYER.fullmatch(name)
    if layer is not None and layer[2] in IN_LAYER:
        return f"model.layers.{layer[1]}.{IN_LAYER[layer[2]]}"
    return next((head for head in HEADS if head in host.modules), HEADS[0]) if name == "output" else name


def _put_back(path: Path, name: str, factors: Low, host: Host) -> Low:
    """Put the rows of each head's first half before those of its second half."""
    width, rows = head_width(host), factors.B.shape[0]
    if width is None or width % 2 or rows % width:
        raise AlignmentError(
            f"{path}: {name!r} has {rows} rows, and the base's heads have "
            f"{width or 'a number of rows that its config does not state'}."
        )
    B = deinterleaved(factors.B, width)
    if isinstance(factors, DoraFactors):
        magnitude = deinterleaved(factors.magnitude, width)
        return DoraFactors(factors.A, B, magnitude, factors.scale)
    return LoraFactors(factors.A, B, factors.scale)


def _packed(path: Path, factors: Mapping[str, Low], host: Host) -> dict[str, Low]:
    """Join the factors of modules that are one in the base."""
    found = dict(factors)
    for whole, parts in PACKED.items():
        for stem in sorted(
            {name.removesuffix(part) for name in factors for part in parts if name.endswith(part)}
        ):
            given = {part: found.pop(stem + part) for part in parts if stem + part in found}
            found[stem + whole] = _joined(path, stem + whole, parts, given, host)
    return found


def _joined(path: Path, name: str, parts: tuple[str, ...], given: Mapping[str, Low], host: Host) -> Low:
    """Join factors in blocks; a part without factors keeps its rows, which are zeros in B."""
    first = next(iter(given.values()))
    blocks = [
        given[part].B if part in given else zeros((_height(path, part, host), 0), first.B.dtype)
        for part in parts
    ]
    A, B = cat([each.A for each in given.values()]), block_diagonal(blocks)
    magnitudes = [each.magnitude for each in given.values() if isinstance(each, DoraFactors)]
    if not magnitudes:
        return LoraFactors(A, B, first.scale)
    if len(magnitudes) < len(parts):
        raise UnsupportedError(
            f"{path} has DoRA for a part of {name!r} only, and of the others the magnitude is unknown; "
            "merge it with torchtune."
        )
    return DoraFactors(A, B, cat(magnitudes), first.scale)


def _height(path: Path, part: str, host: Host) -> int:
    """Return the rows of a part of a packed module, from the config."""
    width, heads = head_width(host), host.config.get("num_attention_heads")
    if not part.endswith("q_proj"):
        heads = host.config.get("num_key_value_heads") or heads
    rows = host.config.get("intermediate_size")
    if part.startswith("self_attn."):
        rows = heads * width if type(heads) is int and width else None
    if type(rows) is not int:
        raise AlignmentError(f"{path}: the base's config does not state how many rows {part!r} has.")
    return rows


FORMAT = Format(
    name="torchtune",
    recognise=recognise,
    read=read,
    takes=("alpha",),
)
