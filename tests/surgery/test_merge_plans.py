"""Merges, unmerges and subtractions can be forecast and run; each verb is its plan run at once."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lorasurgery.errors import NoSpaceError, OutputError
from lorasurgery.surgery.merge import merge, plan_merge
from lorasurgery.surgery.subtract import plan_subtract, subtract
from lorasurgery.surgery.unmerge import plan_unmerge, unmerge

FIXTURES = Path(__file__).parents[2] / "fixtures"
BASE, ADAPTER, MERGED = (FIXTURES / f"llama-{name}" for name in ("base", "adapter", "merged"))

# A verb, its plan, and what is given before the output.
VERBS: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[Path, ...]]] = {
    "merge": (merge, plan_merge, (BASE, ADAPTER)),
    "unmerge": (unmerge, plan_unmerge, (Path("merged"),)),
    "subtract": (subtract, plan_subtract, (MERGED, ADAPTER)),
}


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    merge(BASE, ADAPTER, "merged")


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", VERBS)
def test_a_plan_forecasts_without_writing_and_then_writes_what_its_verb_writes(name: str) -> None:
    verb, plan_verb, given = VERBS[name]
    plan = plan_verb(*given, "planned")
    forecast = plan.forecast().as_json()
    assert not Path("planned").exists()
    report = plan.run().as_json()
    verb(*given, "at-once")
    assert hashes(Path("planned")) == hashes(Path("at-once"))
    shared = forecast.keys() & report.keys()
    assert {"output", "nbytes", "notes", "adapters"} <= shared
    assert {key: forecast[key] for key in shared} == {key: report[key] for key in shared}
    assert forecast["peak_nbytes"] > 0


@pytest.mark.parametrize("name", VERBS)
def test_a_plan_reports_its_progress_to_whoever_runs_it_and_else_to_whoever_planned_it(name: str) -> None:
    _, plan_verb, given = VERBS[name]
    of_plan: list[tuple[int, int]] = []
    of_run: list[tuple[int, int]] = []
    plan = plan_verb(*given, "out", force=True, progress=lambda *call: of_plan.append(call))
    plan.run(lambda *call: of_run.append(call))
    assert of_run[-1][0] == of_run[-1][1] > 0
    assert not of_plan
    plan.run()
    assert (len(of_plan), of_plan[-1]) == (len(of_run), of_run[-1])


@pytest.mark.parametrize("name", VERBS)
def test_a_plan_is_refused_where_its_run_would_be(name: str) -> None:
    verb, plan_verb, given = VERBS[name]
    verb(*given, "out")
    with pytest.raises(OutputError, match="out exists already"):
        plan_verb(*given, "out")


@pytest.mark.parametrize("name", VERBS)
def test_a_disk_that_is_too_small_is_a_note_of_the_dry_run_and_stops_the_run(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, plan_verb, given = VERBS[name]
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    planned = plan_verb(*given, "other")
    assert "would be refused now: other needs" in planned.forecast().notes[-1]
    with pytest.raises(NoSpaceError, match="are free"):
        planned.run()
    assert not Path("other").exists()


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_has_the_arguments_of_its_plan_and_the_result_of_its_run(name: str) -> None:
    verb, plan_verb, _ = VERBS[name]
    planned, shown = inspect.signature(plan_verb), inspect.signature(verb)
    assert list(planned.parameters.values()) == list(shown.parameters.values())
    own = f"{name.capitalize()}Plan"
    assert planned.return_annotation in (own, f"{own} | Pipeline{own}")
    assert shown.return_annotation == f"{name.capitalize()}Report"
    assert verb.__name__ == name
    assert (verb.__doc__ or "").split("\n")[1:] == (plan_verb.__doc__ or "").split("\n")[1:]


@pytest.mark.parametrize("name", VERBS)
def test_plans_forecasts_and_reports_are_one_line_in_a_shell(name: str) -> None:
    _, plan_verb, given = VERBS[name]
    plan = plan_verb(*given, "out")
    for value in (plan, plan.forecast(), plan.run()):
        assert "\n" not in repr(value)
        assert len(repr(value)) < 300
        assert type(value).__name__ in repr(value)
