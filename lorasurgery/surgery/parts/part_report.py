"""What a part of a run will do, and what it did: plain values, for the screen and `--json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lorasurgery.reports import Report

# Raised when a field changes its meaning or is removed; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True, repr=False)
class PartForecast(Report):
    """What a part of a run will do.

    Attributes:
        output: of the whole run; `folder` is that of this part.
        is_there: whether this part is there already.
        items: the tensors or parameters of a model, or modules of an adapter, that are this part's;
            `all_items` those of all parts.
        nbytes: what this part writes of a model, or reads for an adapter; `all_nbytes` all parts together.
    """

    verb: str
    output: str
    part: str
    folder: str
    is_there: bool
    items: int
    all_items: int
    nbytes: int
    all_nbytes: int

    @property
    def summary(self) -> str:
        """The share of this part in one line."""
        return f"part {self.part} of {self.output}: {self.items} of {self.all_items}, {self.folder}"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True, repr=False)
class PartReport(Report):
    """What a part of a run did, and what is to be run next.

    Attributes:
        output: of the whole run; `folder` is that of this part.
        is_new: whether this call wrote anything; otherwise it was there already.
        is_done: whether this part has nothing left to do; otherwise it is to be run once more, as soon
            as the parts in `waits_for` have been run.
        waits_for: parts whose results decide what this part has to do next.
        absent: parts that were not run yet.
    """

    verb: str
    output: str
    part: str
    folder: str
    number: int
    is_new: bool
    is_done: bool
    items: int
    nbytes: int
    waits_for: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """Into how many parts the run is divided."""
        return int(self.part.partition("/")[2])

    @property
    def is_complete(self) -> bool:
        """Whether all is there that `assemble` needs."""
        return self.is_done and not self.absent

    @property
    def next_step(self) -> str:
        """What to run next, in words."""
        again = "" if self.is_done else f" Then run every part once more: {_why_again(self.verb)}."
        if self.absent:
            listed = ", ".join(f"{index}/{self.count}" for index in self.absent[:8])
            more = f" and {len(self.absent) - 8} more" if len(self.absent) > 8 else ""
            return f"Run the parts that are absent: {listed}{more}.{again}"
        if not self.is_done:
            return f"Run every part once more: {_why_again(self.verb)}."
        return f"All {self.count} parts are there: run `lorasurgery assemble {self.output}`."

    @property
    def summary(self) -> str:
        """What was written, and what to run next."""
        state = "wrote" if self.is_new else "found"
        return f"part {self.part} of {self.output}: {state} {self.folder}. {self.next_step}"

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "version": REPORT_VERSION,
            **asdict(self),
            "is_complete": self.is_complete,
            "next_step": self.next_step,
        }


@dataclass(frozen=True, repr=False)
class AssembleForecast(Report):
    """What `assemble` will join: parts that are all there and belong together."""

    verb: str
    output: str
    parts: int
    nbytes: int

    @property
    def summary(self) -> str:
        """The parts and the output in one line."""
        return f"{self.parts} parts of `{self.verb}` become {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True, repr=False)
class AssembleReport(Report):
    """What `assemble` joined; `report` is that of the verb, as of a single run."""

    verb: str
    output: str
    parts: int
    report: Report

    @property
    def summary(self) -> str:
        """The parts and the output in one line."""
        return f"{self.parts} parts of `{self.verb}` are {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values, that of the verb among them."""
        return {
            "version": REPORT_VERSION,
            "verb": self.verb,
            "output": self.output,
            "parts": self.parts,
            "report": self.report.as_json(),
        }


def _why_again(verb: str) -> str:
    """What of a verb's work takes the results of all parts."""
    if verb == "diff":
        return "all parts together say what a tensor is made from"
    return "the ranks depend on all parts"
