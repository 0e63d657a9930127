"""Several inputs in one call.

A report each; one that fails does not stop the others, and the exit code is 1.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

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


@pytest.mark.parametrize("verb", [["rerank", "--rank", "2"], ["convert", "--format", "mlx"]])
def test_several_adapters_go_to_their_own_outputs(run: Run, verb: list[str]) -> None:
    for name in ("one", "other"):
        shutil.copytree(ADAPTER, name)
    done = run(*verb, "one", "other")
    assert (done.code, done.err) == (0, "")
    assert "== one\n" in done.out
    assert "== other\n" in done.out
    assert done.out.splitlines()[-1] == "all 2 done"
    assert run(*verb, "one", "other", "-o", "all").code == 0
    assert sorted(path.name for path in Path("all").iterdir()) == ["one", "other"]
    alone = json.loads(run(*verb, "one", "-o", "alone", "--json").out)
    for written in Path("all/one").iterdir():
        assert written.read_bytes() == (Path("alone") / written.name).read_bytes()
    assert alone["output"] == "alone"


def test_one_that_fails_does_not_stop_the_others(run: Run) -> None:
    for name in ("one", "other"):
        shutil.copytree(ADAPTER, name)
    done = run("rerank", "one", "nowhere", "other", "--rank", "2", "-o", "all", "--json")
    assert done.code == 1
    first, failed, last = json.loads(done.out)
    assert (first["output"], last["output"]) == ("all/one", "all/other")
    assert failed == {"input": "nowhere", "error": failed["error"]}
    assert done.err.count("error: ") == 1
    again = run("rerank", "one", "other", "--rank", "2", "-o", "all")
    assert again.code == 1
    assert again.err.count("exists already") == 2
    assert again.out.splitlines()[-1] == "0 of 2 done, 2 failed: one, other"
    assert run("rerank", "one", "other", "--rank", "2", "-o", "all", "--force").code == 0


def test_an_output_without_its_option_is_told_so(run: Run) -> None:
    done = run("rerank", ADAPTER, "small", "--rank", "2")
    assert done.code == 1
    assert done.err.rstrip().endswith("The output is named with -o.")


def test_outputs_of_one_name_are_refused_before_any_work(run: Run) -> None:
    for folder in ("a", "b"):
        shutil.copytree(ADAPTER, f"{folder}/style")
    done = run("rerank", "a/style", "b/style", "--rank", "2")
    assert done.code == 2
    assert "a/style and b/style would have one output, named after 'style'." in done.err
    assert sorted(path.name for path in Path().iterdir()) == ["a", "b"]


def test_a_dry_run_of_several_writes_nothing(run: Run) -> None:
    shutil.copytree(ADAPTER, "style")
    done = run("rerank", "style", ADAPTER, "--rank", "2", "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("would write") == 2
    assert [path.name for path in Path().iterdir()] == ["style"]
