"""A change that is streamed, as that of a very large matrix is, gets the factors of one that is held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery import extract
from lorasurgery.linalg.streamed import StreamedMatrix
from lorasurgery.surgery.factorise import delta
from support.extracted_pairs import Pair, read

SHAPE, PLANTED = (700, 360), 12
# How far apart the two may be: where the rule ends at the planted change, and in the flat spectrum
# after it, where only what is kept counts.
SAME, SAME_ENERGY = 2e-3, 3e-4
RULES: list[dict[str, Any]] = [
    {"rank": 8},
    {"rank": 40},
    {"energy": 0.9},
    {"energy": 0.999, "max_rank": 10},
    {"noise_edge": True},
    {"noise_edge": True, "max_rank": 5},
    {"size": 20_000},
    {"size": 40_000, "max_rank": 9},
]


@pytest.fixture(scope="module", params=["bfloat16", "bfloat16 of float16"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder, random = tmp_path_factory.mktemp("pair"), torch.Generator().manual_seed(0)
    left, right = (torch.randn(side, PLANTED, generator=random) for side in SHAPE)
    change = 1e-3 * (left * torch.linspace(2, 1, PLANTED)) @ right.T
    base = (0.02 * torch.randn(SHAPE, generator=random)).bfloat16()
    tuned = base + change
    save_file({"m.weight": base}, folder / "base.safetensors")
    tuned_dtype = torch.float16 if request.param.endswith("float16") else torch.bfloat16
    save_file({"m.weight": tuned.to(tuned_dtype)}, folder / "tuned.safetensors")
    return folder / "base.safetensors", folder / "tuned.safetensors"


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes of more than a few rows are streamed, and holding them is an error."""

    def whole(_: StreamedMatrix) -> torch.Tensor:
        raise AssertionError("a streamed change is held")

    monkeypatch.setattr(delta, "MOST_HELD", 4 * SHAPE[1])
    monkeypatch.setattr(StreamedMatrix, "whole", whole)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_rule_keeps_as_much_of_a_change_that_is_streamed(
    rule: dict[str, Any], pair: Pair, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (held,) = extract(*pair, tmp_path / "held", dtype="float32", **rule).modules
    request.getfixturevalue("streaming")
    (streamed,) = extract(*pair, tmp_path / "streamed", dtype="float32", **rule).modules
    assert streamed.rank == held.rank > 0
    assert streamed.change == pytest.approx(held.change, rel=1e-6)
    assert streamed.energy_kept == pytest.approx(held.energy_kept, abs=SAME_ENERGY)
    if held.rank <= PLANTED:
        one, other = (product(tmp_path / name) for name in ("held", "streamed"))
        assert torch.linalg.matrix_norm(one - other) < SAME * torch.linalg.matrix_norm(one)


def product(adapter: Path) -> torch.Tensor:
    """ΔW of the adapter's only module."""
    sides = {name.split(".")[-2]: tensor for name, tensor in read(adapter).items()}
    return sides["lora_B"] @ sides["lora_A"]
