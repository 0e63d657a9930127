"""Take safeguards out of the program, one at a time, and print which of them no test misses.

    PYTHONPATH=tests python -m mutations [--only NAME] [--record]

Each is done in a copy of the repository; the exit code is 1 if a safeguard is missed by no test.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutations.mutation import Mutation
from mutations.safeguards import SAFEGUARDS
from support.paths import ROOT

# Of the wall: without the safeguard, some tests would never end.
MOST_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="mutations", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=list(SAFEGUARDS), metavar="NAME")
    parser.add_argument("--record", action="store_true", help="write the table to benchmarks/results")
    options = parser.parse_args()
    rows = []
    for name in options.only or SAFEGUARDS:
        verdict = tried(SAFEGUARDS[name])
        print(f"{name}: {verdict}", flush=True)
        rows.append([name, f"`{SAFEGUARDS[name].file}`", verdict])
    if options.record:
        _record(rows)
    sys.exit(any(verdict == MISSED for *_, verdict in rows))


FOUND, MISSED = "a test fails", "no test fails"


def tried(mutation: Mutation) -> str:
    """Take a safeguard out of a copy of the repository, and run its tests there."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        for name in ("lorasurgery", "tests", "fixtures"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        path = copy / "lorasurgery" / mutation.file
        path.write_text(mutation.applied(path.read_text(encoding="utf-8")), encoding="utf-8")
        environment = os.environ | {"PYTHONPATH": f"{copy}:{copy / 'tests'}"}
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        command += [] if mutation.also_slow else ["-m", "not slow"]
        try:
            done = subprocess.run(
                [*command, *mutation.tests.split()],
                cwd=copy,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=MOST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return FOUND  # it hangs
        if done.returncode not in (0, 1) and done.returncode > 0:
            raise RuntimeError(f"the tests did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return MISSED if done.returncode == 0 else FOUND


def _record(rows: list[list[str]]) -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from record import keep  # type: ignore[import-not-found]

    keep(
        "mutations",
        "safeguards",
        "Safeguards that were taken out of the program, one at a time.",
        "PYTHONPATH=tests python -m mutations --record",
        ["without it", "file", "what the tests say"],
        rows,
    )


if __name__ == "__main__":
    main()
