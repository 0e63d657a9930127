"""A strength other than 1 of what is not additive: W + s (W' − W), and out again bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lorasurgery import merge, unmerge
from lorasurgery.surgery.merge import plan_merge
from support.peft_cases import CASES
from support.peft_methods import make, same_file, saved

METHODS = ["dora", "ia3", "ia3-inputs", "oft", "hira"]


@pytest.mark.parametrize("strength", [0.7, -0.5, 1.5])
@pytest.mark.parametrize("name", METHODS)
def test_a_strength_scales_the_whole_change(name: str, strength: float, tmp_path: Path) -> None:
    config = next(config for each, config, _ in CASES if each == name)
    case = make(config, tmp_path / "adapter", dtype=torch.float64)
    base = saved({key: tensor.double() for key, tensor in case.before.items()}, tmp_path / "base")
    given = f"{case.folder}:{strength}"
    assert plan_merge(base, [given]).forecast().tensors
    merge(base, [given], tmp_path / "merged")
    merged = load_file(tmp_path / "merged" / "model.safetensors")
    changed = 0
    for key, before in case.before.items():
        change = case.merged[key].double() - before.double()
        assert torch.allclose(merged[key], before.double() + strength * change, rtol=0, atol=1e-7), key
        changed += bool(change.any())
    assert changed
    unmerge(tmp_path / "merged", tmp_path / "back")
    same_file(base, tmp_path / "back")
