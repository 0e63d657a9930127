"""Several inputs in one call: a report each; one that fails does not stop the others, and the exit code is 1."""

from __future__ import annotations

import json
import shutil

import pytest

from support.command_line import Run
from support.paths import FIXTURES

ADAPTER, BASE, TUNED = (FIXTURES / f"llama-{name}" for name in ("adapter", "base", "tuned"))


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_inspect_shows_a_row_of_each(run: Run, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shutil.copytree(ADAPTER, "style")
    done = run("inspect", "style", ADAPTER, BASE, "--each")
    assert (done.code, done.err) == (0, "")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert max(map(len, lines)) <= max(columns, 45)
    assert "rank" in lines[0].split()
    assert len(lines) == 2 + 3 + 1
    assert lines[2].startswith("style ")
    assert lines[-1] == "all 3 done"


def test_what_cannot_be_inspected_does_not_stop_the_others(run: Run) -> None:
    done = run("inspect", "nowhere", ADAPTER, FIXTURES / "films.tsv", "--each")
    assert done.code == 1
    assert [line.partition(" ")[0] for line in done.err.splitlines()] == ["error:", "error:"]
    assert "'nowhere' does not exist" in done.err
    assert "films.tsv is not a checkpoint" in done.err
    assert done.out.splitlines()[-1].startswith("1 of 3 done, 2 failed: nowhere, ")


def test_json_is_an_array_in_the_order_of_the_inputs(run: Run) -> None:
    done = run("inspect", ADAPTER, "nowhere", "--each", "--json")
    assert done.code == 1
    found, failed = json.loads(done.out)
    assert found == json.loads(run("inspect", ADAPTER, "--json").out)
    assert failed["input"] == "nowhere"
    assert failed["error"].startswith("'nowhere' does not exist")


def test_more_than_two_names_need_the_option(run: Run) -> None:
    refused = run("inspect", ADAPTER, ADAPTER, ADAPTER)
    assert refused.code == 2
    assert "add --each" in refused.err
    assert "--each shows one row of each" in run("inspect", ADAPTER, "--each", "--by", "kind").err
