"""Adapters for the fixtures as mlx-lm has them in its folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from lorasurgery.adapter import Adapter
from lorasurgery.formats import mlx as ours
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors

Q = "model.layers.0.self_attn.q_proj"
V = "model.layers.2.self_attn.v_proj"


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> LazyTensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return LazyTensor.of(0.3 * torch.randn(shape, generator=generator).to(dtype))


def lora(rank: int = 4, out: int = 64, width: int = 64, scale: float = 2.0, **more: Any) -> LoraFactors:
    return LoraFactors(noise(rank, width, **more), noise(out, rank, seed=7, **more), scale)


def dora(rank: int = 4, out: int = 64, width: int = 64) -> DoraFactors:
    return DoraFactors(noise(rank, width), noise(out, rank), noise(out), 2.0)


def written(adapter: Adapter, folder: Path) -> Path:
    assert ours.refusals(adapter) == []
    folder.mkdir()
    ours.write(adapter, folder)
    return folder
