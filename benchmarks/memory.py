"""Whether the memory that `--dry-run` announces holds: announced and measured, of very different commands.

    python benchmarks/memory.py [--scratch /dev/shm] [--only merge_dora ...] [--record]

Each command of `memory_cases.py` runs as a process of its own: with `--dry-run`, which announces, and
measured; once more where it compiled kernels, which takes memory the first time. Measured is the
largest resident memory of the process, or of one that it started, by the kernel's account. Announced
should be no less, and at most twice what is measured. With `--only` the other rows of the record stay.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import record
from memory_cases import CASES, Words

from lorasurgery.linalg.kernels import object_cache

# To the kernel, the most memory of a process is also that of the one that started it, so a small
# process starts the command.
MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
sys.stdout.buffer.write(done.stdout)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, file=sys.stderr)
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class MemoryCase:
    """What a command announced, and the most memory of its dry run and of itself, in bytes."""

    name: str
    shape: str
    announced: int
    dry: int
    taken: int

    @property
    def holds(self) -> bool:
        """Whether no run takes more than is announced, and the command at least half of it."""
        enough = max(self.dry, self.taken) <= self.announced
        return enough and self.announced <= 2 * self.taken

    @property
    def row(self) -> list[str]:
        """The case as a row of the table."""
        figures = [f"{nbytes / 1e6:,.0f} MB" for nbytes in (self.announced, self.dry, self.taken)]
        return [f"`{self.name}`: {self.shape}", *figures, f"{self.announced / self.taken:.2f}"]


def measured(*words: object) -> tuple[str, int]:
    """Run a command and return what it printed, and its most memory."""
    command = [sys.executable, "-c", MEASURED, sys.executable, "-m", "lorasurgery", *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {ended.stderr}")
    return ended.stdout, int(ended.stderr.split()[-1])


def kernels() -> set[Path]:
    """The kernels that are compiled."""
    return {path for folder in object_cache.folders() for path in folder.glob("*.o")}


def settled(*words: object) -> tuple[str, int]:
    """The same, once all kernels are there that a command needs."""
    compiled = kernels()
    first = measured(*words)
    return first if kernels() == compiled else measured(*words, "--force")


def tried(name: str, folder: Path) -> MemoryCase:
    """Make a case's inputs, and run its command."""
    make = CASES[name]
    words: Words = make(folder)
    words = [*words, "-o", folder / "out", "--json"]
    forecast, dry = settled(*words, "--dry-run")
    taken = settled(*words)[1]
    shape = (make.__doc__ or "").rstrip(".")
    return MemoryCase(name, shape, json.loads(forecast)["peak_nbytes"], dry, taken)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scratch", type=Path, help="a folder with 4 GB of room; the system's by default")
    parser.add_argument("--only", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    options = parser.parse_args()
    cases = []
    for name in options.only:
        with tempfile.TemporaryDirectory(prefix="bench-memory-", dir=options.scratch) as scratch:
            cases.append(tried(name, Path(scratch)))
        print(*cases[-1].row, "" if cases[-1].holds else "DOES NOT HOLD", sep=" | ", flush=True)
    print(f"{sum(case.holds for case in cases)} of {len(cases)} hold")
    if options.record:
        keep(cases)


def keep(cases: list[MemoryCase]) -> None:
    """Record the cases, and those of the last record that did not run this time."""
    last = next((each for each in record.records() if each.name == "memory"), None)
    rows = {row[0].partition(":")[0]: list(row) for row in (last.rows if last else ())}
    rows |= {case.row[0].partition(":")[0]: case.row for case in cases}
    title = (
        "Peak memory that `--dry-run` announces, compared with what is taken, which it should be no less "
        f"than, and at most twice; {os.cpu_count()} workers."
    )
    columns = ["", "announced", "dry run's own", "taken", "announced / taken"]
    ordered = [rows[f"`{name}`"] for name in CASES if f"`{name}`" in rows]
    record.keep("memory", "memory", title, "python benchmarks/memory.py --record", columns, ordered)


if __name__ == "__main__":
    main()
