"""What a graft did: plain values, for the screen and `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.text import counted

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class GraftedTensor:
    """One initializer that changed.

    `found_by` says what named it: its name, the node that reads it (structure), or its numbers
    (value).

    `turned` says that the graph holds the matrix as (in, out); `is_new` that the parameter shared
    an initializer with one that stays, or had none, and has its own now.
    """

    parameter: str
    initializer: str
    found_by: str
    turned: bool
    is_new: bool
    shape: tuple[int, ...]
    dtype: str
    blake3: str


@dataclass(frozen=True)
class TensorToGraft:
    """One initializer that would change; `initializer` is None where the parameter would get a new one.

    `found_by` says what named it: its name, the node that reads it (structure), or its numbers
    (value).
    """

    parameter: str
    initializer: str | None
    found_by: str
    transposed: bool
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, repr=False)
class GraftForecast(Report):
    """What a graft would change and write; `nbytes` is an upper bound, for a new tensor may take
    an old one's place.
    """

    model: str
    adapters: Sequence[tuple[str, float]]
    output: str
    base: str | None
    tensors: Sequence[TensorToGraft]
    nbytes: int
    changed_nbytes: int
    notes: Sequence[str]

    ROWS: ClassVar[str] = "tensors"

    @property
    def summary(self) -> str:
        """How many initializers would change, and where the output would be."""
        return f"{counted(len(self.tensors), 'initializer')} would change, would write {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, "dry_run": True, **asdict(self)}


@dataclass(frozen=True)
class AgainstTorch:
    """The grafted graph beside torch's model of base and adapters: the largest difference of any
    output, the largest number among torch's, and in which share of the rows both have their maximum
    in one place.
    """

    model_class: str
    max_difference: float
    largest: float
    argmax_agreement: float
    tolerance: float


@dataclass(frozen=True)
class GraftCheck:
    """What was found before the output was put in place.

    `change` is the largest change of any output that the graft made, `largest` the largest number
    among the outputs; `shapes` are those of the inputs in each run. `against_torch` is None where
    there was no base, or where `reason` says why not.
    """

    change: float
    largest: float
    shapes: Sequence[dict[str, tuple[int, ...]]]
    against_torch: AgainstTorch | None
    reason: str = ""


@dataclass(frozen=True, repr=False)
class GraftReport(Report):
    """What a graft did: which initializers changed, what it wrote, and how that was checked (None
    where it was not).
    """

    model: str
    adapters: Sequence[tuple[str, float]]
    output: str
    base: str | None
    tensors: Sequence[GraftedTensor]
    nbytes: int
    changed_nbytes: int
    check: GraftCheck | None
    notes: Sequence[str]

    ROWS: ClassVar[str] = "tensors"

    @property
    def summary(self) -> str:
        """How many initializers changed, and where the output is."""
        return f"{counted(len(self.tensors), 'initializer')} changed, wrote {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}
