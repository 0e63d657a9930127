"""Adapters for the fixtures, as GGUF files and as what llama.cpp's own package reads from them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.adapter import Adapter
from lorasurgery.architecture import LOW_RANK, architecture_of
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.formats import gguf as ours
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.host import host_of, module_path
from lorasurgery.variants.lora import LoraFactors
from support.paths import FIXTURES

gguf = pytest.importorskip("gguf", reason="GGUF adapters need the extra gguf")


LLAMA = FIXTURES / "llama-base"  # 4 heads of queries, 2 of keys, 16 rows each
MIXTRAL = FIXTURES / "mixtral-base"
Q = "model.layers.0.self_attn.q_proj"
DOWN = "model.layers.1.mlp.down_proj"
GATE_AND_UP = "model.layers.0.mlp.experts.gate_up_proj"


def noise(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> LazyTensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return LazyTensor.of(torch.randn(shape, generator=generator).to(dtype))


def adapt(base: Path, scale: float = 2.0, rank: int = 3, dtype: torch.dtype = torch.float32) -> Adapter:
    """Factors for every matrix of a base that llama.cpp has adapters for."""
    checkpoint = open_checkpoint(base)
    architecture = architecture_of(checkpoint)
    shared = {*architecture.tied, *architecture.tied.values()}
    modules = {}
    for seed, parameter in enumerate(architecture.parameters.values()):
        if parameter.kind not in LOW_RANK or parameter.name in shared or parameter.module.endswith("wpe"):
            continue
        shape = parameter.shape[::-1] if parameter.kind == "conv1d" else parameter.shape
        A = noise(*shape[:-2], rank, shape[-1], dtype=dtype, seed=seed)
        B = noise(*shape[:-1], rank, dtype=dtype, seed=seed)
        modules[module_path(parameter)] = LoraFactors(A, B, scale)
    return Adapter(host_of(architecture, checkpoint), modules)


def lora(adapter: Adapter, path: str) -> LoraFactors:
    factors = adapter.modules[path]
    assert isinstance(factors, LoraFactors)
    return factors


def only(adapter: Adapter, *paths: str) -> Adapter:
    return dataclasses.replace(adapter, modules={path: adapter.modules[path] for path in paths})


def written(adapter: Adapter, folder: Path) -> Path:
    assert ours.refusals(adapter) == []
    ours.write(adapter, folder / "adapter.gguf")
    return folder / "adapter.gguf"


def tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file as gguf's own reader has it, bfloat16 turned to float32 by the
    package.
    """
    found = {}
    for each in gguf.GGUFReader(path).tensors:
        data = gguf.dequantize(each.data, each.tensor_type) if each.tensor_type.name == "BF16" else each.data
        found[each.name] = torch.from_numpy(np.array(data))
    return found


def interleaved(W: Tensor, width: int) -> Tensor:
    """Row by row, in words.

    Of each head first row, first of the second half, second row, second of the second half, ...
    """
    rows = []
    for head in range(len(W) // width):
        for j in range(width // 2):
            rows += [W[head * width + j], W[head * width + width // 2 + j]]
    return torch.stack(rows)
