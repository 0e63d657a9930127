"""Runs the program and measures the most memory that it has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from support.paths import ROOT

# Runs a command from a small process: to the kernel, the most memory of a process is also that of
# the one that started it.
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, file=sys.stderr)
"""


# The program, with changes of whose matrices only those of few numbers are held in memory.
HOLDING_FEW = """
from lorasurgery.surgery.factorise import delta
delta.MOST_HELD = 1 << 20
from lorasurgery.cli.main import main
main()
"""


def run(*words: object, program: tuple[str, ...] = ("-m", "lorasurgery")) -> tuple[dict[str, Any], int]:
    """The JSON of a command, and the most memory that it had."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", MEASURED, sys.executable, *program, *map(str, words)]
    done = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), int(done.stderr.split()[-1])
