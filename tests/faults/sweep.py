"""Many trials, at random or all that there are."""

from __future__ import annotations

import errno
import random
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faults.breaks import BREAKS
from faults.disturbances import DISTURBANCES
from faults.laboratory import SCENES, lay_out
from faults.trials import Fault, Laboratory, Violation

FAULTS = {
    fault.name: fault
    for fault in (
        Fault("EIO", "fail", errno.EIO),
        Fault("EACCES", "fail", errno.EACCES),
        Fault("EINTR", "fail", errno.EINTR),
        Fault("ENOSPC from here on", "fail from here", errno.ENOSPC),
        Fault("EPERM of copies", "fail", errno.EPERM, copies_alone=True),
        Fault("short", "shorten"),
        Fault("SIGKILL", "signal after", signal.SIGKILL),
        Fault("SIGTERM", "signal after", signal.SIGTERM),
        Fault("SIGINT", "signal before", signal.SIGINT),
        *(
            Fault(f"an input is {name}", "signal after", signal.SIGSTOP, disturbance=name)
            for name in DISTURBANCES
        ),
    )
}
# Of a defect that was put into the program.
TRIALS_OF_A_BREAK = 15


@dataclass
class Swept:
    """How many trials there were, by scene and by fault, and what they found."""

    scenes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    calls: dict[str, int] = field(default_factory=dict)
    unflushed: dict[str, list[str]] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    # How many violations each defect shows that was put into the program.
    breaks: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        return {**vars(self), "violations": [vars(each) for each in self.violations]}


def sweep(place: Path, names: list[str], count: int, seed: int) -> Swept:
    """Try `count` calls and faults at random; with 0 every call with every fault."""
    laboratory = _laboratory(place, names)
    swept = Swept(calls=laboratory.calls, unflushed=laboratory.unflushed)
    for name, fault, nth in _chosen(laboratory, names, count, seed) if count else _all(laboratory, names):
        swept.scenes[name] += 1
        swept.faults[fault.name] += 1
        swept.violations += laboratory.tried(name, SCENES[name], fault, nth)
    return swept


def breaks(place: Path, seed: int) -> dict[str, int]:
    """Count what the trials find in a program that lacks one of its safeguards."""
    found = {}
    for name, each in BREAKS.items():
        with each.done():
            laboratory = _laboratory(place / name, [each.scene])
            chance, calls = random.Random(seed), laboratory.calls[each.scene]
            at = chance.sample(range(calls // 2, calls + 1), TRIALS_OF_A_BREAK)
            tried = [laboratory.tried(each.scene, SCENES[each.scene], FAULTS[each.fault], nth) for nth in at]
            found[name] = len(laboratory.unflushed[each.scene]) + sum(map(len, tried))
    return found


def _laboratory(place: Path, names: list[str]) -> Laboratory:
    folder = place / "laboratory"
    folder.mkdir(parents=True)
    lay_out(folder)
    laboratory = Laboratory(folder)
    laboratory.prepare({name: SCENES[name] for name in names})
    return laboratory


def _chosen(
    laboratory: Laboratory, names: list[str], count: int, seed: int
) -> Iterator[tuple[str, Fault, int]]:
    chance = random.Random(seed)
    for number in range(count):
        name, fault = names[number % len(names)], chance.choice(list(FAULTS.values()))
        yield name, fault, chance.randint(1, laboratory.calls[name])


def _all(laboratory: Laboratory, names: list[str]) -> Iterator[tuple[str, Fault, int]]:
    for name in names:
        for fault in FAULTS.values():
            for nth in range(1, laboratory.calls[name] + 1):
                yield name, fault, nth
