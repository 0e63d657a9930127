"""What an unmerge or a subtraction will do, and what it did, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lorasurgery.reports import Report
from lorasurgery.text import percent

# Raised when a field changes its meaning or is removed; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True, repr=False)
class UnmergeForecast(Report):
    """What an unmerge will do; hashes are compared only while the weights are written.

    `restored` tensors get the base's bits, `copied` ones have them, `removed` ones were added by
    the merge. `left` counts the earlier merges that can be undone afterwards.
    """

    merged: str
    output: str
    adapters: tuple[str, ...]
    restored: int
    copied: int
    removed: int
    nbytes: int
    left: int
    peak_nbytes: int
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The numbers of tensors and the output, in one line."""
        return f"{self.restored} tensors to restore, {self.copied} to copy, {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True, repr=False)
class UnmergeReport(Report):
    """What an unmerge did.

    `restored` tensors have the base's bits, `copied` ones had them, `removed` ones were added by
    the merge. `left` counts the earlier merges that can be undone now.
    """

    merged: str
    output: str
    adapters: tuple[str, ...]
    restored: int
    copied: int
    removed: int
    nbytes: int
    left: int
    notes: tuple[str, ...] = ()

    @staticmethod
    def of(forecast: UnmergeForecast) -> UnmergeReport:
        """Return the report of a forecast that came true."""
        return UnmergeReport(
            merged=forecast.merged,
            output=forecast.output,
            adapters=forecast.adapters,
            restored=forecast.restored,
            copied=forecast.copied,
            removed=forecast.removed,
            nbytes=forecast.nbytes,
            left=forecast.left,
            notes=forecast.notes,
        )

    @property
    def summary(self) -> str:
        """The numbers of tensors and the output, in one line."""
        return f"{self.restored} tensors restored, {self.copied} copied, {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True, repr=False)
class SubtractForecast(Report):
    """What a subtraction will do: `changed` tensors are rounded anew, all others are copied."""

    merged: str
    output: str
    adapters: tuple[str, ...]
    changed: int
    copied: int
    nbytes: int
    peak_nbytes: int
    notes: Sequence[str]

    @property
    def summary(self) -> str:
        """The numbers of tensors and the output, in one line."""
        return f"{self.changed} tensors to change, {self.copied} to copy, {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True, repr=False)
class SubtractReport(Report):
    """What a subtraction did.

    `expected_wrong` is the share of the elements of changed tensors that do not have the base's
    bits.
    """

    merged: str
    output: str
    adapters: tuple[str, ...]
    changed: int
    nbytes: int
    expected_wrong: float
    notes: Sequence[str]

    @property
    def summary(self) -> str:
        """How much changed, how much is wrong, and the output, in one line."""
        wrong = percent(self.expected_wrong)
        return f"{self.changed} tensors changed, {wrong} of their elements wrong, {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}
