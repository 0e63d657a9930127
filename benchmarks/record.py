"""One benchmark's figures as a record in `benchmarks/results/`, from which `run_all.py` writes RESULTS.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).with_name("results")
# Environment variables that cap everything at AVX2, as far as that goes (see README.md).
CAP = dict(
    line.split("=", 1)
    for line in Path(__file__).with_name("avx2.env").read_text(encoding="ascii").splitlines()
)
# A ratio that is worse by more than this share than in the last table is named.
WORSE = 0.2
# Words in the head of a column whose ratios are better when they are smaller, and when larger.
SMALLER, LARGER = "ratio", "times faster"


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
    """Record a table of this run, on this machine, of this commit, and say which ratios became worse."""
    if is_capped():
        name, title, command = f"{name}-avx2", f"Capped to AVX2: {title}", f"{command} --capped"
    new = Record(name, verb, title, command, today(), commit(), machine(), columns, rows)
    last = next((each for each in records() if each.name == name), None)
    notes = worse(last, new) if last else []
    print("\n".join(notes))
    replace(new, notes=notes).write()


def is_capped() -> bool:
    """Whether this run is capped to AVX2."""
    return all(os.environ.get(name) == value for name, value in CAP.items())


def worse(last: Record, new: Record) -> list[str]:
    """Name every ratio that is more than a fifth worse than in the last table."""
    before = {row[0]: dict(zip(last.columns, row, strict=True)) for row in last.rows}
    found = []
    for row in new.rows:
        for column, cell in zip(new.columns[1:], row[1:], strict=True):
            one, other = _number(before.get(row[0], {}).get(column, "")), _number(cell)
            if one is None or other is None:
                continue
            change = other / one if SMALLER in column else one / other if LARGER in column else 1.0
            if change > 1 + WORSE:
                found.append(
                    f"Worse than in the last table ({last.date}, commit {last.commit}, {last.machine}): "
                    f"{row[0]}, {column}: {cell}, and {before[row[0]][column]} before."
                )
    return found


def _number(cell: str) -> float | None:
    try:
        return float(cell.partition(" ")[0]) or None
    except ValueError:
        return None


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
