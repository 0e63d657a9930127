"""Adapters that are a file of tensors by name, in all forms: mistral-finetune, wrapped layers, loralib."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from lorasurgery.adapter import Host
from support.good_cases import host, read_for

ATTENTION, EXPERT = "layers.0.attention", "layers.0.feed_forward.experts.1"
SELF = "model.layers.0.self_attn"


def _save(folder: Path, file: str, tensors: Mapping[str, Tensor], settings: Any = None) -> None:
    folder.mkdir()
    save_file({name: each.contiguous().clone() for name, each in tensors.items()}, folder / file)
    if settings is not None:
        (folder / "params.json").write_text(json.dumps(settings))


def _pair(
    name: str, sides: tuple[str, str], out: int = 64, width: int = 64, rank: int = 2
) -> dict[str, Tensor]:
    return {f"{name}.{sides[0]}": torch.ones(rank, width), f"{name}.{sides[1]}": torch.ones(out, rank)}


def good_mistral_forms(folder: Path) -> list[Path]:
    """Adapters with settings and without, of a dense model and of Mixtral."""
    sides = ("lora_A.weight", "lora_B.weight")
    low = _pair(f"{ATTENTION}.wq", sides) | _pair(f"{ATTENTION}.wv", sides)
    file, scale = "x.safetensors", {"dim": 64, "lora": {"rank": 2, "scaling": 2.0}}
    _save(folder / "dense", file, low | _pair("layers.0.feed_forward.w1", sides, 160), scale)
    _save(folder / "experts", file, low | _pair(f"{EXPERT}.w1", sides, 160), scale)
    _save(folder / "without settings", file, low)
    _save(folder / "without a scale", file, low, {"dim": 64, "lora": {}})
    _save(folder / "odd rows", file, _pair(f"{ATTENTION}.wk", sides, 33), scale)
    _save(folder / "another kind", file, low, scale)
    _save(folder / "consolidated", file, low, scale)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def read_mistral_form(folder: Path) -> None:
    """Read an adapter for Mistral as transformers has it, as it is itself, and for another model."""
    kind = {"another kind": "llama", "experts": "mixtral"}.get(folder.name, "mistral")
    model = dataclasses.replace(host(), config={**host().config, "model_type": kind})
    if folder.name == "consolidated":
        model = dataclasses.replace(model, modules=(f"{ATTENTION}.wq", f"{ATTENTION}.wv"))
    read_for(folder / "x.safetensors", model)


def good_wrapped_forms(folder: Path) -> list[Path]:
    """State dicts of wrapped layers, in each arrangement of the factors, with more and with less."""
    weight = {f"{SELF}.v_proj.layer.weight": torch.ones(32, 64)}
    norm = {"model.norm.weight": torch.ones(64), f"{SELF}.rotary_emb.inv_freq": torch.ones(4)}
    shapes = {
        "as Hu": ((2, 64), (32, 2)),
        "as multiplied": ((64, 2), (2, 32)),
        "in order": ((32, 2), (2, 64)),
        "in order, transposed": ((2, 32), (64, 2)),
        "none": ((3, 5), (5, 3)),
    }
    for name, (a, b) in shapes.items():
        factors = {f"{SELF}.v_proj.A": torch.ones(a), f"{SELF}.v_proj.B": torch.ones(b)}
        _save(folder / name, "x.safetensors", weight | factors | norm)
    square = {f"{SELF}.q_proj.layer.weight": torch.ones(64, 64)}
    square |= {f"{SELF}.q_proj.A": torch.ones(64, 2), f"{SELF}.q_proj.B": torch.ones(2, 64)}
    first = {f"{SELF}.v_proj.A": torch.ones(2, 64), f"{SELF}.v_proj.B": torch.ones(32, 2)}
    _save(folder / "square", "x.safetensors", square | norm)
    _save(folder / "of two arrangements", "x.safetensors", square | weight | first)
    _save(folder / "with more", "x.safetensors", weight | first | {f"{SELF}.v_proj.gain": torch.ones(1)})
    _save(folder / "lone", "x.safetensors", weight | first | {f"{SELF}.k_proj.A": torch.ones(2, 64)})
    _save(folder / "strangers", "x.safetensors", weight | first | {"other.weight": torch.ones(2)})
    return sorted(folder.rglob("x.safetensors"))


@functools.cache
def host_with_kinds() -> Host:
    """A model with an embedding, convolutions, and a packed projection."""
    names = (f"{SELF}.q_proj", "model.embed_tokens", "conv", "line", "wide", "attn.c_attn")
    kinds = dict.fromkeys(names, "linear") | {"model.embed_tokens": "embedding"}
    kinds |= dict.fromkeys(("conv", "line", "wide"), "conv")
    kernels = {"conv": (3, 3), "line": (1,), "wide": (3, 5)}
    return Host(
        modules=names, kinds=kinds, kernels=kernels, parameters=tuple(f"{name}.weight" for name in names)
    )


def good_loralib_forms(folder: Path) -> list[Path]:
    """State dicts of loralib for layers of each kind, as `torch.save` and as safetensors write them."""
    sides = ("lora_A", "lora_B")
    q = _pair(f"{SELF}.q_proj", sides)
    forms = {
        "linear": q | {"model.norm.bias": torch.ones(4)},
        "packed, two of three": _pair("attn.c_attn", sides, 64, 64, 4)
        | {"attn.c_attn.lora_B": torch.ones(64, 2)},
        "packed, three": _pair("attn.c_attn", sides, 96, 64, 6) | {"attn.c_attn.lora_B": torch.ones(96, 2)},
        "embedding": _pair("model.embed_tokens", sides, 64, 8),
        "convolution": _pair("conv", sides, 12, 9, 6),
        "line": _pair("line", sides, 4, 3, 2),
        "wide": _pair("wide", sides, 12, 9, 6),
        "whole model": q | {f"{SELF}.q_proj.weight": torch.ones(64, 64)},
    }
    for name, tensors in forms.items():
        _save(folder / name, "x.safetensors", tensors)
    torch.save(forms["linear"], folder / "linear" / "x.pt")
    (folder / "linear" / "x.safetensors").unlink()
    return sorted(path for path in folder.rglob("*") if path.is_file())


def read_one_file(model: Callable[[], Host]) -> Callable[[Path], None]:
    """Read the only file of a folder, alone and for a model."""
    return lambda folder: read_for(next(path for path in sorted(folder.iterdir())), model())
