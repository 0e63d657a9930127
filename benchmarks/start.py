"""How long starts take: `--help`, a small merge, and the first run of a kernel compared with the second.

    python benchmarks/start.py [--rounds 9]

Each row is a whole process: its wall and CPU seconds, medians over interleaved rounds. The inputs are
those of `fixtures/`. The first run finds no compiled kernels and Python's own compiled files, the
second run both: the package is copied into a scratch folder for it, and its kernels are removed before
every first run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import record

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
EMPTY = "python -c pass"
FIRST, SECOND = "a small merge, first run", "a small merge"


def commands(out: Path) -> dict[str, list[str]]:
    """Commands by name, in the order of a round; the second merge finds the kernels of the first."""
    ours = [sys.executable, "-m", "lorasurgery"]
    merge = [*ours, "merge", str(FIXTURES / "llama-base"), str(FIXTURES / "llama-adapter"), "-o", str(out)]
    extract = [*ours, "extract", str(FIXTURES / "bert-base"), str(FIXTURES / "bert-tuned"), "--rank", "4"]
    return {
        EMPTY: [sys.executable, "-c", "pass"],
        "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
        "python -c 'import torch'": [sys.executable, "-c", "import torch"],
        "--help": [*ours, "--help"],
        FIRST: merge,
        SECOND: merge,
        "a small extract": [*extract, "-o", str(out)],
        "a small inspect": [*ours, "inspect", str(FIXTURES / "llama-adapter")],
    }


def timed(command: list[str], package: Path) -> tuple[float, float]:
    """Wall and CPU seconds of a command that succeeds, with the package in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(package), "HF_HUB_OFFLINE": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile("w+") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=package
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        output.seek(0)
        if status != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{output.read()[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime


def rounds(count: int) -> dict[str, list[tuple[float, float]]]:
    """Costs by command, a round that fills Python's own caches left out."""
    costs: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-start-") as scratch:
        package, out = Path(scratch) / "package", Path(scratch) / "out"
        shutil.copytree(ROOT / "lorasurgery", package / "lorasurgery", ignore=shutil.ignore_patterns("*.o"))
        # What is run as root or finds no other place keeps kernels beside the package.
        os.environ["XDG_CACHE_HOME"] = str(package / "cache")
        for index in range(count + 1):
            for name, command in commands(out).items():
                if name == FIRST:
                    for kernel in package.rglob("*.o"):
                        kernel.unlink()
                cost = timed(command, package)
                if index:
                    costs.setdefault(name, []).append(cost)
                shutil.rmtree(out, ignore_errors=True)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    arguments = parser.parse_args()
    print(record.machine())
    costs = rounds(arguments.rounds)
    rows = []
    for name, runs in costs.items():
        wall, cpu = (statistics.median(run[i] for run in runs) for i in (0, 1))
        ratio = statistics.median(one[0] / other[0] for one, other in zip(runs, costs[EMPTY], strict=True))
        rows.append([name, f"{wall:.3f} s", f"{cpu:.3f} s", f"{ratio:.1f}"])
        print(f"{name:28}{rows[-1][1]:>10}{rows[-1][2]:>10}{rows[-1][3]:>8}")
    more = statistics.median(
        one[0] - other[0] for one, other in zip(costs[FIRST], costs[SECOND], strict=True)
    )
    print(f"\nthe first run takes {more:.2f} s more than the second")
    if arguments.record:
        title = f"Starts; the first run, which compiles the kernels, takes {more:.2f} s more than the second."
        columns = ["", "wall", "CPU", f"ratio to `{EMPTY}`"]
        record.keep("start", "start", title, "python benchmarks/run_all.py --only start", columns, rows)


if __name__ == "__main__":
    main()
