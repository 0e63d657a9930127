"""Bases and plain adapters to merge, and what is in the folders afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft
import torch
from safetensors.torch import load_file

from lorasurgery.checkpoint import open_checkpoint
from support.adapters import add
from support.tiny_models import FAMILIES, built, load

BF16 = torch.bfloat16
Q_AND_V = ["q_proj", "v_proj"]


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def base(tmp_path: Path, family: str = "llama", dtype: torch.dtype = BF16, **saving: Any) -> Path:
    built(FAMILIES[family]).to(dtype).save_pretrained(tmp_path / "base", **saving)
    (tmp_path / "base" / "tokenizer_config.json").write_text("{}")
    (tmp_path / "base" / "1_Pooling").mkdir()
    (tmp_path / "base" / "1_Pooling" / "config.json").write_text("{}")
    return tmp_path / "base"


def adapter(folder: Path, base: Path, family: str = "llama", seed: int = 1, **settings: Any) -> Path:
    """An adapter of plain LoRA on q_proj and v_proj, unless the settings say otherwise."""
    config = peft.LoraConfig(**{"r": 3, "lora_alpha": 4, "target_modules": Q_AND_V, **settings})
    add(load(FAMILIES[family], base, dtype=torch.float32), config, folder, seed)
    return folder


def tensor(folder: Path, name: str) -> torch.Tensor:
    return open_checkpoint(folder).tensors[name].read()


Q = "model.layers.0.self_attn.q_proj"


def delta(folder: Path, module: str = Q) -> torch.Tensor:
    held = load_file(folder / "adapter_model.safetensors")
    A, B = (held[f"base_model.model.{module}.lora_{side}.weight"].double() for side in "AB")
    return B @ A * 4 / 3
