"""Every method of PEFT through the verbs.

Merged as PEFT merges it, and taken out again to the bit, in float64 and in bfloat16.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge, unmerge
from support.peft_cases import ALL, CASES, SINGLE_CASES
from support.peft_methods import Case, make, same_file, saved


@pytest.mark.parametrize(("name", "config", "tolerance"), ALL, ids=[case[0] for case in ALL])
def test_the_verbs_merge_and_unmerge_it(name: str, config: Any, tolerance: float, tmp_path: Path) -> None:
    single = any(name == each for each, _ in SINGLE_CASES)
    case = make(config, tmp_path / "adapter", dtype=torch.float32 if single else torch.float64)
    check_merged(case, tolerance, tmp_path)
    halves = {name: tensor.to(torch.bfloat16) for name, tensor in case.before.items()}
    base = saved(halves, tmp_path / "halves")
    merge(base, [case.folder], tmp_path / "merged-halves")
    unmerge(tmp_path / "merged-halves", tmp_path / "back-halves")
    same_file(base, tmp_path / "back-halves")


def check_merged(case: Case, tolerance: float, tmp_path: Path) -> None:
    base = saved({name: tensor.double() for name, tensor in case.before.items()}, tmp_path / "base")
    merge(base, [case.folder], tmp_path / "merged")
    ours = load_file(tmp_path / "merged" / "model.safetensors")
    for name, wanted in case.merged.items():
        scale = float((wanted.double() - case.before[name].double()).abs().max()) or 1.0
        assert float((ours[name] - wanted.double()).abs().max()) <= tolerance * scale, name
    assert any(not torch.equal(ours[name], case.before[name].double()) for name in ours)
    unmerge(tmp_path / "merged", tmp_path / "back")
    same_file(base, tmp_path / "back")


@pytest.mark.parametrize("name", ["lora", "loha", "dora", "ia3"])
def test_the_record_of_a_sum_or_a_gain_is_small(name: str, tmp_path: Path) -> None:
    """Corrections to a prediction, and not the base over again.

    They would hide a prediction that is wrong.
    """
    config = next(config for each, config, _ in CASES if each == name)
    case = make(config, tmp_path / "adapter", dtype=torch.float64, noise=0.02)
    base = saved({key: tensor.to(torch.bfloat16) for key, tensor in case.before.items()}, tmp_path / "base")
    report = merge(base, [case.folder], tmp_path / "merged")
    changed = sum(each.nbytes for each in report.forecast.tensors)
    assert report.undo_bytes is not None
    # A chunk has a head of 20 bytes, and these tensors are small.
    assert report.undo_bytes - 30 * len(report.forecast.tensors) < 0.06 * changed


# The scalar paths of torch, which round, convert and add as another processor would.
ELSEWHERE = {"ATEN_CPU_CAPABILITY": "default", "OMP_NUM_THREADS": "1", "MKL_CBWR": "COMPATIBLE"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lora", "dora", "ia3", "loha", "oft"])
def test_a_merge_is_undone_on_another_machine(name: str, tmp_path: Path) -> None:
    config = next(config for each, config, _ in CASES if each == name)
    case = make(config, tmp_path / "adapter", dtype=torch.float64)
    held = load_file(case.folder / "adapter_model.safetensors")
    if name == "ia3":  # a gain of 0 leaves nothing to divide
        save_file(
            {
                key: tensor * (torch.arange(tensor.numel()) % 3 > 0).reshape(tensor.shape)
                for key, tensor in held.items()
            },
            case.folder / "adapter_model.safetensors",
        )
    base = saved({key: tensor.to(torch.bfloat16) for key, tensor in case.before.items()}, tmp_path / "base")
    merge(base, [case.folder], tmp_path / "merged")
    command = [
        sys.executable,
        "-m",
        "lorasurgery",
        "unmerge",
        str(tmp_path / "merged"),
        "-o",
        str(tmp_path / "back"),
    ]
    subprocess.run(command, env=os.environ | ELSEWHERE, check=True, capture_output=True)
    same_file(base, tmp_path / "back")
