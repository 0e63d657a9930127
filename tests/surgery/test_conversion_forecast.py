"""What rerank, fuse and convert say beforehand.

The bytes that they write or a bound on them, and the refusals of the run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch

from lorasurgery.errors import NoSpaceError, NumericError, OutputError, SurgeryError, UnsupportedError
from lorasurgery.surgery.convert import plan_convert
from lorasurgery.surgery.fuse import plan_fuse
from lorasurgery.surgery.rerank import plan_rerank
from support.adapters import adapt
from support.flawed_adapters import BASE, HEALTHY, Tensors, made, random_factors
from support.peak_memory import run as measured
from support.tiny_models import FAMILIES

PLANS: dict[str, Callable[..., Any]] = {"rerank": plan_rerank, "fuse": plan_fuse, "convert": plan_convert}

HALF = "new factors that are out of float16's range are written as float32, which takes twice the bytes"
# Of what is decomposed at a fixed rank or whole, the bound is what is written, unless a module has
# fewer ranks than its factors.
REACHED: list[tuple[str, dict[str, Any]]] = [
    ("rerank", {"rank": 2}),
    ("rerank", {"rank": 9}),
    ("rerank", {"nested": True}),
    ("rerank", {"rank": 2, "dtype": "float64"}),
    ("rerank", {"rank": 3, "runtime": "vllm"}),
    ("rerank", {"rank": 2, "include": "*.q_proj"}),
    ("fuse", {}),
    ("fuse", {"rank": 5}),
    ("fuse", {"method": "svd", "dtype": "bfloat16"}),
    ("convert", {"to": "adalora"}),
    ("convert", {"to": "dyn", "runtime": "vllm"}),
    ("convert", {"dtype": "float16", "pack": "qkv"}),
    ("convert", {"rank": 2, "pack": ["qkv", "gate_up"], "max_error": 1.0}),
]
# Only the numbers decide how many ranks these keep.
BOUNDED: list[tuple[str, dict[str, Any]]] = [
    ("rerank", {"energy": 0.5}),
    ("rerank", {"energy": 0.9, "max_rank": 3}),
    ("rerank", {"size": "20kB"}),
    ("rerank", {"noise_edge": True, "base": BASE}),
    ("fuse", {"energy": 0.8}),
    ("fuse", {"method": "ties"}),
    ("fuse", {"method": "knots", "size": "30kB"}),
    ("convert", {"energy": 0.5, "max_error": 1.0}),
    ("convert", {"size": "15kB", "max_error": 1.0}),
]
# Nothing is decomposed: the bytes are known.
EXACT: list[tuple[str, dict[str, Any]]] = [
    ("convert", {"format": "mlx"}),
    ("convert", {"pack": "qkv"}),
    ("convert", {"runtime": "llamacpp", "base": BASE}),
]


def planned(verb: str, folder: Path, options: dict[str, Any]) -> Any:
    """A plan for the healthy adapter; it is fused with one of other numbers."""
    if verb != "fuse":
        return PLANS[verb](HEALTHY, folder / "out", **options)
    other = made(folder / "other", random_factors(3, 2, torch.float32), r=2, rank_pattern={})
    return plan_fuse([HEALTHY, f"{other}:0.5"], folder / "out", **options)


@pytest.mark.parametrize(("verb", "options"), REACHED)
def test_ranks_that_the_request_decides_are_forecast_with_their_bytes(
    verb: str, options: dict[str, Any], tmp_path: Path
) -> None:
    plan = planned(verb, tmp_path, options)
    forecast, report = plan.forecast(), plan.run()
    assert (forecast.nbytes, forecast.is_exact) == (report.nbytes, False)
    assert (forecast.output, forecast.format, forecast.variant) == (
        report.output,
        report.format,
        report.variant,
    )
    assert (forecast.rank, forecast.nbytes_before) == (report.rank, report.nbytes_before)
    is_half = options.get("dtype") == "float16"
    assert [*report.notes, *([HALF] if is_half else [])] == forecast.notes


@pytest.mark.parametrize(("verb", "options"), BOUNDED)
def test_ranks_that_the_numbers_decide_are_bounded(
    verb: str, options: dict[str, Any], tmp_path: Path
) -> None:
    plan = planned(verb, tmp_path, options)
    forecast, report = plan.forecast(), plan.run()
    assert 0 < report.nbytes <= forecast.nbytes
    assert not forecast.is_exact
    most = {each.module: each.rank for each in forecast.modules}
    assert all(each.rank <= most.get(each.module, 0) for each in report.modules)


@pytest.mark.parametrize(("verb", "options"), EXACT)
def test_factors_that_stay_are_forecast_exactly(verb: str, options: dict[str, Any], tmp_path: Path) -> None:
    plan = planned(verb, tmp_path, options)
    forecast, report = plan.forecast(), plan.run()
    assert (forecast.nbytes, forecast.is_exact) == (report.nbytes, True)
    assert forecast.nbytes == sum(each.nbytes for each in forecast.modules)


def test_first_ranks_of_a_dyn_file_are_forecast_exactly(tmp_path: Path) -> None:
    plan_rerank(HEALTHY, tmp_path / "dyn", nested=True).run()
    plan = plan_rerank(tmp_path / "dyn", tmp_path / "out", rank=3)
    forecast = plan.forecast()
    assert {(each.rank_before, each.rank) for each in forecast.modules} == {(4, 3)}
    assert (forecast.nbytes, forecast.is_exact) == (plan.run().nbytes, True)


def test_what_an_adapter_carries_whole_is_forecast_with_it(tmp_path: Path) -> None:
    config = peft.LoraConfig(r=2, target_modules=["q_proj"], modules_to_save=["lm_head"])
    case = adapt(FAMILIES["llama"], config, tmp_path / "case", torch.float32)
    plan = plan_rerank(case.adapter, tmp_path / "out", rank=1, base=case.base)
    forecast, report = plan.forecast(), plan.run()
    assert forecast.carried == report.carried
    assert len(forecast.carried) == 1
    assert forecast.nbytes == report.nbytes > sum(each.nbytes for each in forecast.modules)


def test_only_headers_are_read_of_plain_lora(tmp_path: Path) -> None:
    def broken(held: Tensors) -> Tensors:
        return {name: tensor * float("nan") for name, tensor in held.items()}

    adapter = made(tmp_path / "nan", broken)
    for plan in (
        plan_rerank(adapter, tmp_path / "out", rank=2),
        plan_fuse([adapter, HEALTHY], tmp_path / "out"),
        plan_convert(adapter, tmp_path / "out", to="adalora"),
    ):
        assert len(plan.forecast().modules) == 21
        with pytest.raises(NumericError):
            plan.run()
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("verb", "options", "error", "words"),
    [
        ("rerank", {"noise_edge": True}, UnsupportedError, "noise_edge=True needs base="),
        ("rerank", {"rank": 1000, "runtime": "nothing"}, UnsupportedError, "'nothing' is not one of"),
        ("rerank", {"dtype": "int8"}, UnsupportedError, "int8"),
        ("rerank", {"method": "prefix", "rank": 2}, UnsupportedError, "trained with nested ranks"),
        ("fuse", {"method": "cat", "density": 0.5}, UnsupportedError, "leaves no entry out"),
        ("convert", {"format": "kohya"}, UnsupportedError, "would lose their dots"),
        ("convert", {"to": "adalora", "format": "mlx"}, UnsupportedError, "no room for adalora"),
        ("convert", {"to": "dyn", "pack": "qkv"}, UnsupportedError, "in a step before"),
    ],
)
def test_a_dry_run_refuses_what_the_run_would_refuse(
    verb: str, options: dict[str, Any], error: type[SurgeryError], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        planned(verb, tmp_path, options).forecast()


def test_a_dry_run_looks_whether_the_output_is_there_and_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("")
    for plan in (plan_rerank, plan_convert):
        with pytest.raises(OutputError, match="exists"):
            plan(HEALTHY, tmp_path / "out")
    with pytest.raises(OutputError, match="exists"):
        plan_fuse([HEALTHY, HEALTHY], tmp_path / "out")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    converting = plan_convert(HEALTHY, tmp_path / "other", format="mlx")
    for plan in (converting, plan_rerank(HEALTHY, tmp_path / "other", rank=2)):
        (note,) = plan.forecast().notes
        assert "would be refused now" in note
    with pytest.raises(NoSpaceError, match="are free"):
        converting.run()


def test_a_change_that_depends_on_the_weight_needs_the_base_beforehand(tmp_path: Path) -> None:
    case = adapt(
        FAMILIES["llama"], peft.LoraConfig(r=2, target_modules=["q_proj"], use_dora=True), tmp_path / "case"
    )
    with pytest.raises(UnsupportedError, match="depends on its weight; give its model with base="):
        plan_convert(case.adapter, tmp_path / "out", to="lora").forecast()
    plan = plan_convert(case.adapter, tmp_path / "out", to="lora", base=case.base, max_error=1.0)
    forecast = plan.forecast()
    assert all(each.rank == min(each.shape) for each in forecast.modules)
    assert plan.run().nbytes <= forecast.nbytes


@pytest.mark.slow
def test_the_peak_memory_is_a_bound(tmp_path: Path) -> None:
    """Of an adapter with long sides, whose factors are most of the memory."""
    from safetensors.torch import save_file

    (tmp_path / "adapter").mkdir()
    config = (HEALTHY / "adapter_config.json").read_text()
    (tmp_path / "adapter" / "adapter_config.json").write_text(config)
    names = [f"base_model.model.model.layers.{i}.self_attn.q_proj.lora_" for i in range(4)]
    factors = {f"{name}A.weight": torch.randn(128, 8192) for name in names}
    factors |= {f"{name}B.weight": torch.randn(8192, 128) for name in names}
    save_file(factors, tmp_path / "adapter" / "adapter_model.safetensors")
    asked = ("rerank", tmp_path / "adapter", "--rank", "64", "--workers", "2", "-o", tmp_path / "out")
    forecast, _ = measured(*asked, "--dry-run")
    _, peak = measured(*asked)
    assert peak <= forecast["peak_nbytes"] <= 2 * peak
