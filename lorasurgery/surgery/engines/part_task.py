"""One part of a run as a task for a worker: names travel, no tensors; the worker keeps the plan.

A worker that does several parts opens the inputs and plans once. The part is written into `OUT.parts`, which
all workers see under the same path.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lorasurgery.errors import EngineError, SurgeryError
from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.parts.part_plan import PartPlan
from lorasurgery.surgery.parts.part_report import PartReport
from lorasurgery.surgery.parts.recorded_call import RecordedCall

# Progress travels at most so often.
SECONDS_BETWEEN_NOTES = 0.5

# Called with the bytes of a part that are done, and its total.
Note = Callable[[int, int], None]


@dataclass(frozen=True)
class RemoteRun:
    """A run as it travels to workers.

    Attributes:
        call: the verb and its options.
        target: the output of the run.
        folder: the current folder, from which relative names lead to the inputs.
        count: the number of parts.
        workers: tensors at a time in each task.
        force: whether an output of an earlier run may be replaced.
        token: what distinguishes this run from others that a worker knows.
    """

    call: RecordedCall
    target: Path
    folder: Path
    count: int
    workers: int
    force: bool
    token: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class PartOutcome:
    """What came of a part: its report, or the error that a user can act on."""

    report: PartReport | None = None
    error: SurgeryError | None = None


_known: dict[str, PartPlan] = {}
# The runs of which a part was stopped here, perhaps in the middle of an import.
_stopped: list[str] = []


def run_part(run: RemoteRun, index: int, note: Note | None = None) -> PartOutcome:
    """Do one part of a run, with the plan that this process has of it, or makes now.

    A process in which a part was stopped ends instead, and another one does the part: torch cannot be
    imported a second time where the first time was interrupted.
    """
    if _stopped:
        os._exit(os.EX_TEMPFAIL)
    try:
        plan = _planned(run).of_part(Part(index, run.count))
        return PartOutcome(report=plan.run(_seldom(note) if note else None))
    except SurgeryError as error:
        return PartOutcome(error=error)
    except KeyboardInterrupt:
        _stopped.append(run.token)
        raise


def _planned(run: RemoteRun) -> PartPlan:
    if run.token not in _known:
        _known.clear()
        _known[run.token] = _plan(run)
    return _known[run.token]


def _plan(run: RemoteRun) -> PartPlan:
    try:
        os.chdir(run.folder)
    except OSError as error:
        raise EngineError(
            f"A worker cannot enter {run.folder} ({error.strerror or error}), where the run was begun. All "
            "workers need the inputs and the output under the same paths: use a shared folder."
        ) from None
    planned: PartPlan = run.call.planner()(
        **run.call.arguments(),
        output=run.target,
        part=Part(1, run.count),
        workers=run.workers,
        force=run.force,
    )
    return planned.that_keeps_parts()


def _seldom(note: Note) -> Note:
    """Leave out figures that come too soon after others; that all is done, the report says."""
    last = time.monotonic()

    def noted(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_NOTES:
            last = now
            note(done, total)

    return noted
