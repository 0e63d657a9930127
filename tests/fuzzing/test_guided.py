"""The long runs with atheris work, where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT


@pytest.mark.slow
def test_atheris_finds_nothing_wrong_in_a_short_run(tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-P", "-m", "fuzzing", "--reader", "parallel", "--inputs", "200", "--atheris"]
    command += ["--failures", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Done 200" in done.stderr
    assert not list(tmp_path.iterdir())
