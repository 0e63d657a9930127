"""A call of the command line that must be refused in one line and leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.command_line import Done, Run
from support.paths import FIXTURES
from support.wrong_inputs import moved, save, state_of, weights


@pytest.fixture
def refused(run: Run, work: Path) -> Callable[..., str]:
    """Call the command line, hold it to the four promises, and return its line."""

    def call(*arguments: object, code: int = 1) -> str:
        before = state_of(work), state_of(FIXTURES)
        done = run(*arguments)
        assert (done.code, done.out) == (code, ""), done
        assert (state_of(work), state_of(FIXTURES)) == before
        if code == 1:
            assert_one_line(done)
        assert "Traceback" not in done.err
        return done.err

    return call


def assert_one_line(done: Done) -> None:
    line, end = done.err[:-1], done.err[-1:]
    assert end == "\n", done.err
    assert line.startswith("error: "), done.err
    assert line.isprintable(), done.err


@pytest.fixture
def pair(work: Path) -> tuple[str, str]:
    """A pair of checkpoints in the current folder."""
    assert Path.cwd() == work
    save("base", weights(), {"model_type": "unknown"})
    save("tuned", moved(weights()), {"model_type": "unknown"})
    return "base", "tuned"
