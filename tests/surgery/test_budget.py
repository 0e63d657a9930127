"""A budget for the whole file: kept, spent, and spent on what changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from lorasurgery import extract

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


@pytest.mark.parametrize("pair", ["llama", "mixtral"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_file_fills_its_budget_and_never_exceeds_it(pair: str, share: float, tmp_path: Path) -> None:
    sides = FIXTURES / f"{pair}-base", FIXTURES / f"{pair}-tuned"
    extract(*sides, tmp_path / "fixed", rank=8)
    size = int(share * (tmp_path / "fixed" / "adapter_model.safetensors").stat().st_size)
    extract(*sides, tmp_path / "out", size=size)
    found = (tmp_path / "out" / "adapter_model.safetensors").stat().st_size
    assert 0.9 * size < found <= size


def test_experts_that_did_not_change_do_not_hide_those_that_did(tmp_path: Path) -> None:
    base, tuned = (
        {
            name: tensor
            for file in sorted((FIXTURES / f"mixtral-{side}").glob("*.safetensors"))
            for name, tensor in load_file(file).items()
        }
        for side in ("base", "tuned")
    )
    tuned |= {name: tensor.clone() for name, tensor in base.items() if ".experts.0." in name}
    (tmp_path / "tuned").mkdir()
    shutil.copy(FIXTURES / "mixtral-tuned" / "config.json", tmp_path / "tuned")
    save_file(tuned, tmp_path / "tuned" / "model.safetensors")
    report = extract(FIXTURES / "mixtral-base", tmp_path / "tuned", tmp_path / "out", size=20_000)
    ranks = {module.module: module.rank for module in report.modules if "experts" in module.module}
    assert len(ranks) == 4
    assert min(ranks.values()) > 0


def test_a_greedy_spread_holds_more_than_an_even_one_of_the_same_size(tmp_path: Path) -> None:
    sides = FIXTURES / "bert-base", FIXTURES / "bert-tuned"
    even = extract(*sides, tmp_path / "even", rank=3, rest="drop")
    size = (tmp_path / "even" / "adapter_model.safetensors").stat().st_size
    greedy = extract(*sides, tmp_path / "greedy", size=size, rest="drop")
    assert greedy.nbytes <= even.nbytes
    assert greedy.energy_kept > even.energy_kept
