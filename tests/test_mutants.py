"""Every reader, over a few hundred files damaged by seed: a result or one line, never a traceback, a page of text or a hang."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from support.damaged_files import READERS, made, outcome

MUTANTS, MUTANTS_OF_A_TOKENIZER, SECONDS = 200, 15, 60


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    good = made(READERS[name], tmp_path / "good")
    began = time.process_time()
    found = {}
    for seed in range(MUTANTS_OF_A_TOKENIZER if name == "tokenizer" else MUTANTS):
        found[seed] = outcome(READERS[name], seed, good, tmp_path / "trial")
        shutil.rmtree(tmp_path / "trial")
    assert {seed: each for seed, each in found.items() if each not in ("right", "refused")} == {}
    assert set(found.values()) == {"right", "refused"}, (
        "a test that never reads, or never refuses, shows nothing"
    )
    assert time.process_time() - began < SECONDS
