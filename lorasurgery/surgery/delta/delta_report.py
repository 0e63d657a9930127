"""What a delta will hold, and what it holds: plain values, for the screen and `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.text import in_percent

REPORT_VERSION = 1


@dataclass(frozen=True, repr=False)
class DeltaForecast(Report):
    """A delta that would be written; its size shows only when both sides are read.

    Attributes:
        pieces: the tensors and files of both sides, of `nbytes` bytes.
        notes: what of both sides it will not hold.
    """

    base: str
    target: str
    output: str
    pieces: int
    nbytes: int
    peak_nbytes: int
    notes: Sequence[str] = ()

    @property
    def summary(self) -> str:
        """What would be read and written in one line."""
        return f"{self.output}: from {self.pieces} tensors and files of {self.base} and {self.target}"

    def as_json(self) -> dict[str, Any]:
        """The forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True)
class EncodedPiece:
    """A tensor, or the bytes of a file, in a delta: how it is made, and what that takes."""

    name: str
    method: str
    nbytes: int
    delta_nbytes: int


@dataclass(frozen=True, repr=False)
class DeltaReport(Report):
    """A delta that was written.

    Attributes:
        output: the file, of `nbytes` bytes.
        target_nbytes: the bytes of what comes back.
        pieces: all tensors and files of the target.
        back_nbytes: what the delta holds only so that the base comes back.
        notes: what of both sides it does not hold.
    """

    ROWS: ClassVar[str] = "pieces"

    base: str
    target: str
    output: str
    nbytes: int
    target_nbytes: int
    back_nbytes: int
    pieces: Sequence[EncodedPiece]
    notes: Sequence[str] = ()

    @property
    def summary(self) -> str:
        """The size in one line."""
        share = in_percent(self.nbytes / max(1, self.target_nbytes))
        return f"{self.output}: {self.nbytes} bytes, {share} of {self.target}"

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}
