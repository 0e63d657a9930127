"""Many trials, at random or all that there are."""

from __future__ import annotations

import errno
import json
import random
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faults import crowds, disks
from faults.breaks import BREAKS
from faults.disturbances import DISTURBANCES
from faults.laboratory import lay_out
from faults.scenes import SCENES
from faults.trials import Fault, Laboratory, Violation

READING = ("read", "pread", "readv", "preadv")
WRITING = ("write", "copy_file_range", "fsync", "sync_file_range", "ftruncate", "fallocate")
NAMING = ("mkdir", "rmdir", "unlink", "link", "symlink", "rename")
FAULTS = {
    fault.name: fault
    for fault in (
        Fault("EIO", "fail", errno.EIO),
        Fault("EACCES", "fail", errno.EACCES, calls=("open", *NAMING)),
        Fault("EINTR", "fail", errno.EINTR, calls=("open", *READING, *WRITING)),
        Fault("ENOSPC from here on", "fail from here", errno.ENOSPC, calls=(*WRITING, *NAMING)),
        Fault("EPERM of copies", "fail", errno.EPERM, copies_alone=True),
        Fault("short", "shorten", calls=(*READING, *WRITING)),
        Fault("SIGKILL", "signal after", signal.SIGKILL),
        Fault("SIGTERM", "signal after", signal.SIGTERM),
        Fault("SIGINT", "signal before", signal.SIGINT),
        *(
            Fault(f"an input is {name}", "signal after", signal.SIGSTOP, disturbance=name)
            for name in DISTURBANCES
        ),
    )
}
MOMENTS = {
    fault.name: fault
    for fault in (
        Fault(f"{number.name} at a moment", "signal after", number, is_at_a_moment=True)
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
    )
}
# Of a defect that was put into the program.
TRIALS_OF_A_BREAK = 15


@dataclass(frozen=True)
class Tries:
    """Which calls go wrong: all, all that differ, or so many of these, by a seed."""

    seed: int = 0
    count: int = 0
    all_calls: bool = False
    faults: tuple[str, ...] = tuple(FAULTS)

    def of(self, laboratory: Laboratory, names: list[str]) -> Iterator[tuple[str, Fault, int]]:
        chance = random.Random(self.seed)
        places = {name: self._places(laboratory, name) for name in names}
        if self.count:
            for number in range(self.count):  # none, where it is negative
                name = names[number % len(names)]
                fault = chance.choice(list(places[name]))
                yield name, fault, chance.choice(places[name][fault])
            return
        tries = [
            (name, fault, nth) for name in names for fault, found in places[name].items() for nth in found
        ]
        chance.shuffle(tries)  # so that a part of them is a sample
        yield from tries

    def _places(self, laboratory: Laboratory, name: str) -> dict[Fault, list[int]]:
        different = None if self.all_calls else laboratory.different[name]
        faults = [FAULTS[each] for each in self.faults]
        found = {fault: fault.places(laboratory.names[name], different) for fault in faults}
        return {fault: places for fault, places in found.items() if places}


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

    # How many trials there were of each scene and fault.
    trials: Counter[tuple[str, str]] = field(default_factory=Counter)
    log: Path | None = None

    def note(self, scene: str, fault: str, nth: int, found: list[Violation]) -> None:
        """Count a trial, and add it to the log."""
        self.count(scene, fault, found)
        if self.log:
            with self.log.open("a") as file:
                file.write(json.dumps([scene, fault, nth, [each.to_dict() for each in found]]) + "\n")

    def count(self, scene: str, fault: str, found: list[Violation]) -> None:
        """Count a trial, and what it found."""
        self.scenes[scene] += 1
        self.faults[fault] += 1
        self.trials[scene, fault] += 1
        self.violations += found

    def add(self, other: Swept) -> None:
        """Add what another sweep did and found."""
        self.scenes += other.scenes
        self.faults += other.faults
        self.trials += other.trials
        self.violations += other.violations

    def to_dict(self) -> dict[str, object]:
        trials = [[*key, count] for key, count in sorted(self.trials.items())]
        found = [each.to_dict() for each in self.violations]
        return {**vars(self), "violations": found, "trials": trials, "log": str(self.log)}


def sweep(place: Path, names: list[str], tries: Tries, log: Path | None = None) -> Swept:
    """Let calls of some scenes go wrong, one after the other.

    What a log has was tried before; what is tried now is added to it.
    """
    laboratory = opened_laboratory(place, names)
    swept = Swept(calls=laboratory.calls, unflushed=laboratory.unflushed)
    known = count_logged(log, swept) if log else set()
    swept.log = log
    for name, fault, nth in tries.of(laboratory, names):
        if (name, fault.name, nth) not in known:
            swept.note(name, fault.name, nth, laboratory.tried(name, SCENES[name], fault, nth))
    return swept


def count_logged(log: Path, swept: Swept) -> set[tuple[str, str, int]]:
    """Count what was tried before, and name it."""
    known = set()
    for line in log.read_text().splitlines() if log.exists() else ():
        name, fault, nth, found = json.loads(line)
        swept.count(name, fault, [Violation(**each) for each in found])
        known.add((name, fault, nth))
    return known


def moments(place: Path, names: list[str], count: int, seed: int, log: Path | None = None) -> Swept:
    """Send signals at random moments, to one scene after the other."""
    laboratory = opened_laboratory(place, names)
    swept, chance = Swept(log=log), random.Random(seed)
    for number in range(count):
        name, fault = names[number % len(names)], chance.choice(list(MOMENTS.values()))
        nth = chance.randint(1, 1050)
        swept.note(name, fault.name, nth, laboratory.tried(name, SCENES[name], fault, nth))
    return swept


def crowds_and_disks(place: Path, names: list[str], count: int, seed: int, log: Path | None = None) -> Swept:
    """Let several runs write one output, and fill disks, where this process may mount one."""
    names = [name for name in names if not SCENES[name].answers]
    laboratory = opened_laboratory(place, names)
    swept, chance = Swept(log=log), random.Random(seed)
    on_disks = [name for name in names if disks.fits_on(name)] if disks.can_mount(place / "disk") else []
    for number in range(count):
        name, kind = names[number % len(names)], number // len(names) % 3
        runs, is_killed = (3, False) if kind == 1 else (2, kind == 2)
        found = crowds.crowd(laboratory, name, runs, chance, kill=is_killed)
        swept.note(name, crowds.KILLED if is_killed else crowds.NAMES[runs], number, found)
        if on_disks:
            name = on_disks[number % len(on_disks)]
            swept.note(name, disks.FAULT, number, disks.filled(laboratory, name, chance))
    return swept


def breaks(place: Path, seed: int) -> dict[str, int]:
    """Count what the trials find in a program that lacks one of its safeguards."""
    found = {}
    for name, each in BREAKS.items():
        with each.done():
            laboratory = opened_laboratory(place / name, [each.scene])
            chance, calls = random.Random(seed), laboratory.calls[each.scene]
            at = chance.sample(range(calls // 2, calls + 1), TRIALS_OF_A_BREAK)
            tried = [laboratory.tried(each.scene, SCENES[each.scene], FAULTS[each.fault], nth) for nth in at]
            found[name] = len(laboratory.unflushed[each.scene]) + sum(map(len, tried))
    return found


def opened_laboratory(place: Path, names: list[str]) -> Laboratory:
    folder = place / "laboratory"
    folder.mkdir(parents=True)
    lay_out(folder)
    laboratory = Laboratory(folder)
    laboratory.prepare({name: SCENES[name] for name in names})
    return laboratory
