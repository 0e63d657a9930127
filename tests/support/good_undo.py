"""Merged models of every kind that an undo record has, and what is to come of them when they are damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from lorasurgery.errors import SurgeryError
from support import quantised_forms
from support.good_deltas import files_in

# Bases that stay quantised; rows of AWQ's tensors of codes are no rows of the matrix.
CODES = ("bitsandbytes nf4, nested", "awq", "compressed-tensors int8")


def _base(folder: Path, dtype: torch.dtype) -> dict[str, Tensor]:
    draws = torch.Generator().manual_seed(0)
    names = ("layers.0.up.weight", "layers.0.down.weight")
    base = {name: torch.randn(8, 6, generator=draws).to(dtype) for name in names}
    base["norm.weight"] = torch.ones(6)
    folder.mkdir(parents=True)
    save_file(base, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text('{"model_type": "unknown"}')
    return {name: base[name] for name in names}


def _adapter(folder: Path, names: list[str], seed: int, more: dict[str, Tensor], **settings: object) -> None:
    draws, tensors = torch.Generator().manual_seed(seed), dict(more)
    for name in names:
        module = f"base_model.model.{name.removesuffix('.weight')}"
        tensors[f"{module}.lora_A.weight"] = torch.randn(2, 6, generator=draws)
        tensors[f"{module}.lora_B.weight"] = torch.randn(8, 2, generator=draws)
    folder.mkdir()
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["up", "down"], **settings}
    (folder / "adapter_config.json").write_text(json.dumps(config))


def good_undone(folder: Path) -> list[Path]:
    """Models that were merged once or twice, of numbers and of codes, each with the model before."""
    from lorasurgery import merge

    head = "base_model.model.norm.weight"
    gains = {
        f"base_model.model.layers.0.{name}.lora_magnitude_vector": torch.ones(8) for name in ("up", "down")
    }
    forms: dict[str, tuple[torch.dtype, dict[str, Tensor], dict[str, object]]] = {
        "twice": (torch.bfloat16, {}, {}),
        "gain": (torch.float16, gains, {"use_dora": True}),
        "whole": (torch.float32, {head: torch.zeros(6)}, {"modules_to_save": ["norm"]}),
        "float8": (torch.float8_e5m2, {}, {}),
    }
    for name, (dtype, more, settings) in forms.items():
        names = list(_base(folder / name / "base", dtype))
        _adapter(folder / name / "adapter", names, 1, more, **settings)
        merge(folder / name / "base", [folder / name / "adapter"], folder / name / "merged")
    (folder / "twice" / "merged").rename(folder / "twice" / "once")
    shutil.rmtree(folder / "twice" / "base")
    (folder / "twice" / "once").rename(folder / "twice" / "base")
    _adapter(folder / "twice" / "other", ["layers.0.up.weight"], 2, {}, target_modules=["up"])
    merge(folder / "twice" / "base", [folder / "twice" / "other"], folder / "twice" / "merged")
    for form in CODES:
        own = folder / form
        own.mkdir()
        quantised_forms.lora(own / "adapter", quantised_forms.write(own / "base", form).shape, rank=1)
        merge(own / "base", own / "adapter", own / "merged", requantise=True)
    found = [
        path
        for name in ("undo.json", "undo.json", "undo.tensors", "undo.tensors", "model.safetensors")
        for path in sorted(folder.glob(f"*/merged/{name}"))
    ]
    return found + sorted(folder.glob("*/merged/config.json"))


def unmerge_whole(folder: Path) -> None:
    """Undo a merge: what comes of it is the model before, byte for byte, or nothing and a line."""
    from lorasurgery import unmerge

    output = folder / "undone"
    try:
        unmerge(folder / "merged", output)
        weights = "model.safetensors"
        assert files_in(output)[weights] == files_in(folder / "base")[weights], "other numbers"
    except SurgeryError:
        assert not output.exists()
        raise
    finally:
        shutil.rmtree(output, ignore_errors=True)
