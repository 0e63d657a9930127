"""A run that one call has done in parts, by a cluster or one after another, and assembles."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.parts.part_plan import PartPlan
from lorasurgery.surgery.parts.parts_folder import parts_folder, stored_passes
from lorasurgery.surgery.workers import Progress


@dataclass(frozen=True)
class DividedRun:
    """A run by its only part, which is divided further when it is known into how many."""

    single: PartPlan
    force: bool
    progress: Progress | None

    def forecast(self) -> Any:
        """Say what `run` would write, as without parts."""
        return self.single.plan.forecast()

    def share_sizes(self, count: int) -> list[int]:
        """Return the bytes of each of so many parts."""
        plan = self.single.of_part(Part(1, count))
        return [plan.share_of(index)[1] for index in range(1, count + 1)]

    def count_there(self) -> int | None:
        """Return into how many parts the run was divided before; None where no parts are there."""
        there = stored_passes(parts_folder(self.single.target)).found
        return there[0].part.count if there else None

    def remove_parts_of_others(self) -> None:
        """Remove what is there of runs with other inputs or options."""
        own = self.single.identity
        for each in stored_passes(parts_folder(self.single.target)).found:
            theirs = each.manifest.identity
            if (theirs.call, theirs.inputs) != (own.call, own.inputs):
                shutil.rmtree(each.folder, ignore_errors=True)
