"""What a merge will do, and what it did: plain values, for the screen and `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report

# Raised when a field changes its meaning or is removed; new fields do not raise it.
REPORT_VERSION = 1


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


@dataclass(frozen=True, repr=False)
class MergeForecast(Report):
    """What a merge will do, before anything is written.

    `snr` is ‖ΔW‖ over ‖rounding‖ of all tensors that change by a sum: below 3 much of the adapter
    is lost to rounding.
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

    @property
    def summary(self) -> str:
        """The numbers of tensors and the output, in one line."""
        return f"{len(self.tensors)} tensors change, {self.copied} are copied, {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True, repr=False)
class MergeReport(Report):
    """What a merge did: its forecast, which came true, and what was known only afterwards.

    `undo_bytes` are those of the corrections, `undo_factor_bytes` those of the factors; both None
    without a record. `requantising_lost` is the relative error ‖error‖/‖ΔW‖ of quantising again,
    None where that was not done.
    """

    ROWS: ClassVar[str] = "tensors"

    forecast: MergeForecast
    undo_bytes: int | None
    undo_factor_bytes: int | None
    requantising_lost: float | None = None

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
            "requantising_lost": self.requantising_lost,
            "requantising_relative_error": self.requantising_lost,
        }
        return {**self.forecast.as_json(), **own}
