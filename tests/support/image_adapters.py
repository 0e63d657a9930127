"""What the tests of single files share: their contents, and the plain meaning of a module's factors."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from lorasurgery.adapter import Adapter, Host
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Change, Factors, Scaled, Sum, Term, lazy_tensors
from lorasurgery.variants.lora import LoraFactors

DATA = os.environ.get("LORASURGERY_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="LORASURGERY_DATA is not set")


TINY_UNET: dict[str, Any] = {
    "sample_size": 8,
    "block_out_channels": (8, 16, 16, 16),
    "cross_attention_dim": 12,
    "norm_num_groups": 4,
    "attention_head_dim": 4,
}
TINY_XL: dict[str, Any] = TINY_UNET | {
    "block_out_channels": (8, 16, 16),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 3),
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 32,
    "use_linear_projection": True,
}
TINY_CLIP: dict[str, Any] = {
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "vocab_size": 50,
    "bos_token_id": 0,
    "eos_token_id": 1,
}
TINY_T5: dict[str, Any] = {
    "vocab_size": 20,
    "d_model": 8,
    "d_kv": 4,
    "d_ff": 16,
    "num_layers": 2,
    "num_heads": 2,
}


def factors_of(out: int, width: int, rank: int = 2, *, scale: float = 1.0, seed: int = 0) -> LoraFactors:
    A, B = random(rank, width, seed=seed), random(out, rank, seed=seed + 1)
    return LoraFactors(LazyTensor.of(A), LazyTensor.of(B), scale)


def layers_of(model: nn.Module) -> dict[str, Any]:
    kinds = (nn.Linear, nn.Conv2d)
    return {name: module for name, module in model.named_modules() if isinstance(module, kinds)}


def adapter_for(part: str, model: nn.Module, *, scale: float = 1.0) -> Adapter:
    """Factors for every layer of a part of a pipeline."""
    modules, kernels = {}, {}
    for seed, (name, layer) in enumerate(layers_of(model).items()):
        width = layer.weight[0].numel()
        modules[f"{part}.{name}"] = factors_of(layer.weight.shape[0], width, scale=scale, seed=2 * seed)
        if layer.weight.dim() == 4:
            kernels[f"{part}.{name}"] = tuple(layer.weight.shape[2:])
    return Adapter(Host(modules=(), kernels=kernels), modules)


def lora(name: str, out: int = 4, width: int = 6) -> dict[str, Tensor]:
    return {f"{name}.lora_down.weight": random(2, width), f"{name}.lora_up.weight": random(out, 2, seed=1)}


def data(name: str) -> Path:
    return Path(str(DATA)) / "adapters" / name


def random(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def saved(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> Path:
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata)
    return path


def written(form: ModuleType, adapter: Adapter, path: Path) -> Path:
    """The adapter in a format that can hold all of it."""
    assert form.refusals(adapter) == []
    form.write(adapter, path)
    return path


def changed(factors: Factors, W: Tensor) -> Tensor:
    """W' of a weight (out, in, *kernel) in float64."""
    return _applied(factors.edit(tuple(W.shape)).weight, W.double().flatten(1)).reshape(W.shape)


def changed_bias(factors: Factors, bias: Tensor, shape: Iterable[int]) -> Tensor:
    return _applied(factors.edit(tuple(shape)).bias, bias.double().reshape(-1, 1)).flatten()


def _applied(change: Change | None, W: Tensor) -> Tensor:
    if change is None:
        return W
    assert isinstance(change, Sum | Scaled), change
    V = W.clone()
    for term in change.terms:
        if isinstance(term, Term):
            left, right = term.tensors
            product = left.double() @ right.double()
        else:
            product = term.rows(0, len(W))
        V += term.scale * product
    return V * change.gain(V) if isinstance(change, Scaled) else V


def same(one: Adapter, other: Adapter) -> bool:
    """Whether two adapters have the same modules with the same numbers, bit for bit, and the same scales."""

    def contents(adapter: Adapter) -> dict[str, list[object]]:
        return {
            path: [
                type(factors),
                getattr(factors, "scale", None),
                getattr(factors, "by_column", None),
                *(
                    (tensor.shape, tensor.dtype, tensor.read().reshape(-1).view(torch.uint8).tolist())
                    for tensor in lazy_tensors(factors)
                ),
            ]
            for path, factors in adapter.modules.items()
        }

    return contents(one) == contents(other)
