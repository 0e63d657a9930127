"""Every method of PEFT made into plain LoRA.

Sums of products exactly, the others by the optimum of their real ΔW, within the loss that is told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from lorasurgery import merge
from lorasurgery.errors import SurgeryError, UnsupportedError
from lorasurgery.surgery.convert import convert, plan_convert
from support.peft_cases import ALL, NAMES, SINGLE_CASES, SOME_FAST
from support.peft_methods import make, saved

EXACT, SINGLE = 1e-10, 1e-5
# What cannot be written as plain LoRA, and why.
REFUSED: dict[str, str] = {}


@pytest.mark.parametrize(("name", "config", "tolerance"), SOME_FAST, ids=NAMES)
def test_plain_lora_does_what_the_method_did(
    name: str, config: Any, tolerance: float, tmp_path: Path
) -> None:
    """Merged by our merge in float64, both give the same weights.

    Where it is no sum, up to what was allowed to be lost.
    """
    single = any(name == each for each, _ in SINGLE_CASES)
    case = make(config, tmp_path / "adapter", dtype=torch.float32 if single else torch.float64)
    base = saved({key: tensor.double() for key, tensor in case.before.items()}, tmp_path / "base")
    arguments: dict[str, Any] = {"to": "lora", "base": base, "max_loss": 0.2, "dtype": "float64"}
    if name in REFUSED:
        with pytest.raises(UnsupportedError, match=REFUSED[name]):
            convert(case.folder, tmp_path / "out", **arguments)
        return
    plan = plan_convert(case.folder, tmp_path / "out", **arguments)
    forecast, report = plan.forecast(), plan.run()
    assert report.nbytes <= forecast.nbytes
    most = {each.module: each.rank or 0 for each in forecast.modules}
    assert all(each.rank <= most.get(each.module, 0) for each in report.modules)
    merge(base, [tmp_path / "out"], tmp_path / "merged", undo=False)
    found = load_file(tmp_path / "merged" / "model.safetensors")
    lost = {each.module: each.lost for each in report.modules}
    for key, wanted in case.merged.items():
        change = wanted.double() - case.before[key].double()
        off = float((found[key].double() - wanted.double()).norm())
        allowed = _lost(lost, key)
        bound = max(EXACT, SINGLE if single else 0, 20 * tolerance) * (float(change.norm()) + 1e-300)
        assert off <= allowed * 1.001 + bound, key
    assert report.loss <= 0.2


def _lost(lost: dict[str, float], key: str) -> float:
    return next(
        (
            loss
            for module, loss in lost.items()
            if key in (module, f"{module}.weight", f"{module}.in_proj_weight")
        ),
        0.0,
    )


SUMS = [
    "lora",
    "rslora",
    "adalora",
    "vera",
    "loha",
    "lokr",
    "delora",
    "gralora",
    "miss",
    "vblora",
    "randlora",
]


@pytest.mark.parametrize("name", [case[0] for case in ALL if case[0] in SUMS])
def test_a_sum_of_products_loses_nothing(name: str, tmp_path: Path) -> None:
    config = next(config for each, config, _ in ALL if each == name)
    single = any(name == each for each, _ in SINGLE_CASES)
    case = make(config, tmp_path / "adapter", dtype=torch.float32 if single else torch.float64)
    base = saved({key: tensor.double() for key, tensor in case.before.items()}, tmp_path / "base")
    report = convert(case.folder, tmp_path / "out", to="lora", base=base, dtype="float64")
    assert report.loss < 1e-13
    for each in report.modules:
        dense = torch.linalg.matrix_rank(_change(case, each.module))
        assert each.rank == int(dense), each.module


def _change(case: Any, module: str) -> Tensor:
    key = next(key for key in (f"{module}.weight", module) if key in case.merged)
    return (case.merged[key].double() - case.before[key].double()).flatten(1)


def test_what_depends_on_the_weight_says_so(tmp_path: Path) -> None:
    config = next(config for each, config, _ in ALL if each == "dora")
    case = make(config, tmp_path / "adapter")
    with pytest.raises(SurgeryError, match="base="):
        convert(case.folder, tmp_path / "out", to="lora")
    base = saved({key: tensor.double() for key, tensor in case.before.items()}, tmp_path / "base")
    with pytest.raises(UnsupportedError, match=r"would have a relative error of .* of ‖ΔW‖ at rank 1"):
        convert(case.folder, tmp_path / "out", to="lora", base=base, rank=1, max_loss=0.01)
    assert not (tmp_path / "out").exists()
