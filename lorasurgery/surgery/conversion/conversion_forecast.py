"""What `rerank`, `fuse` and `convert` would write: plain values, for the screen and for `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.text import counted

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class ModuleForecast:
    """One module of the output.

    `rank` and `nbytes` are those of its factors, or the most that they can be where only the
    numbers decide; `rank` is None of a variant without ranks. `is_unchanged` says that the factors
    are written as they are.
    """

    module: str
    shape: tuple[int, ...]
    rank_before: int | None
    rank: int | None
    nbytes: int
    is_unchanged: bool


@dataclass(frozen=True, repr=False)
class ConversionForecast(Report):
    """What would be written.

    `nbytes` are those of the tensors, or an upper bound: `is_exact` says which. `carried` are the
    parameters that are written whole. `peak_nbytes` is about the memory that the program takes.
    """

    verb: str
    inputs: Sequence[tuple[str, float]]
    output: str
    is_file: bool
    format: str
    variant: str
    rank: str
    modules: Sequence[ModuleForecast]
    carried: Sequence[str]
    nbytes: int
    is_exact: bool
    nbytes_before: int
    peak_nbytes: int
    dtype: str
    notes: Sequence[str] = field(default=())

    ROWS: ClassVar[str] = "modules"

    @property
    def summary(self) -> str:
        """Modules, bytes, and where the output would be."""
        size = f"{'' if self.is_exact else 'at most '}{self.nbytes:,} bytes"
        return f"{counted(len(self.modules), 'module')}, {size}, {self.format}, would write {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}
