"""The full circle, as anyone can run it: what is trained comes out of every verb as it went in."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.paths import ROOT

CIRCLE = ROOT / "benchmarks" / "circle.py"


@pytest.mark.slow
@pytest.mark.skipif("LORASURGERY_DATA" not in os.environ, reason="LORASURGERY_DATA names no folder with GLUE")
def test_trained_extracted_merged_unmerged_and_exported_it_is_still_the_same() -> None:
    run = subprocess.run(
        [sys.executable, CIRCLE, "--steps", "10", "--sentences", "64"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:] + run.stdout[-2000:]
