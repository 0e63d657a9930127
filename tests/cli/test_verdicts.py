"""A verb that answers a question ends with 1 for no, and with 2 where it has no answer."""

from __future__ import annotations

import errno
import os
from typing import NoReturn

import pytest

from support.command_line import Run
from support.paths import FIXTURES

BASE, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
QUESTIONS = {
    "check": ("check", ADAPTER, "--base", BASE, "--for", "peft"),
    "diff": ("diff", BASE, BASE),
}


def _fails(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.EIO, os.strerror(errno.EIO), "model.safetensors")


@pytest.mark.parametrize("verb", QUESTIONS)
@pytest.mark.parametrize("part", ["reading", "printing"])
def test_a_disk_that_fails_is_no_verdict(
    run: Run, monkeypatch: pytest.MonkeyPatch, verb: str, part: str
) -> None:
    assert run(*QUESTIONS[verb]).code == 0
    if part == "reading":
        monkeypatch.setattr(f"lorasurgery.surgery.{verb}.{verb}", _fails)
    else:
        monkeypatch.setattr("lorasurgery.cli.screens.show", _fails)
        monkeypatch.setattr("lorasurgery.cli.screens.check_screen.checked", _fails)
    done = run(*QUESTIONS[verb])
    assert (done.code, done.err) == (2, "error: model.safetensors: Input/output error.\n")
