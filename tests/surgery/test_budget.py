"""A budget for the whole file: kept, spent, and spent on what changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import convert, extract, fuse, rerank
from support.paths import FIXTURES


@pytest.mark.parametrize("pair", ["llama", "mixtral"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_file_fills_its_budget_and_never_exceeds_it(pair: str, share: float, tmp_path: Path) -> None:
    sides = FIXTURES / f"{pair}-base", FIXTURES / f"{pair}-tuned"
    extract(*sides, tmp_path / "fixed", rank=8)
    size = int(share * (tmp_path / "fixed" / "adapter_model.safetensors").stat().st_size)
    extract(*sides, tmp_path / "out", size=size)
    found = (tmp_path / "out" / "adapter_model.safetensors").stat().st_size
    assert 0.9 * size < found <= size


def weights(fixture: str) -> dict[str, torch.Tensor]:
    files = sorted((FIXTURES / fixture).glob("*.safetensors"))
    return {name: tensor for file in files for name, tensor in load_file(file).items()}


def save(fixture: str, tensors: dict[str, torch.Tensor], folder: Path) -> None:
    folder.mkdir()
    shutil.copy(FIXTURES / fixture / "config.json", folder)
    save_file(tensors, folder / "model.safetensors")


def test_experts_that_did_not_change_do_not_hide_those_that_did(tmp_path: Path) -> None:
    base, tuned = weights("mixtral-base"), weights("mixtral-tuned")
    tuned |= {name: tensor.clone() for name, tensor in base.items() if ".experts.0." in name}
    save("mixtral-tuned", tuned, tmp_path / "tuned")
    report = extract(FIXTURES / "mixtral-base", tmp_path / "tuned", tmp_path / "out", size=20_000)
    ranks = {module.module: module.rank for module in report.modules if "experts" in module.module}
    assert len(ranks) == 4
    assert min(ranks.values()) > 0


def test_a_greedy_spread_holds_more_than_an_even_one_of_the_same_size(tmp_path: Path) -> None:
    base, tuned = (weights(f"llama-{side}") for side in ("base", "tuned"))
    for name in tuned:
        if ".layers.0." in name:
            tuned[name] = base[name] + 5 * (tuned[name] - base[name])
    save("llama-tuned", tuned, tmp_path / "tuned")
    even = extract(FIXTURES / "llama-base", tmp_path / "tuned", tmp_path / "even", rank=3)
    size = (tmp_path / "even" / "adapter_model.safetensors").stat().st_size
    greedy = extract(FIXTURES / "llama-base", tmp_path / "tuned", tmp_path / "greedy", size=size)
    assert greedy.nbytes <= even.nbytes
    assert greedy.energy_kept > even.energy_kept + 0.02


def test_a_budget_counts_the_bytes_of_either_factor_where_one_needs_a_wider_dtype(tmp_path: Path) -> None:
    """B of a tall, tiny change is stored in float32, and A in float16."""
    torch.manual_seed(0)
    left, right = (torch.linalg.qr(torch.randn(side, 12))[0] for side in (4096, 16))
    change = left @ torch.diag(torch.linspace(1, 0.5, 12) * 3e-5) @ right.T
    for name, tensor in (("base", torch.zeros_like(change)), ("tuned", change)):
        save_file({"m.weight": tensor.half()}, tmp_path / f"{name}.safetensors")
    sides = tmp_path / "base.safetensors", tmp_path / "tuned.safetensors"
    report = extract(*sides, tmp_path / "out", size=60_000)
    file = tmp_path / "out" / "adapter_model.safetensors"
    assert {tensor.dtype for tensor in load_file(file).values()} == {torch.float32, torch.float16}
    assert report.modules[0].rank > 0
    assert file.stat().st_size <= 60_000


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_a_budget_holds_what_an_adapter_carries_along_too(share: float, tmp_path: Path) -> None:
    """Biases, norms and a head: 26 tensors besides the factors."""
    extract(FIXTURES / "bert-base", FIXTURES / "bert-tuned", tmp_path / "whole", rank=8)
    size = int(share * (tmp_path / "whole" / "adapter_model.safetensors").stat().st_size)
    rerank(tmp_path / "whole", tmp_path / "reranked", size=size)
    convert(tmp_path / "whole", tmp_path / "converted", to="lora", size=size, max_error=1)
    fuse(tmp_path / "whole", tmp_path / "fused", size=size)
    for name in ("reranked", "converted", "fused"):
        written = (tmp_path / name / "adapter_model.safetensors").stat().st_size
        assert 0.9 * size < written <= size, name
