"""Checkpoints of one Linear as the formats' own packages quantised it, and adapters of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from support.paths import FIXTURES

MADE = FIXTURES / "quantised.safetensors"


@cache
def configs() -> dict[str, dict[str, Any]]:
    with safe_open(MADE, "pt") as file:
        found: dict[str, dict[str, Any]] = json.loads(file.metadata()["configs"])
    return found


@cache
def headers() -> dict[str, dict[str, str]]:
    with safe_open(MADE, "pt") as file:
        found: dict[str, dict[str, str]] = json.loads(file.metadata()["headers"])
    return found


@cache
def made() -> dict[str, Tensor]:
    return load_file(MADE)


def write(folder: Path, form: str, module: str = "m") -> Tensor:
    """Write a checkpoint of one quantised Linear, and give its weight as the package dequantises
    it.
    """
    folder.mkdir()
    tensors = {
        name.replace(f"{form}/m.", f"{module}."): each
        for name, each in made().items()
        if name.startswith(f"{form}/m.")
    }
    said = {"format": "pt", **headers().get(form, {})}
    save_file(tensors | {"norm.weight": torch.ones(4)}, folder / "model.safetensors", said)
    config = {"model_type": "unknown", "quantization_config": configs()[form]}
    (folder / "config.json").write_text(json.dumps(config))
    return made()[f"{form}/expected"]


def lora(folder: Path, shape: torch.Size, module: str = "m", rank: int = 2) -> Tensor:
    """Write a LoRA for a module, and give its ΔW in float64."""
    generator = torch.Generator().manual_seed(3)
    A, B = (torch.randn(size, generator=generator) * 0.05 for size in ((rank, shape[1]), (shape[0], rank)))
    folder.mkdir()
    path = f"base_model.model.{module}"
    factors = {f"{path}.lora_A.weight": A, f"{path}.lora_B.weight": B}
    save_file(factors, folder / "adapter_model.safetensors", {"format": "pt"})
    settings = {"peft_type": "LORA", "r": rank, "lora_alpha": rank, "target_modules": [module]}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    return B.double() @ A.double()
