"""Every method of PEFT, read from its file and applied as algebra, gives what PEFT's own merge gives, in float64."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from applying import applied
from peft_models import make

from lorasurgery.formats import _peft_read

LINEAR = ["square", "up", "down"]
CONVOLUTIONS = ["conv", "point"]
EXACT = 1e-12

# A name, PEFT's config, and how far from PEFT in float64 it may be, relative to the largest change (with the reason where it is not EXACT).
CASES: list[tuple[str, peft.PeftConfig, float]] = [
    ("lora", peft.LoraConfig(r=4, target_modules=[*LINEAR, *CONVOLUTIONS, "table"]), EXACT),
    ("rslora", peft.LoraConfig(r=4, target_modules=LINEAR, use_rslora=True, lora_alpha=7), EXACT),
    ("lora-bias", peft.LoraConfig(r=4, target_modules=["square", "up"], lora_bias=True, lora_alpha=3), EXACT),
    (
        "patterns",
        peft.LoraConfig(
            r=4, target_modules=LINEAR, rank_pattern={"up": 2}, alpha_pattern={"down": 5}, lora_alpha=3
        ),
        EXACT,
    ),
    ("dora", peft.LoraConfig(r=4, target_modules=[*LINEAR, *CONVOLUTIONS, "table"], use_dora=True), EXACT),
    ("adalora", peft.AdaLoraConfig(init_r=6, target_r=3, target_modules=LINEAR, total_step=10), EXACT),
    # PEFT holds LoHa's scale in float32.
    ("loha", peft.LoHaConfig(r=3, alpha=5, target_modules=[*LINEAR, *CONVOLUTIONS]), 1e-7),
    (
        "loha-cp",
        peft.LoHaConfig(r=3, alpha=5, target_modules=CONVOLUTIONS, use_effective_conv2d=True),
        1e-7,
    ),
]


@pytest.mark.parametrize(("config", "tolerance"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_method_changes_weights_as_peft_changes_them(config: Any, tolerance: float, tmp_path: Path) -> None:
    case = make(config, tmp_path)
    adapter = _peft_read.read(tmp_path)
    after = dict(case.before)
    for path, factors in adapter.modules.items():
        weight = case.before[f"{path}.weight"]
        edit = factors.edit(tuple(weight.shape))
        after[f"{path}.weight"] = applied(edit.weight, weight.flatten(1)).reshape(weight.shape)
        if f"{path}.bias" in after:
            bias = after[f"{path}.bias"]
            after[f"{path}.bias"] = applied(edit.bias, bias.reshape(-1, 1)).flatten()
    changed = {name for name in after if not torch.equal(case.before[name], case.merged[name])}
    assert changed, "PEFT changed nothing, so that this test would compare nothing"
    assert {name.rpartition(".")[0] for name in changed} == set(adapter.modules)
    for name in after:
        scale = float((case.merged[name] - case.before[name]).abs().max()) or 1.0
        error = float((after[name] - case.merged[name]).abs().max()) / scale
        assert not math.isnan(error)
        assert error <= tolerance, f"{name}: {error}"
