"""Every reader, over a few hundred files damaged by seed.

A result or one line, never a traceback, a page of text or a hang.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.damaged_files import READERS, made, outcome
from support.hangs import never_hangs

SECONDS = 60
# Seeds, fast and slow; a tokenizer takes longer to read than everything else, PEFT's variants to make,
# and command lines have a test of their own.
OWN_SEEDS = {"tokenizer": (8, 15), "command line": (10, 50), "peft variants": (0, 200)}
SEEDS = dict.fromkeys(READERS, (60, 200)) | OWN_SEEDS
CASES = [
    *(pytest.param(name, range(few), id=name) for name, (few, _) in SEEDS.items() if few),
    *(
        pytest.param(name, range(few, many), id=f"{name}-more", marks=pytest.mark.slow)
        for name, (few, many) in SEEDS.items()
    ),
]


@pytest.mark.parametrize(("name", "seeds"), CASES)
def test_a_damaged_file_is_read_or_refused_in_one_line(name: str, seeds: range, tmp_path: Path) -> None:
    good = made(READERS[name], tmp_path / "good")
    with never_hangs():
        found = {}
        for seed in seeds:
            found[seed] = outcome(READERS[name], seed, good, tmp_path / "trial")
            shutil.rmtree(tmp_path / "trial")
        assert {seed: each for seed, each in found.items() if each not in ("right", "refused")} == {}
        assert set(found.values()) == {"right", "refused"}, (
            "a test that never reads, or never refuses, shows nothing"
        )
