"""Read mistral-finetune's adapters: `lora.safetensors`, with Mistral's own names of modules.

    layers.3.attention.wq.lora_A.weight              A (r, in)
    layers.3.attention.wq.lora_B.weight              B (out, r)
    layers.3.feed_forward.w1.…                       of a dense model
    layers.3.feed_forward.experts.5.w1.…             of Mixtral
    params.json next to it                           lora: rank, scaling: ΔW = scaling · B @ A

Where there is no `params.json`, the scale is not known: it is given, or 1.

The base is Mistral's own (`consolidated.safetensors`), whose names these are, or one for
transformers. There queries and keys have their rows in another order (`_rotary`), which the rows of
B follow. Source: mistralai/mistral-finetune, `model/lora.py` (8246848), `finetune/checkpointing.py`
(20704b2), `model/transformer.py` (1de7511); huggingface/transformers,
`models/mistral/convert_mistral_weights_to_hf.py` (`permute_for_rope`) and
`models/mixtral/convert_mixtral_weights_to_hf.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.foreign import quoted
from lorasurgery.formats import _state_dict
from lorasurgery.formats._format import Format
from lorasurgery.formats._rotary import deinterleaved, head_width
from lorasurgery.formats._settings import number
from lorasurgery.formats._state_dict import NO_ALPHA, located, misfit, pairs_in
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors

KEY = re.compile(
    r"(?P<module>layers\.\d+\.(?:attention\.w[qkvo]|feed_forward\.(?:experts\.\d+\.)?w[123]))\.(?P<side>lora_[AB]\.weight)"
)
SIDES = ("lora_A.weight", "lora_B.weight")
SETTINGS_FILE = "params.json"
# Mistral's names within a layer -> those of transformers; experts as its files have them.
IN_LAYER = {
    "attention.wq": "self_attn.q_proj",
    "attention.wk": "self_attn.k_proj",
    "attention.wv": "self_attn.v_proj",
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj",
}
LAYER = re.compile(r"layers\.(\d+)\.(.+)")
OF_EXPERT = re.compile(r"layers\.(\d+)\.feed_forward\.(experts\.\d+\.w[123])")
ROTATED = ("attention.wq", "attention.wk")
# What transformers calls the models that mistral-finetune trains.
MODEL_TYPES = ("mistral", "mixtral")

UNRESOLVED = (
    "Its names are Mistral's own, and the rows of its queries and keys are in Mistral's order; only the "
    "base shows whether they stay so (--base)."
)


def recognise(path: Path) -> Path | None:
    """Find the file, or the only one in a folder, where every tensor is a factor of Mistral's modules."""
    return _state_dict.find(path, lambda names: bool(names) and all(KEY.fullmatch(name) for name in names))


def read(path: Path, host: Host | None = None, *, alpha: float | None = None) -> Adapter:
    """Read an adapter: names, shapes and `params.json` only.

    Args:
        alpha: divided by the rank it is the scale, where no `params.json` states it.

    Raises:
        DamagedFileError: half of a pair is missing, or shapes contradict each other or the settings.
        UnsupportedError: a base of another kind, or alpha is given twice.
        AlignmentError: it has factors for modules that the host does not have.
    """
    stored: dict[str, dict[str, LazyTensor]] = {}
    for name, tensor in _state_dict.tensors_in(path).items():
        found = KEY.fullmatch(name)
        if found is None:
            raise UnsupportedError(f"{path} cannot be read because of {name!r}, which is no factor.")
        stored.setdefault(found["module"], {})[found["side"]] = tensor
    scaling = _scaling(path, stored)
    if scaling is not None and alpha is not None:
        raise UnsupportedError(f"{path.parent / SETTINGS_FILE} states the scale; leave out --alpha.")
    factors = {}
    for name, A, B in pairs_in(path, stored, SIDES):
        if A.shape[0] != B.shape[1]:
            raise misfit(path, name, {"lora_A": A, "lora_B": B})
        factors[name] = LoraFactors(A, B, scaling or (1.0 if alpha is None else alpha / A.shape[0]))
    unresolved = [NO_ALPHA] if scaling is None and alpha is None else []
    if host is None:
        unresolved.append(UNRESOLVED)
    modules = factors if host is None else _in_host(path, factors, host)
    return Adapter(
        host=host or Host(modules=()), modules=dict(sorted(modules.items())), unresolved=" ".join(unresolved)
    )


def _scaling(path: Path, stored: Mapping[str, Mapping[str, LazyTensor]]) -> float | None:
    """Return the scale of `params.json`, None where there is none."""
    from lorasurgery.checkpoint.folder import read_json

    file = path.parent / SETTINGS_FILE
    settings = read_json(file).get("lora") if file.is_file() else None
    if not isinstance(settings, Mapping) or settings.get("scaling") is None:
        return None
    ranks = {parts[SIDES[0]].shape[0] for parts in stored.values() if SIDES[0] in parts}
    if settings.get("rank") is not None and any(rank != settings["rank"] for rank in ranks):
        raise DamagedFileError(
            f"{file} says rank {quoted(settings['rank'])}, and {path.name} has factors of rank "
            f"{', '.join(map(str, sorted(ranks)))}."
        )
    return number(file, "lora.scaling", settings["scaling"])


def _in_host(path: Path, factors: Mapping[str, LoraFactors], host: Host) -> dict[str, LoraFactors]:
    """Give the factors the base's names, and the rows the base's order."""
    if all(name in host.module_set for name in factors):
        return dict(factors)
    kind = host.config.get("model_type")
    if kind not in MODEL_TYPES:
        raise UnsupportedError(
            f"{path}: the base is of type {kind!r}, which mistral-finetune does not train; "
            f"{' and '.join(MODEL_TYPES)} are known."
        )
    found = {}
    for name, each in factors.items():
        found[_name(name)] = _in_halves(path, name, each, host) if name.endswith(ROTATED) else each
    plain = [name for name in found if ".experts." not in name]
    spell = located(path, plain, host) if plain else str
    return {spell(name) if ".experts." not in name else name: each for name, each in found.items()}


def _name(name: str) -> str:
    expert = OF_EXPERT.fullmatch(name)
    if expert is not None:
        return f"model.layers.{expert[1]}.block_sparse_moe.{expert[2]}"
    layer = LAYER.fullmatch(name)
    assert layer is not None, f"{name} is not a module of Mistral's"
    return f"model.layers.{layer[1]}.{IN_LAYER[layer[2]]}"


def _in_halves(path: Path, name: str, factors: LoraFactors, host: Host) -> LoraFactors:
    """Put the rows of each head's first half before those of its second half."""
    width, rows = head_width(host), factors.B.shape[0]
    if width is None or width % 2 or rows % width:
        raise AlignmentError(
            f"{path}: {name!r} has {rows} rows, and the base's heads have "
            f"{width or 'a number of rows that its config does not state'}."
        )
    return replace(factors, B=deinterleaved(factors.B, width))


FORMAT = Format(
    name="mistral_finetune",
    recognise=recognise,
    read=read,
    takes=("alpha",),
)
