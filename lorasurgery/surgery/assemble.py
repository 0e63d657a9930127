"""Assemble: the output of a run that was done in parts, with the bytes of a single run.

plan   read the manifests, plan the run again from its recorded options, and hold both against each other
run    check every byte of the parts, give the files their places, write what there is once, remove the parts
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint import workplace
from lorasurgery.checkpoint.output import PARTS
from lorasurgery.errors import NotACheckpointError, NothingToDoError, OutputError, PartsError
from lorasurgery.foreign import reading
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.parts.file_part import FilePart
from lorasurgery.surgery.parts.manifest import RunIdentity
from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.parts.part_plan import PartPlan
from lorasurgery.surgery.parts.part_report import AssembleForecast, AssembleReport
from lorasurgery.surgery.parts.parts_folder import (
    StoredPasses,
    damaged,
    doubled,
    foreign,
    parts_folder,
    stored_passes,
)
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import Progress

# Reasons that are shown; what is wrong with every part is wrong in one way.
MOST_REASONS = 12


@dataclass(frozen=True)
class AssemblePlan:
    """Parts that are joined; `wrong` says why they cannot be, as far as headers tell."""

    plan: PartPlan
    stored: StoredPasses
    wrong: tuple[str, ...]
    check: bool
    progress: Progress | None = None

    def __repr__(self) -> str:
        """Return one line."""
        return f"<AssemblePlan: {self.plan.part.count} parts of {self.plan.target}>"

    def forecast(self) -> AssembleForecast:
        """Say what `run` would join.

        Raises:
            PartsError: parts are absent, or do not belong together.
        """
        self._refuse(list(self.wrong))
        return AssembleForecast(
            self.plan.call.verb,
            str(self.plan.target),
            self.plan.part.count,
            sum(each.manifest.content["nbytes"] for each in self.stored.found),
        )

    def run(self, progress: Progress | None = None) -> AssembleReport:
        """Write the output, and remove the parts once it is in place.

        Raises:
            PartsError: parts are absent, damaged, or do not belong together; all reasons at once.
        """
        shown = self.progress if progress is None else progress
        reasons = [*self.wrong, *(damaged(self.stored.found) if self.check else ())]
        if isinstance(self.plan, FilePart):
            reasons += self.plan.damage(self.stored, shown, is_read=self.check)
        self._refuse(reasons)
        report = self.plan.assemble(self.stored)
        self._remove_parts()
        return AssembleReport(self.plan.call.verb, str(self.plan.target), self.plan.part.count, report)

    def _refuse(self, reasons: list[str]) -> None:
        if not reasons:
            return
        shown = "; ".join(reasons[:MOST_REASONS])
        more = f"; and {len(reasons) - MOST_REASONS} more" if len(reasons) > MOST_REASONS else ""
        raise PartsError(
            f"The parts of {self.plan.target} cannot be joined: {shown}{more}. Run what is absent, "
            "and delete what is wrong and run it again; then `assemble`."
        )

    def _remove_parts(self) -> None:
        """Remove the parts, and what killed runs of parts left; what cannot be removed stays."""
        folder = parts_folder(self.plan.target)
        for each in self.stored.found:
            shutil.rmtree(each.folder, ignore_errors=True)
        with suppress(OSError):
            for left in folder.glob("*.partial"):
                workplace.clear(left)
            folder.rmdir()


def plan_assemble(
    output: StrPath,
    *,
    check: bool = True,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> AssemblePlan:
    """Plan the joining of all parts of a run; manifests and headers of the inputs are read.

    Args:
        output: of the run, as it was named with `--output`; its parts are in `OUTPUT.parts`.
        check: read every byte of the parts and compare its hash. Without, only sizes, headers and manifests
            are compared.
        workers: tensors at a time; by default one for each core.
        force: replace an output of an earlier run.
        progress: called with the bytes read so far and in all; True draws a bar.

    Raises:
        NothingToDoError: there are no parts.
        PartsError: the manifests of all parts are damaged.
        CheckpointError, AlignmentError, OutputError: see `lorasurgery.errors`.
    """
    target = _target(output)
    stored = stored_passes(parts_folder(target))
    if not stored.found:
        reasons = f": {'; '.join(stored.unreadable)}" if stored.unreadable else ""
        raise PartsError(f"No part in {parts_folder(target)} can be read{reasons}.")
    identity = _most_common(stored)
    plan = _planned_again(identity, target, workers=workers, force=force, progress=progress)
    own = StoredPasses(
        tuple(each for each in stored.found if not each.manifest.identity.differences(plan.identity))
    )
    wrong = (
        *stored.unreadable,
        *foreign(stored.found, plan.identity),
        *doubled(own.found),
        *_absent(own, plan.part.count),
    )
    return AssemblePlan(plan, own, wrong, check, progress)


assemble = at_once(plan_assemble, "assemble", "Write the output of a run out of all of its parts.")


def _target(output: StrPath) -> Path:
    """Return the output whose parts are there: as it is named, or with the suffix of its format."""
    given = expanded(output)
    target = given.with_name(given.name.removesuffix(PARTS)) if given.name.endswith(PARTS) else given
    if parts_folder(target).is_dir():
        return target
    # A run that ended just after it had joined them may have left this, which no other run would clear.
    workplace.clear(workplace.beside(target))
    others = sorted(target.parent.glob(f"*{PARTS}")) if target.parent.is_dir() else []
    alike = [each for each in others if each.name.startswith(f"{target.name}.")]
    if len(alike) == 1:
        return alike[0].with_name(alike[0].name.removesuffix(PARTS))
    there = f" Here are parts of {', '.join(each.name.removesuffix(PARTS) for each in others[:4])}."
    raise NothingToDoError(
        f"There is no {parts_folder(target)}, where the parts of {target} would be. Make them by --part 1/n "
        f"to n/n, with -o {target}.{there if others else ''}"
    )


def _most_common(stored: StoredPasses) -> RunIdentity:
    """Return the run that most parts are of; the first one of several such."""
    counts = Counter(repr(each.manifest.identity) for each in stored.found)
    return max(stored.found, key=lambda each: counts[repr(each.manifest.identity)]).manifest.identity


def _planned_again(identity: RunIdentity, target: Path, **options: Any) -> PartPlan:
    """Plan the run of the parts as it was recorded."""
    if identity.tool != version("lorasurgery"):
        raise PartsError(
            f"{parts_folder(target)} was written by lorasurgery {identity.tool}, and this is "
            f"{version('lorasurgery')}: assemble it with that version, or delete it and run the parts again."
        )
    try:
        with reading(parts_folder(target), "the parts of a run"):
            planned: PartPlan = identity.call.planner()(
                **identity.call.arguments(), output=target, part=Part(1, identity.count), **options
            )
    except NotACheckpointError as error:
        raise NotACheckpointError(
            f"{error} `assemble` plans the run again, from the folder in which its parts were run."
        ) from None
    except OutputError as error:
        if not target.exists():
            raise
        raise OutputError(
            f"{error} If it was assembled from {parts_folder(target)} before, delete that folder."
        ) from None
    return planned


def _absent(stored: StoredPasses, count: int) -> Iterator[str]:
    """Say which parts are not there."""
    absent = [f"{index}/{count}" for index in range(1, count + 1) if not stored.of(Part(index, count))]
    if absent:
        more = f" and {len(absent) - 8} more" if len(absent) > 8 else ""
        yield f"{len(absent)} of {count} parts are absent ({', '.join(absent[:8])}{more})"
