"""What a merge will do, and what it did: plain values, for the screen and `--json`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.linalg.requantising import Kept
from lorasurgery.reports import Report

# Raised when a field changes its meaning or is removed; new fields do not raise it.
REPORT_VERSION = 2
# Below this share of ΔW, along itself, a quantised model no longer is the adapted one.
LEAST_KEPT = 0.9


@dataclass(frozen=True)
class TensorForecast:
    """One tensor that changes.

    `how` says what happens to it, `change` is ‖ΔW‖_F where it is known beforehand, and `rounding`
    is ‖rounding‖_F, what rounding to the stored dtype is expected to add to that.
    """

    name: str
    how: str
    shape: tuple[int, ...]
    nbytes: int
    change: float | None
    rounding: float | None


@dataclass(frozen=True)
class RequantisedTensor:
    """What becomes of ΔW in a weight that is quantised again, or in all of them."""

    name: str
    sums: Kept

    def as_json(self) -> dict[str, Any]:
        """Return the shares as JSON values: an infinite ratio of noise is null."""
        noise = self.sums.noise if math.isfinite(self.sums.noise) else None
        return {
            "name": self.name,
            "kept": self.sums.share,
            "noise": noise,
            "moved": self.sums.moved_share,
        }


def in_all(tensors: Sequence[RequantisedTensor]) -> RequantisedTensor | None:
    """Return what becomes of ΔW in all weights; None where none is quantised again."""
    total = Kept()
    for each in tensors:
        total.add(each.sums)
    return RequantisedTensor("all", total) if tensors else None


def _shares(tensors: Sequence[RequantisedTensor]) -> dict[str, Any]:
    total = in_all(tensors)
    return {
        "requantised": [each.as_json() for each in tensors],
        "requantised_in_all": None if total is None else total.as_json(),
    }


@dataclass(frozen=True, repr=False)
class MergeForecast(Report):
    """What a merge will do, before anything is written.

    `snr` is ‖ΔW‖ over ‖rounding‖ of all tensors that change by a sum: below 3 much of the adapter
    is lost to rounding. `requantised` says, from a sample of rows, what becomes of ΔW in weights
    that are quantised again.
    """

    ROWS: ClassVar[str] = "tensors"

    base: str
    adapters: Sequence[tuple[str, float]]
    output: str
    tensors: Sequence[TensorForecast]
    copied: int
    nbytes: int
    peak_nbytes: int
    snr: float | None
    notes: Sequence[str]
    requantised: Sequence[RequantisedTensor] = ()

    @property
    def summary(self) -> str:
        """The numbers of tensors and the output, in one line."""
        return f"{len(self.tensors)} tensors change, {self.copied} are copied, {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self), **_shares(self.requantised)}


@dataclass(frozen=True, repr=False)
class MergeReport(Report):
    """What a merge did: its forecast, which came true, and what was known only afterwards.

    `undo_bytes` are those of the corrections, `undo_factor_bytes` those of the factors; both None
    without a record. `requantised` is what became of ΔW in weights that were quantised again, as
    measured.
    """

    ROWS: ClassVar[str] = "tensors"

    forecast: MergeForecast
    undo_bytes: int | None
    undo_factor_bytes: int | None
    requantised: Sequence[RequantisedTensor] = ()

    @property
    def summary(self) -> str:
        """The numbers of tensors and the output, in one line."""
        forecast = self.forecast
        return f"{len(forecast.tensors)} tensors changed, {forecast.copied} copied, {forecast.output}"

    @property
    def plan(self) -> MergeForecast:
        """The forecast, by its earlier name."""
        return self.forecast

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        own = {
            "undo_bytes": self.undo_bytes,
            "undo_factor_bytes": self.undo_factor_bytes,
            **_shares(self.requantised),
        }
        return {**self.forecast.as_json(), **own}
