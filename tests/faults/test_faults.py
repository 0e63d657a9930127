"""A call that fails, and a kill, cost no input, and leave no half output and no false sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from faults import shim
from faults.__main__ import chosen
from faults.breaks import BREAKS
from faults.crowds import KILLED, NAMES
from faults.disks import FAULT, can_mount
from faults.recorded import rows_of
from faults.sweep import FAULTS, MOMENTS, Swept
from faults.trials import Violation
from support.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shim.compiler() is None, reason="needs Linux and a C compiler (cc)"),
]
QUICK = chosen(quick=True)
EACH, CROWDS = 8, 6
TRIALS = EACH * len(QUICK)


@pytest.fixture(scope="module")
def swept() -> dict[str, Any]:
    """What a sweep over the quick scenes found; the whole one is `python -m faults`.

    The seed is always the same, and so are the calls: what fails here fails again.
    """
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-P", "-m", "faults", "--quick", "--trials", str(TRIALS), "--breaks"]
    command += ["--crowds", str(CROWDS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_no_promise_is_broken(swept: dict[str, Any]) -> None:
    assert swept["violations"] == []
    assert sum(swept["scenes"].values()) >= TRIALS + CROWDS


def test_runs_at_once_are_tried(swept: dict[str, Any]) -> None:
    assert sum(swept["faults"].get(fault, 0) for fault in (*NAMES.values(), KILLED)) == CROWDS


def test_disks_that_are_really_full_are_tried(swept: dict[str, Any], tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("needs leave to mount a tmpfs")
    assert swept["faults"][FAULT] == CROWDS


def test_the_table_of_totals_has_every_trial() -> None:
    swept = Swept()
    for fault in [*FAULTS, *MOMENTS, *NAMES.values(), KILLED, FAULT]:
        swept.count("merge", fault, [])
    swept.count("rerank", "EIO", [Violation("rerank", "EIO", 1, "a traceback")])
    one, other, total = rows_of(swept)
    assert sum(map(int, one[1:-1])) == sum(map(int, total[1:-1])) - 1 == len(FAULTS) + len(MOMENTS) + 4
    assert (one[-1], other[-1], total[-1]) == ("0", "1", "1")


@pytest.mark.parametrize("scene", QUICK)
def test_a_scene_does_many_calls_and_is_tried(swept: dict[str, Any], scene: str) -> None:
    assert swept["calls"][scene] >= 30, "the shim sees hardly any calls"
    assert swept["scenes"][scene] >= EACH


@pytest.mark.parametrize("scene", QUICK)
def test_all_of_an_output_is_on_the_disk_before_it_takes_its_name(swept: dict[str, Any], scene: str) -> None:
    assert swept["unflushed"][scene] == []


@pytest.mark.parametrize("name", BREAKS)
def test_a_safeguard_that_is_taken_away_is_missed(swept: dict[str, Any], name: str) -> None:
    assert swept["breaks"][name] > 0
