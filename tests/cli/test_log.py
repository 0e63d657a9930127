"""`-v` logs to stderr what is opened and how; without it nothing is logged, and stdout is the same."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lorasurgery.cli.main import group
from support.paths import FIXTURES


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    log = logging.getLogger("lorasurgery")
    before = (list(log.handlers), log.level, log.propagate)
    yield
    log.handlers, log.level, log.propagate = before[0], before[1], before[2]


def streams(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    group.main(arguments, standalone_mode=False)
    printed = capsys.readouterr()
    return printed.out, printed.err


def test_the_log_names_what_was_opened_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    base, adapter = str(FIXTURES / "llama-base"), str(FIXTURES / "llama-adapter")
    plain, silence = streams(["merge", base, adapter, "-o", "merged-1"], capsys)
    logged, log = streams(["merge", base, adapter, "-o", "merged-2", "-v"], capsys)
    assert logged.replace("merged-2", "merged-1") == plain
    assert " ms  " not in silence
    for line in (
        f"lorasurgery.checkpoint.open: opened {base}: 30 tensors in 3 files",
        f"lorasurgery.formats: reading {adapter} as peft",
        "lorasurgery.checkpoint.output: wrote merged-2, synced to the disk",
    ):
        assert line in log


def test_every_verb_has_the_option() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "lorasurgery", "help", "fuse"], capture_output=True, text=True, check=True
    ).stdout
    assert "-v, --verbose" in listed
