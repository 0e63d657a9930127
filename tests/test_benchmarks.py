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


def test_ratios_that_became_worse_are_named() -> None:
    """A fifth is the limit; what is faster, or is no ratio, is not named."""
    code = (
        "from record import Record, worse\n"
        "columns = ['', 'wall', 'ratio to cp', 'times faster than X']\n"
        "head = ('n', 'v', 't', 'c', '2026-01-01', 'abc', 'm', columns)\n"
        "last = Record(*head, [['a', '1 s', '1.00', '10'], ['b', '1 s', '1.00', '10'], ['c', '', '1', '']])\n"
        "new = Record(*head, [['a', '9 s', '1.25', '8'], ['b', '9 s', '1.19', '9'], ['d', '', '9', '1']])\n"
        "print([note.partition(': ')[2] for note in worse(last, new)])"
    )
    assert _python("-c", code) == (
        "['a, ratio to cp: 1.25, and 1.00 before.', 'a, times faster than X: 8, and 10 before.']\n"
    )


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
