"""Beside a layer's stacked experts: shared experts are plain layers, and biases are parameters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.check import check as check_for
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.merge import merge
from support.fused_experts import DOWN, GATE_UP, check, say, trained
from support.mixtures import deepseek_v3, glm4_moe, gpt_oss

SHARED = [f"shared_experts.{part}_proj" for part in ("gate", "up", "down")]
BIASES = ["experts.gate_up_proj_bias", "experts.down_proj_bias"]
WITH_SHARED: dict[str, Callable[[int], Any]] = {"glm4-moe": glm4_moe, "deepseek-v3": deepseek_v3}


@pytest.mark.parametrize("listed", ["as parameters", "as modules"])
@pytest.mark.parametrize("model", WITH_SHARED)
def test_shared_experts_are_plain_layers(model: str, listed: str, tmp_path: Path) -> None:
    """PEFT lists them as parameters today and as modules before 0.18; the tensors are the same."""
    parameters = [f"{name}.weight" for name in SHARED]
    made = trained(WITH_SHARED[model](24), [GATE_UP, DOWN, *parameters], tmp_path)
    if listed == "as modules":
        say(made.adapter, target_modules=["q_proj", *SHARED], target_parameters=[GATE_UP, DOWN])
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)
    before = load_file(made.adapter / "adapter_model.safetensors")
    convert(made.adapter, tmp_path / "apart", split=["experts"], base=made.base)
    apart = load_file(tmp_path / "apart" / "adapter_model.safetensors")
    shared = [name for name in before if ".shared_experts." in name]
    assert len(shared) == 2 * len(SHARED)
    assert all(torch.equal(before[name], apart[name]) for name in shared)
    merge(made.base, [tmp_path / "apart"], tmp_path / "again", undo=False)
    check(tmp_path / "again", made)
    convert(tmp_path / "apart", tmp_path / "together", pack=["experts"], base=made.base)
    after = load_file(tmp_path / "together" / "adapter_model.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("model", WITH_SHARED)
def test_shared_experts_land_in_vllm(model: str, tmp_path: Path) -> None:
    parameters = [f"{name}.weight" for name in SHARED]
    made = trained(WITH_SHARED[model](24), [GATE_UP, DOWN, *parameters], tmp_path)
    convert(made.adapter, tmp_path / "out", base=made.base, runtime="vllm")
    report = check_for(tmp_path / "out", base=made.base, runtime="vllm")
    assert report.all_land
    served = [each.served for each in report.modules if ".shared_experts." in each.module]
    assert sum(".shared_experts.gate_up_proj" in name for name in served) == 2
    assert len(served) == len(SHARED)


@pytest.mark.parametrize("targets", [BIASES, [GATE_UP, BIASES[0]], [*BIASES, GATE_UP, DOWN]])
def test_biases_of_experts_are_merged_as_peft_merges_them_and_never_rewritten(
    targets: list[str], tmp_path: Path
) -> None:
    made = trained(gpt_oss(24), targets, tmp_path)
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)
    for asked in ({"runtime": "vllm"}, {"to": "lora"}, {"split": ["experts"]}):
        with pytest.raises(UnsupportedError, match=r"proj_bias' is no weight of a layer.*merge it"):
            convert(made.adapter, tmp_path / "out", base=made.base, **asked)
    report = check_for(made.adapter, base=made.base, runtime="vllm")
    assert not report.all_land
