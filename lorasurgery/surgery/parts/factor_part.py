"""A part of a run that writes an adapter or a delta: the results of its share of the modules or tensors.

A decision over all of them, such as a budget, needs the results of all parts; where they are not there yet,
a part stores what it has, and goes on in another pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from lorasurgery.checkpoint import Spill
from lorasurgery.errors import PartsError, UnsupportedError
from lorasurgery.reports import Report
from lorasurgery.surgery.parts.part import shared_out
from lorasurgery.surgery.parts.part_plan import DivisiblePlan, PartPlan, PassContent
from lorasurgery.surgery.parts.part_report import PartReport
from lorasurgery.surgery.parts.parts_folder import StoredPass, StoredPasses
from lorasurgery.surgery.parts.shared_bench import SharedBench, StoredResults, Waiting
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit


class FactorsPlan(DivisiblePlan, Protocol):
    """A plan whose work is on single modules or tensors, and whose output is one adapter or delta."""

    def unit_sizes(self) -> Mapping[str, int]:
        """Return what is never divided among parts, and the bytes that are read for it."""
        ...

    def work_share(self, names: frozenset[str], bench: SharedBench, spill: Spill) -> None:
        """Do the work on some units, all of which comes from the bench.

        Raises:
            Waiting: results of other parts are needed.
        """
        ...

    def join(self, bench: SharedBench) -> Report:
        """Write the output with the results of all parts."""
        ...


class _NothingNewError(Exception):
    """A part has nothing to store; no folder is to appear."""


@dataclass(frozen=True, repr=False)
class FactorPart(PartPlan):
    """A share of the modules of an adapter, or of the tensors of a delta."""

    @property
    def _factors(self) -> FactorsPlan:
        own: FactorsPlan = self.plan
        return own

    @cached_property
    def owners(self) -> Mapping[str, int]:
        """The part to which each unit belongs.

        Raises:
            UnsupportedError: there is nothing to divide.
        """
        sizes = self._sizes
        return dict(zip(sizes, shared_out([*sizes.values()], self.part.count), strict=True))

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        sizes = self._factors.unit_sizes()
        if not sizes:
            raise UnsupportedError(
                f"`{self.call.verb}` writes all factors as they are here: there is no work to divide, so "
                "leave out --part, --resume and --engine."
            )
        return sizes

    def share_of(self, index: int) -> tuple[int, int]:
        own = [self._sizes[name] for name, owner in self.owners.items() if owner == index]
        return len(own), sum(own)

    def carried_out(
        self, stored: StoredPasses, done: Sequence[StoredPass], progress: Progress | None
    ) -> PartReport:
        if done and not done[-1].manifest.content["waits_for"]:
            return self.report(stored, done[-1], is_new=False)
        is_new = False
        with suppress(_NothingNewError):
            self._write_pass(stored, len(done) + 1, progress)
            is_new = True
        stored = self.stored()
        return self.report(stored, stored.of(self.part)[-1], is_new=is_new)

    def _write_pass(self, stored: StoredPasses, number: int, progress: Progress | None) -> None:
        names = frozenset(name for name, owner in self.owners.items() if owner == self.part.index)
        found = StoredResults.of(each.folder for each in stored.found)
        meter = Meter(self.share_of(self.part.index)[1], progress)
        bench = SharedBench(Bench(self.workers, working_limit(), meter), found, self.owners, self.part.index)
        with self.writing(number, 0) as writer:
            waits_for: tuple[int, ...] = ()
            try:
                self._factors.work_share(names, bench, Spill(writer.folder))
            except Waiting as waiting:
                waits_for = waiting.parts
            if number > 1 and waits_for and not bench.made:
                raise _NothingNewError
            nbytes = bench.write(writer.folder)
            writer.content = PassContent(len(names), nbytes, waits_for=waits_for)

    def assemble(self, stored: StoredPasses) -> Report:
        found = StoredResults.of(each.folder for each in stored.found)
        try:
            return self._factors.join(SharedBench(None, found, self.owners))
        except Waiting as waiting:
            parts = ", ".join(f"{index}/{self.part.count}" for index in waiting.parts)
            raise PartsError(
                f"What is left to do for {self.target} depends on all parts, and {parts} have more to do: "
                "run every part once more, as before, and then `assemble`."
            ) from None
