"""Every report is one line in a shell, its screen in a notebook, plain values, a table, and a pickle."""

from __future__ import annotations

import importlib
import json
import pickle
import pkgutil
import sys
from types import ModuleType, SimpleNamespace

import pytest

import lorasurgery
from lorasurgery.cli.screens import SCREENS
from lorasurgery.errors import MissingExtraError
from lorasurgery.reports import Report
from support.paths import FIXTURES

BASE, TUNED, ADAPTER, MERGED = (FIXTURES / f"llama-{name}" for name in ("base", "tuned", "adapter", "merged"))
VERBS = {
    "extract": lambda: lorasurgery.extract(BASE, TUNED, "e", rank=2),
    "rerank": lambda: lorasurgery.rerank(ADAPTER, "r", rank=2),
    "convert": lambda: lorasurgery.convert(ADAPTER, "c", to="lora"),
    "fuse": lambda: lorasurgery.fuse([ADAPTER, (ADAPTER, 0.5)], "f"),
    "inspect": lambda: lorasurgery.inspect(ADAPTER),
    "compare": lambda: lorasurgery.compare(ADAPTER, ADAPTER),
}


def all_reports() -> list[type[Report]]:
    """Every class of the package that is a report."""
    for module in pkgutil.walk_packages(lorasurgery.__path__, "lorasurgery."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, left = [], [Report]
    while left:
        below = left.pop().__subclasses__()
        found += below
        left += below
    return found


def test_every_report_has_a_screen_a_summary_and_plain_values() -> None:
    reports = all_reports()
    assert {each.__name__ for each in reports} == set(SCREENS)
    for report in reports:
        assert report.__repr__ is Report.__repr__, (
            f"{report.__name__} is a dataclass that writes its own repr"
        )
        assert report.summary is not Report.summary
        assert report.as_json is not Report.as_json
    for place in SCREENS.values():
        module, function = place.split(":")
        assert callable(getattr(importlib.import_module(f"lorasurgery.cli.screens.{module}"), function))


@pytest.fixture(scope="module", params=VERBS)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("reports"))
        made: Report = VERBS[request.param]()
    return made


def test_a_report_is_one_line_in_a_shell(report: Report) -> None:
    line = repr(report)
    assert line.startswith(f"{type(report).__name__}: ")
    assert "\n" not in line
    assert len(line) < 200


def test_a_report_is_its_screen_in_a_notebook(report: Report) -> None:
    page = report._repr_html_()
    assert page.startswith("<pre ")
    assert len(page.splitlines()) > 3


def test_a_report_pickles_and_is_plain_values(report: Report) -> None:
    assert pickle.loads(pickle.dumps(report)) == report
    assert report.to_dict() == report.as_json()
    json.dumps(report.to_dict())


def test_a_report_is_a_table(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = ModuleType("pandas")
    stand_in.DataFrame = lambda rows: SimpleNamespace(rows=list(rows))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", stand_in)
    rows = report.to_pandas().rows
    assert rows == report.as_json()[type(report).ROWS]
    assert rows[0]["module"]


def test_without_pandas_the_error_says_how_to_install_it(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match="pip install pandas"):
        report.to_pandas()
