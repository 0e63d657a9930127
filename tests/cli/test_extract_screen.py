"""The screen of `extract`: within the width of the terminal, complete, and the same figures as its JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lorasurgery.cli.main import group
from support.paths import FIXTURES


def screen(
    arguments: list[str], width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    group.main(["extract", *arguments], standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("pair", ["bert", "mixtral"])
def test_no_line_is_wider_than_the_terminal(
    pair: str, width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(FIXTURES / f"{pair}-{side}") for side in ("base", "tuned")]
    monkeypatch.chdir(tmp_path)
    shown = screen([*paths, "-r", "4"], width, monkeypatch, capsys)
    assert max(map(len, shown.splitlines())) <= width
    assert f"{pair}-tuned-lora-r4" in shown
    # Of a name that is too long the end stays: it tells modules apart.
    assert not any(line.split()[0].endswith("…") for line in shown.splitlines() if line.strip())


def test_the_json_has_every_module_and_the_screens_totals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(FIXTURES / f"llama-{side}") for side in ("base", "tuned")]
    monkeypatch.chdir(tmp_path)
    report = json.loads(screen([*paths, "--json", "--exclude", "lm_head"], 80, monkeypatch, capsys))
    shown = screen([*paths, "--force", "--exclude", "lm_head"], 200, monkeypatch, capsys)
    assert report["version"] == 1
    assert len(report["modules"]) == 20
    for module in report["modules"]:
        assert module["module"].removeprefix("model.layers.") in shown
    assert f"{100 * report['energy_kept']:.1f} % of ‖ΔW‖² in the adapted modules" in shown
    assert report["not_chosen"] == ["lm_head.weight"]
    assert "1 not chosen" in shown


def test_a_dry_run_reads_headers_says_the_size_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(FIXTURES / f"bert-{side}") for side in ("base", "tuned")]
    monkeypatch.chdir(tmp_path)
    forecast = json.loads(screen([*paths, "-r", "8", "--dry-run", "--json"], 80, monkeypatch, capsys))
    assert list(tmp_path.iterdir()) == []
    report = json.loads(screen([*paths, "-r", "8", "--json"], 80, monkeypatch, capsys))
    assert report["nbytes"] <= forecast["nbytes"] <= 2 * report["nbytes"]
    assert forecast["output"] == report["output"] == "bert-tuned-lora-r8"
    shown = screen([*paths, "--dry-run"], 80, monkeypatch, capsys)
    assert "peak memory" in shown
    assert "bert-tuned-lora-r16/ " in shown
    one_file = screen([*paths, "--dry-run", "--format", "loralib"], 80, monkeypatch, capsys)
    assert "bert-tuned-lora-r16.pt " in one_file
