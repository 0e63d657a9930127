"""A plan can be forecast and run, and a verb is its plan run at once."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import lorasurgery
from lorasurgery.errors import NoSpaceError, OutputError, UnsupportedError
from lorasurgery.surgery.extract import extract, forecast, plan_extract

FIXTURES = Path(__file__).parents[2] / "fixtures"
BASE, TUNED = (FIXTURES / f"llama-{name}" for name in ("base", "tuned"))


def test_a_plan_forecasts_without_writing_and_then_writes_what_its_verb_writes(tmp_path: Path) -> None:
    plan = plan_extract(BASE, TUNED, tmp_path / "planned", rank=4)
    forecasted = plan.forecast()
    assert not (tmp_path / "planned").exists()
    planned, done = plan.run(), extract(BASE, TUNED, tmp_path / "at-once", rank=4)
    assert (planned.modules, planned.kept, planned.lost) == (done.modules, done.kept, done.lost)
    written = [tmp_path / name / "adapter_model.safetensors" for name in ("planned", "at-once")]
    assert written[0].read_bytes() == written[1].read_bytes()
    assert planned.output == forecasted.output
    assert planned.nbytes <= (forecasted.nbytes or 0)


def test_a_plan_tells_its_progress_to_whom_runs_it_or_else_to_whom_planned_it(tmp_path: Path) -> None:
    planned_calls: list[tuple[int, int]] = []
    run_calls: list[tuple[int, int]] = []
    plan = plan_extract(
        BASE, TUNED, tmp_path / "out", rank=2, force=True, progress=lambda *call: planned_calls.append(call)
    )
    plan.run(lambda *call: run_calls.append(call))
    assert run_calls
    assert not planned_calls
    plan.run()
    assert len(planned_calls) == len(run_calls)
    assert planned_calls[-1][0] == planned_calls[-1][1] == plan.forecast().read_nbytes


def test_a_plan_is_refused_where_its_run_would_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extract(BASE, TUNED, tmp_path / "out", rank=2)
    with pytest.raises(OutputError, match="already"):
        plan_extract(BASE, TUNED, tmp_path / "out", rank=2)
    with pytest.raises(UnsupportedError, match="device='nothing'"):
        plan_extract(BASE, TUNED, tmp_path / "other", device="nothing")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    assert "would be refused now" in forecast(BASE, TUNED, tmp_path / "other", rank=2).notes[-1]
    with pytest.raises(NoSpaceError, match="are free"):
        extract(BASE, TUNED, tmp_path / "other", rank=2)


def test_a_verb_has_the_arguments_of_its_plan_and_the_result_of_its_run() -> None:
    planned, shown = inspect.signature(plan_extract), inspect.signature(extract)
    assert list(planned.parameters.values()) == list(shown.parameters.values())
    assert planned.return_annotation == "ExtractPlan | PipelineExtractPlan"
    assert shown.return_annotation == "ExtractReport"
    assert inspect.signature(lorasurgery.forecast).return_annotation == "ExtractForecast"
    assert (extract.__name__, forecast.__name__) == ("extract", "forecast")
    assert (extract.__doc__ or "").split("\n")[1:] == (plan_extract.__doc__ or "").split("\n")[1:]
