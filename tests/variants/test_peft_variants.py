"""Every method of PEFT, read from its file and applied as algebra, gives what PEFT's own merge
gives, in float64.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from lorasurgery.formats.peft import reader
from support.dense_edits import applied
from support.peft_cases import CASES, SINGLE, SINGLE_CASES
from support.peft_methods import Case, make


@pytest.mark.parametrize(
    ("config", "tolerance"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_method_changes_weights_as_peft_changes_them(config: Any, tolerance: float, tmp_path: Path) -> None:
    _compare(make(config, tmp_path), tolerance)


@pytest.mark.parametrize("config", [case[1] for case in SINGLE_CASES], ids=[case[0] for case in SINGLE_CASES])
def test_a_method_of_float32_changes_weights_as_peft_changes_them(config: Any, tmp_path: Path) -> None:
    _compare(make(config, tmp_path, dtype=torch.float32), SINGLE)


def _compare(case: Case, tolerance: float) -> None:
    adapter = reader.read(case.folder)
    after = {name: tensor.double() for name, tensor in case.before.items()}
    for path, factors in adapter.modules.items():
        weight = after[f"{path}.weight"]
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
