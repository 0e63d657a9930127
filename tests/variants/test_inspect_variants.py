"""Every method of PEFT under `inspect`: the spectrum is that of the change that PEFT's own merge makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from lorasurgery import inspect
from support.peft_cases import NAMES, SINGLE_CASES, SOME_FAST, SOME_METHODS_FAST
from support.peft_methods import make, saved

# Of σ₁: a Gram matrix in float64 tells no smaller values from rounding; of what PEFT or the file
# has in float32 only, no better is known.
EXACT, SINGLE = 3e-8, 1e-5


@pytest.mark.parametrize(("name", "config", "tolerance"), SOME_FAST, ids=NAMES)
def test_a_spectrum_is_that_of_pefts_own_change(
    name: str, config: Any, tolerance: float, tmp_path: Path
) -> None:
    single = any(name == each for each, _ in SINGLE_CASES)
    case = make(config, tmp_path / "adapter", dtype=torch.float32 if single else torch.float64)
    base = saved({key: tensor.double() for key, tensor in case.before.items()}, tmp_path / "base")
    report = inspect(case.folder, base=base)
    compared = 0
    for each in report.modules:
        key = next(
            (
                key
                for key in (f"{each.module}.weight", each.module, f"{each.module}.in_proj_weight")
                if key in case.merged
            ),
            None,
        )
        if key is None or each.reason:
            continue
        change = (case.merged[key].double() - case.before[key].double()).flatten(1)
        if each.module == "turned":  # GPT-2's layer stores (in, out)
            change = change.T
        dense = torch.linalg.svdvals(change)
        found = torch.tensor(each.sigma, dtype=torch.float64)
        bound = max(SINGLE if single else EXACT, 10 * tolerance) * float(dense[0])
        assert torch.allclose(found, dense[: len(found)], rtol=1e-5, atol=bound), each.module
        assert float(dense[len(found) :].sum()) <= 10 * bound
        compared += 1
    assert compared or all(each.reason for each in report.modules)


@pytest.mark.parametrize(("name", "config"), SOME_METHODS_FAST, ids=NAMES)
def test_without_a_base_what_is_shown_is_the_same_or_a_reason(name: str, config: Any, tmp_path: Path) -> None:
    single = any(name == each for each, _ in SINGLE_CASES)
    case = make(config, tmp_path / "adapter", dtype=torch.float32 if single else torch.float64)
    base = saved({key: tensor.double() for key, tensor in case.before.items()}, tmp_path / "base")
    on_base = {each.module: each for each in inspect(case.folder, base=base).modules}
    for each in inspect(case.folder).modules:
        if each.reason:
            assert "--base" in each.reason or "bias" in each.reason
        elif each.variant not in ("dora", "kasa"):  # of these, alone, the product inside is shown
            assert each.sigma == pytest.approx(on_base[each.module].sigma, rel=1e-9, abs=1e-12)
            assert each.shape == on_base[each.module].shape
