"""What a merge will do, and what it did: plain values, for the screen and `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

# Raised when a field changes its meaning or is removed; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class TensorForecast:
    """One tensor that changes.

    `how` says what happens to it, `change` is ‖ΔW‖_F where it is known beforehand, and `rounding` is ‖rounding‖_F, what
    rounding to the stored dtype is expected to add to that.
    """

    name: str
    how: str
    shape: tuple[int, ...]
    nbytes: int
    change: float | None
    rounding: float | None


@dataclass(frozen=True)
class MergeForecast:
    """What a merge will do, before anything is written.

    `snr` is ‖ΔW‖ over ‖rounding‖ of all tensors that change by a sum: below 3 much of the adapter is lost to rounding.
    """

    base: str
    adapters: Sequence[tuple[str, float]]
    output: str
    tensors: Sequence[TensorForecast]
    copied: int
    nbytes: int
    peak_nbytes: int
    snr: float | None
    notes: Sequence[str]

    def __repr__(self) -> str:
        """Return one line, since all tensors would fill a notebook's screen."""
        return f"<MergeForecast: {len(self.tensors)} tensors change, {self.copied} are copied, {self.output}>"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True)
class MergeReport:
    """What a merge did: its forecast, which came true, and what was known only afterwards.

    `undo_bytes` are those of the corrections, `undo_factor_bytes` those of the factors; both None without a record.
    `requantising_lost` is the relative error ‖error‖/‖ΔW‖ of quantising again, None where that was not done.
    """

    forecast: MergeForecast
    undo_bytes: int | None
    undo_factor_bytes: int | None
    requantising_lost: float | None = None

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
