"""The benchmarks still run, and RESULTS.md is what their records say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"


def test_the_results_are_what_the_records_say() -> None:
    rendered = _python("-c", "import run_all; print(run_all.rendered(), end='')")
    written = (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8")
    assert rendered == written, "make it anew with: python benchmarks/run_all.py --render"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convert", "inspect"])
def test_a_benchmark_of_the_insides_runs_on_small_inputs(name: str) -> None:
    """Those that call more than the command line, whose imports nothing else checks."""
    assert "\n" in _python("run_all.py", "--quick", "--only", name)


def _python(*arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    run = subprocess.run(
        command, cwd=BENCHMARKS, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
