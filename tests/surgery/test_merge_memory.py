"""The peak memory that `merge --dry-run` forecasts holds for the merge and for the dry run, and is
at most twice what is taken.

What `unmerge --dry-run` forecasts holds as well.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from support.peak_memory import run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's accounting")

PREFIX = "base_model.model."


def random(*shape: int) -> Tensor:
    return 0.02 * torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def table(rows: int, rank: int) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]]:
    path = "model.embed_tokens"
    factors = {"lora_embedding_A": random(rank, rows), "lora_embedding_B": random(64, rank)}
    return (
        {f"{path}.weight": random(rows, 64).bfloat16()},
        {f"{PREFIX}{path}.{name}": side.bfloat16() for name, side in factors.items()},
        {"target_modules": ["embed_tokens"]},
    )


def linear(out: int, width: int, rank: int) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]]:
    factors = {"lora_A.weight": random(rank, width), "lora_B.weight": random(out, rank)}
    return (
        {"m.layer.weight": random(out, width).bfloat16()},
        {f"{PREFIX}m.layer.{name}": side for name, side in factors.items()},
        {"target_modules": ["layer"]},
    )


def head(rows: int) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]]:
    base, adapter, config = linear(64, 512, 8)
    replaced = {f"{PREFIX}lm_head.weight": random(rows, 512).add(0.01).bfloat16()}
    return (
        base | {"lm_head.weight": random(rows, 512).bfloat16()},
        adapter | replaced,
        config | {"modules_to_save": ["lm_head"]},
    )


def rows_of_tokens(count: int) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]]:
    base, adapter, config = linear(64, 1024, 8)
    path, indices = "model.embed_tokens", list(range(0, 2 * count, 2))
    rows = {f"{PREFIX}{path}.token_adapter.trainable_tokens_delta": random(count, 1024)}
    return (
        base | {f"{path}.weight": random(2 * count, 1024).bfloat16()},
        adapter | rows,
        config | {"trainable_token_indices": {"embed_tokens": indices}},
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(table(60_000, 256), (), marks=pytest.mark.slow),
        (linear(4096, 1024, 256), ("--rounding", "peft")),
        pytest.param(head(60_000), (), marks=pytest.mark.slow),
        pytest.param(rows_of_tokens(30_000), (), marks=pytest.mark.slow),
        pytest.param(linear(8192, 2048, 512), (), marks=pytest.mark.slow),
        pytest.param(linear(64_000, 512, 128), (), marks=pytest.mark.slow),
        pytest.param(linear(4096, 2048, 16), ("--dtype", "float32"), marks=pytest.mark.slow),
    ],
)
def test_the_forecast_of_the_peak_memory_holds(
    tmp_path: Path,
    given: tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]],
    words: tuple[str, ...],
) -> None:
    base, adapter, config = given
    save_file(base, tmp_path / "base.safetensors", {"format": "pt"})
    (tmp_path / "adapter").mkdir()
    save_file(adapter, tmp_path / "adapter" / "adapter_model.safetensors")
    rank = {"r": min(min(side.shape) for side in adapter.values() if side.dim() == 2), "lora_alpha": 16}
    text = json.dumps({"peft_type": "LORA", "bias": "none", **rank, **config})
    (tmp_path / "adapter" / "adapter_config.json").write_text(text)
    merge = ("merge", tmp_path / "base.safetensors", tmp_path / "adapter", "-o", tmp_path / "out")
    run(*merge[:-1], tmp_path / "warm", *words)  # what is compiled at first takes memory of its own
    plan, dry = run(*merge, *words, "--workers", 1, "--dry-run")
    taken = run(*merge, *words, "--workers", 1)[1]
    assert dry <= plan["peak_nbytes"]
    assert taken <= plan["peak_nbytes"] <= 2 * taken
    unmerge = ("unmerge", tmp_path / "out", "-o", tmp_path / "back", "--workers", 1)
    plan, dry = run(*unmerge, "--dry-run")
    taken = run(*unmerge)[1]
    assert dry <= plan["peak_nbytes"]
    assert taken <= plan["peak_nbytes"] <= 2 * taken
