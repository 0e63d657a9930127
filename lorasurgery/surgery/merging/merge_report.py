"""What a merge will do, and what it did: plain values, for the screen and `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class TensorForecast:
    """One tensor that changes. `how` says what happens to it, `change` is ‖ΔW‖_F where it is known beforehand, and
    `rounding` the root mean square, over the tensor's norm, of what rounding to the stored dtype will add to that."""

    name: str
    how: str
    shape: tuple[int, ...]
    nbytes: int
    change: float | None
    rounding: float | None


@dataclass(frozen=True)
class MergePlan:
    """What a merge will do, before anything is written.

    `snr` is ‖ΔW‖ over ‖rounding‖ of all tensors that change by a sum: under 3 the dtype swallows a good part of the adapter.
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
        """One line: all tensors would fill the screen of whoever ends a notebook's cell with a report."""
        return f"<MergePlan: {len(self.tensors)} tensors change, {self.copied} are copied, {self.output}>"

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True)
class MergeReport:
    """What a merge did.

    `undo_bytes` are those of the corrections, `undo_factor_bytes` of the factors beside them; both None without a record.
    `requantising_lost` is the relative error ‖error‖/‖ΔW‖ of writing 8-bit codes again, None where that was not done.
    """

    plan: MergePlan
    undo_bytes: int | None
    undo_factor_bytes: int | None
    requantising_lost: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        own = {
            "undo_bytes": self.undo_bytes,
            "undo_factor_bytes": self.undo_factor_bytes,
            "requantising_lost": self.requantising_lost,
            "requantising_relative_error": self.requantising_lost,
        }
        return {**self.plan.as_json(), **own}
