"""One benchmark's figures as a record in `benchmarks/results/`, from which `run_all.py` writes RESULTS.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Record:
    """What was run, where and when, and the table that came of it.

    Attributes:
        name: of the record's file; records of one verb follow one another in RESULTS.md by name.
        verb: what was measured.
        title: one line on what the table compares.
        command: what makes it again.
        date, commit, machine: when, on which state of the project, and where.
        columns, rows: the table, as it is shown.
        notes: sentences below the table.
    """

    name: str
    verb: str
    title: str
    command: str
    date: str
    commit: str
    machine: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def write(self) -> None:
        """Put the record in the place of an earlier one of its name."""
        FOLDER.mkdir(exist_ok=True)
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (FOLDER / f"{self.name}.json").write_text(f"{text}\n", encoding="utf-8")


def records() -> list[Record]:
    """All records, by name."""
    paths = sorted(FOLDER.glob("*.json"))
    return [Record(**json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def keep(
    name: str, verb: str, title: str, command: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """Record a table of this run, on this machine, of this commit."""
    Record(name, verb, title, command, today(), commit(), machine(), columns, rows).write()


def machine() -> str:
    """The processor, its cores and the Python of this run."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    processor = next(named, platform.processor() or platform.machine())
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}"


def today() -> str:
    """The date, as in 2026-11-29."""
    return time.strftime("%Y-%m-%d")


def commit() -> str:
    """The short name of the project's commit, and whether files have changed since."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=7", "--exclude=*"]
    found = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
