"""A call of a Ray task that fails, and a task that is killed, cost no input and leave no half output."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from faults import shim
from support.paths import ROOT


@pytest.mark.slow  # as all that starts a cluster
@pytest.mark.skipif(shim.compiler() is None, reason="needs Linux and a C compiler (cc)")
def test_faults_in_the_tasks_of_a_cluster_break_no_promise() -> None:
    pytest.importorskip("ray")
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-P", "-m", "faults", "--scene", "inspect a checkpoint", "--trials", "-1"]
    done = subprocess.run(
        [*command, "--ray", "12"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["violations"] == []
    assert sum(found["faults"].values()) == 12
    assert len(found["faults"]) == 3
