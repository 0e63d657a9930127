"""What an unmerge or a subtraction will do, and what it did: plain values, for the screen and `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class UnmergeForecast:
    """What an unmerge will do: `restored` tensors get the base's bits, `copied` ones have them, `removed` ones are the merge's.

    `left` counts the earlier merges that can be undone afterwards. Hashes are compared only while the weights are written.
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

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True)
class UnmergeReport:
    """What an unmerge did: `restored` tensors have the base's bits, `copied` ones had them, `removed` ones were the merge's.

    `left` counts the earlier merges that can be undone now.
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

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True)
class SubtractForecast:
    """What a subtraction will do: `changed` tensors are rounded anew, all others are copied."""

    merged: str
    output: str
    adapters: tuple[str, ...]
    changed: int
    copied: int
    nbytes: int
    peak_nbytes: int
    notes: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True)
class SubtractReport:
    """What a subtraction did; `expected_wrong` is the share of the elements of changed tensors without the base's bits."""

    merged: str
    output: str
    adapters: tuple[str, ...]
    changed: int
    nbytes: int
    expected_wrong: float
    notes: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}
