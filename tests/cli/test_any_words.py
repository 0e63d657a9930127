"""Command lines of random words: a result or a line, never a traceback, and no input is touched."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from support.any_words import INPUTS, VERBS, words
from support.command_line import Run
from support.paths import FIXTURES
from support.wrong_inputs import state_of

LINES = 25


@pytest.mark.parametrize("verb", VERBS)
def test_any_words_are_answered_or_refused_in_a_line(run: Run, work: Path, verb: str) -> None:
    for name, source in zip(INPUTS, ("llama-base", "llama-tuned", "llama-adapter"), strict=True):
        shutil.copytree(FIXTURES / source, work / name)
    inputs = state_of(work)
    chance, codes = random.Random(verb), set()
    for _ in range(LINES):
        line = words(verb, chance)
        done = run(*line)
        codes.add(done.code)
        assert done.code in (0, 1, 2), line
        assert "Traceback" not in done.err, line
        assert done.code == 0 or verb in ("diff", "check") or done.err.strip(), line
        now = state_of(work)
        assert {path: now.get(path) for path in inputs} == inputs, line
        for path in work.iterdir():
            if path.name not in INPUTS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert codes & {1, 2}, "no line was refused"
