"""`--resume`: a run that keeps what is finished when it breaks off, and goes on from what is there.

The run is divided into parts, as by `--part`, which this process does one after another. Each is whole or
absent, and has a manifest of inputs, options and version: what does not fit together is refused. At the end
the parts are assembled to the bytes of a run without `--resume`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from lorasurgery.errors import Interrupted, SurgeryError, UnsupportedError
from lorasurgery.progress_bar import callback
from lorasurgery.reports import Report
from lorasurgery.surgery.engines.divided_run import DividedRun
from lorasurgery.surgery.parts.file_part import FilePart
from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.parts.part_plan import PartPlan
from lorasurgery.surgery.parts.part_report import PartReport
from lorasurgery.surgery.plan import add_keyword
from lorasurgery.surgery.workers import Progress

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# What is lost when a run breaks off is a part: the bytes of one, and how many parts there are at most, since
# each looks at the manifests of all.
PART_BYTES, MOST_PARTS = 128 * 2**20, 128
# Files of at most so many parts' bytes are not cut up: whole files get their places without being copied.
PARTS_IN_A_FILE = 8


@dataclass(frozen=True)
class ResumePlan(DividedRun):
    """A run whose parts this process does one after another, but for those that are there."""

    def __repr__(self) -> str:
        """Return one line."""
        return f"<ResumePlan: {self.single.plan!r}>"

    def run(self, progress: Progress | None = None) -> Report:
        """Do all parts that are not there, and assemble; the report is the verb's own.

        Raises:
            PartsError: what is there is of other inputs or options.
        """
        from lorasurgery.surgery.assemble import assemble  # which no run without parts needs

        if self.force:
            self.remove_parts_of_others()
        there = self.count_there()
        count = there or self.wanted_count()
        first = self.single.that_keeps_parts().of_part(Part(1, count))
        rounds = PartsInOrder(first, self.share_sizes(count), callback(progress or self.progress))
        while not any(report.is_complete for report in rounds.done()):
            pass
        # What an earlier run left is compared with its hashes, byte for byte.
        return assemble(
            self.single.target, check=there is not None, workers=self.single.workers, force=self.force
        ).report

    def wanted_count(self) -> int:
        """Return into how many parts the run is to be divided."""
        items, nbytes = self.single.share_of(1)
        count = max(1, min(items, -(-nbytes // PART_BYTES), MOST_PARTS))
        if isinstance(self.single, FilePart) and self.single.shares[0].is_whole:
            files = len(self.single.shares[0].plans)
            if nbytes <= PARTS_IN_A_FILE * PART_BYTES * files or files >= MOST_PARTS:
                return min(count, files)
        return count


@dataclass
class PartsInOrder:
    """Does all parts once, and says how much of all is done."""

    first: PartPlan
    sizes: Sequence[int]
    shown: Callable[[int, int], None] | None

    def done(self) -> list[PartReport]:
        """Run every part, and return their reports."""
        reports: list[PartReport] = []
        try:
            for index in range(1, len(self.sizes) + 1):
                plan = self.first.of_part(Part(index, len(self.sizes)))
                reports.append(plan.run(self._progress_of(index)))
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; {self._kept()}") from None
        except SurgeryError as error:
            if not (reports or self.first.stored().found):
                raise
            raise type(error)(f"{error.args[0]} What is finished is kept: {self._kept()}.") from None
        return reports

    def _kept(self) -> str:
        there = {each.part for each in self.first.stored().found}
        return (
            f"{len(there)} of {len(self.sizes)} parts are in {self.first.target}.parts, and the same command "
            "does the others"
        )

    def _progress_of(self, index: int) -> Progress | None:
        if self.shown is None:
            return None
        shown, before, total = self.shown, sum(self.sizes[: index - 1]), sum(self.sizes)

        def noted(done: int, of_part: int) -> None:
            share = done / of_part if of_part else 1.0
            shown(before + int(share * self.sizes[index - 1]), total)

        return noted


def resumable(verb: str) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Let a planning function that knows parts take `resume=True`, for a run that keeps what is finished.

    Args:
        verb: the name of the verb.
    """

    def decorated(plan: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @functools.wraps(plan)
        def plan_to_resume(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
            if not options.pop("resume", False):
                return plan(*args, **options)
            if options.get("part") is not None:
                raise UnsupportedError(
                    f"--part does one part of `{verb}`, which is kept as it is, and --resume does all of "
                    "them; leave one out."
                )
            asked: Any = {**options, "part": Part(1, 1)}
            single: Any = plan(*args, **asked)
            single.share_of(1)  # refuses what has nothing to divide
            run: Any = ResumePlan(single, bool(asked.get("force")), asked.get("progress"))
            return run  # type: ignore[no-any-return]

        add_keyword(plan_to_resume, plan, "resume", "bool", default=False)
        return plan_to_resume

    return decorated
