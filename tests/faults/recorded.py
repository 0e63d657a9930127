"""The totals of a run as a table of RESULTS.md."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from faults.sweep import Swept, count_logged
from support.paths import ROOT

# Columns of the table, and how the faults begin that are counted in them.
KINDS = {
    "a call fails": ("EIO", "EACCES", "EINTR", "ENOSPC", "EPERM"),
    "is short": ("short",),
    "is the last before a signal": ("SIGKILL", "SIGTERM", "SIGINT"),
    "signal at a moment": (),
    "input changed": ("an input",),
    "runs at once": ("two", "three"),
    "full tmpfs": ("a full",),
}


def kind_of(fault: str) -> str:
    """The column of a fault."""
    if fault.endswith("at a moment"):
        return "signal at a moment"
    return next(kind for kind, starts in KINDS.items() if fault.startswith(starts))


def rows_of(swept: Swept) -> list[list[str]]:
    """A row for each scene, and one for all."""
    counts: Counter[tuple[str, str]] = Counter()
    for (scene, fault), count in swept.trials.items():
        counts[scene, kind_of(fault)] += count
    wrong = Counter(each.scene for each in swept.violations)
    rows = [
        [scene, *(str(counts[scene, kind]) for kind in KINDS), str(wrong[scene])]
        for scene in sorted(swept.scenes)
    ]
    sums = [sum(counts[scene, kind] for scene in swept.scenes) for kind in KINDS]
    return [*rows, [f"all: {sum(sums):,}", *map(str, sums), str(sum(wrong.values()))]]


def record(logs: Sequence[Path]) -> None:
    """Write the table of what some logs have to `benchmarks/results`."""
    swept = Swept()
    for log in logs:
        count_logged(log, swept)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from record import keep  # type: ignore[import-not-found]

    keep(
        "faults",
        "faults",
        "Trials in which something went wrong on purpose, by what was run, and promises that were broken.",
        "PYTHONPATH=tests python -m faults --moments 300 --crowds 60 --log FILE",
        ["", *KINDS, "violations"],
        rows_of(swept),
    )
