"""The command line, called in this process, in an empty folder of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lorasurgery.cli.main import main
from support.command_line import Done, Run


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Call `lorasurgery` with these arguments, in the current folder of the test."""
    monkeypatch.chdir(work)

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["lorasurgery", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, said.out, said.err)

    return call
