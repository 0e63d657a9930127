"""Adapters that PEFT makes on tiny models, every trained tensor random, and the models that PEFT
merges them into.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peft
import torch
from safetensors.torch import load_file
from torch import Tensor

from support.tiny_models import Family, built


@dataclass(frozen=True)
class Made:
    """The base's folder, the adapter's, and the run-time tensors after PEFT's merge."""

    base: Path
    adapter: Path
    merged: dict[str, Tensor]


def adapt(
    family: Family,
    config: peft.PeftConfig,
    folder: Path,
    dtype: torch.dtype = torch.float64,
    seed: int = 3,
    *,
    autocast: bool = False,
) -> Made:
    """Save a base of that dtype and an adapter on it, and let PEFT merge.

    Args:
        autocast: PEFT's default of float32 factors on a model of half precision.
    """
    model: Any = built(family).to(dtype)
    model.save_pretrained(folder / "base")
    adapted = add(model, config, folder / "adapter", seed, autocast=autocast)
    merged = adapted.merge_and_unload().state_dict()
    return Made(
        folder / "base", folder / "adapter", {name: tensor.clone() for name, tensor in merged.items()}
    )


def add(model: Any, config: peft.PeftConfig, folder: Path, seed: int = 3, *, autocast: bool = False) -> Any:
    """Put an adapter on a model in memory, fill it with noise, save it."""
    dtype = next(model.parameters()).dtype
    adapted: Any = peft.get_peft_model(model, config, autocast_adapter_dtype=autocast)
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if parameter.requires_grad and "ranknum" not in name:
                if not autocast:
                    parameter.data = parameter.data.to(dtype)
                parameter.add_(0.05 * torch.randn_like(parameter))
    adapted.save_pretrained(folder)
    return adapted


def bits(folder: Path) -> dict[str, bytes]:
    """Every tensor of a folder by its name on disk, with its dtype and shape, as bytes."""
    from lorasurgery.checkpoint import open_checkpoint, tensor_bytes

    return {
        name: str((tensor.dtype, tensor.shape)).encode() + tensor_bytes(tensor.read()).tobytes()
        for name, tensor in open_checkpoint(folder).tensors.items()
    }


def deltas(folder: Path) -> dict[str, Tensor]:
    """ΔW of every module of a plain LoRA folder, by PEFT's own reading of its config."""
    config = peft.LoraConfig.from_pretrained(folder)
    held = load_file(folder / "adapter_model.safetensors")
    found = {}
    for name in held:
        if "lora_A" in name:
            path = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
            A, B = held[name].double(), held[name.replace("lora_A", "lora_B")].double()
            found[path] = _pattern(config.alpha_pattern, path, config.lora_alpha) / len(A) * B @ A
    return found


def _pattern(patterns: dict[str, float], path: str, default: float) -> float:
    from peft.utils.other import get_pattern_key

    return patterns.get(get_pattern_key(patterns.keys(), path), default)
