"""An adapter for fixtures/llama-base with one thing wrong for each flag that `inspect` raises, made
from the healthy one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from support.paths import FIXTURES

BASE, HEALTHY = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
MODULE = "model.layers.1.self_attn.q_proj"
A, B = (f"base_model.model.{MODULE}.lora_{letter}.weight" for letter in "AB")

Tensors = dict[str, Tensor]
Change = Callable[[Tensors], Tensors]


def made(folder: Path, change: Change, **config: object) -> Path:
    """The healthy adapter with its tensors and its config changed."""
    folder.mkdir()
    held = change(load_file(HEALTHY / "adapter_model.safetensors"))
    save_file(
        {name: tensor.contiguous() for name, tensor in held.items()}, folder / "adapter_model.safetensors"
    )
    whole = json.loads((HEALTHY / "adapter_config.json").read_text()) | config
    (folder / "adapter_config.json").write_text(json.dumps(whole))
    return folder


def random_factors(seed: int, rank: int, dtype: torch.dtype = torch.float64) -> Change:
    """Factors of this rank for every module of the healthy adapter."""

    def change(held: Tensors) -> Tensors:
        generator = torch.Generator().manual_seed(seed)
        return {
            name: torch.randn(
                (rank, tensor.shape[1]) if "lora_A" in name else (tensor.shape[0], rank), generator=generator
            ).to(dtype)
            for name, tensor in held.items()
        }

    return change


def base_weight(name: str) -> Tensor:
    """A tensor of the base, in float64."""
    for shard in sorted(BASE.glob("*.safetensors")):
        held = load_file(shard)
        if name in held:
            return held[name].double()
    raise KeyError(name)


def _of(A_new: Tensor, B_new: Tensor) -> Change:
    return lambda held: {**held, A: A_new, B: B_new}


def _random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def _untrained(held: Tensors) -> Tensors:
    return {**held, B: torch.zeros_like(held[B])}


def _not_finite(held: Tensors) -> Tensors:
    broken = held[A].clone()
    broken[1, 2] = torch.nan
    return {**held, A: broken}


def _unused(held: Tensors) -> Tensors:
    used = held[B].clone()
    used[:, 2:] = 0
    return {**held, B: used}


def _part_of_base(held: Tensors) -> Tensors:
    """The four largest components of W: what PiSSA begins with."""
    U, S, Vh = torch.linalg.svd(base_weight(f"{MODULE}.weight"))
    root = S[:4].sqrt()
    return {**held, A: (root[:, None] * Vh[:4]).float(), B: (U[:, :4] * root).float()}


def _tiny(held: Tensors) -> Tensors:
    return {**held, B: held[B] * 0.01}


def _intruding(held: Tensors) -> Tensors:
    """One direction that W does not have, stronger than all that it has."""
    top = float(torch.linalg.matrix_norm(base_weight(f"{MODULE}.weight"), 2))
    left, right = _random(64, 4), _random(4, 64)
    left[:, 1:] *= 1e-3
    scale = 3 * top / float(torch.linalg.matrix_norm(left @ right, 2))
    return {**held, A: right, B: left * scale}


def _unbalanced(held: Tensors) -> Tensors:
    return {**held, A: held[A] * 1e4, B: held[B] * 1e-4}


def _with_table(held: Tensors) -> Tensors:
    table = base_weight("model.embed_tokens.weight").to(torch.bfloat16)
    return {**held, "base_model.model.model.embed_tokens.weight": table}


def _with_empty_head(held: Tensors) -> Tensors:
    return {**held, "base_model.model.score.weight": torch.zeros(0)}


# Flag -> how to come by it, and whether a base is needed to see it.
AILING: dict[str, tuple[Change, bool]] = {
    "untrained": (_untrained, False),
    "not-finite": (_not_finite, False),
    "empty": (_with_empty_head, False),
    "rank-beyond-dimension": (_of(_random(70, 64), 0.001 * _random(64, 70)), False),
    "unused-ranks": (_unused, False),
    "whole-table": (_with_table, False),
    "copy-of-base": (_with_table, True),
    "changed-base": (_part_of_base, True),
    "below-resolution": (_tiny, True),
    "intruder-dimensions": (_intruding, True),
    "half-precision": (_unbalanced, False),
}
