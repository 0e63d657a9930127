"""The screen of `extract --recover`: within the width of the terminal, and the same figures as its JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lorasurgery.cli.main import group
from support.paths import FIXTURES

PAIR = [str(FIXTURES / f"llama-{side}") for side in ("base", "merged")]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_all_tensors_are_there(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(width))
    group.main(["extract", *PAIR, "--recover"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= width
    assert sum("_proj" in line for line in shown.splitlines()) == 21
    assert "a merged LoRA in 21 tensors" in shown
    assert "llama-merged-recovered/" in shown


def test_the_json_has_every_tensor_and_no_more_exceptions_than_one_in_a_thousand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    group.main(["extract", *PAIR, "--recover", "--json"], standalone_mode=False)
    content = json.loads(capsys.readouterr().out)
    assert {each["rank"] for each in content["tensors"]} == {4}
    assert content["exceptions"] == sum(each["exceptions"] for each in content["tensors"])
    assert content["share"] < 1e-3
    assert content["is_same_file"]


@pytest.mark.parametrize("option", [["--rank", "4"], ["--include", "*.q_proj"], ["--format", "kohya"]])
def test_options_that_choose_something_else_are_refused(option: list[str]) -> None:
    with pytest.raises(Exception, match=f"leave out {option[0]}"):
        group.main(["extract", *PAIR, "--recover", *option], standalone_mode=False)


def test_a_dry_run_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    group.main(["extract", *PAIR, "--recover", "--dry-run"], standalone_mode=False)
    assert "llama-merged-recovered" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
