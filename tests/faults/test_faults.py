"""A call that fails, and a kill, cost no input, and leave no half output and no false sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from faults import shim
from faults.breaks import BREAKS
from faults.laboratory import SCENES
from support.paths import ROOT

pytestmark = pytest.mark.skipif(shim.compiler() is None, reason="needs Linux and a C compiler (cc)")
TRIALS = 200
QUICK = [name for name, scene in SCENES.items() if not scene.is_slow]


@pytest.fixture(scope="module")
def swept() -> dict[str, Any]:
    """What a sweep over all quick scenes found; the whole one is `python -m faults`."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-P", "-m", "faults", "--trials", str(TRIALS), "--breaks"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_no_promise_is_broken(swept: dict[str, Any]) -> None:
    assert swept["violations"] == []
    assert sum(swept["scenes"].values()) == TRIALS


@pytest.mark.parametrize("scene", QUICK)
def test_a_scene_does_many_calls_and_is_tried(swept: dict[str, Any], scene: str) -> None:
    assert swept["calls"][scene] >= 50, "the shim sees hardly any calls"
    assert swept["scenes"][scene] >= 10


@pytest.mark.parametrize("scene", QUICK)
def test_all_of_an_output_is_on_the_disk_before_it_takes_its_name(swept: dict[str, Any], scene: str) -> None:
    assert swept["unflushed"][scene] == []


@pytest.mark.parametrize("name", BREAKS)
def test_a_safeguard_that_is_taken_away_is_missed(swept: dict[str, Any], name: str) -> None:
    assert swept["breaks"][name] > 0
