"""What a recovery found: plain values, for the screen and `--json`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.surgery.extraction.extract_report import KeptReport
from lorasurgery.text import counted, percent, ranks_in_words

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class RecoveredTensor:
    """One tensor of the merged model, and how many of its elements the factors do not reproduce.

    `product` is the dtype that ΔW was rounded to before it was added; None where the sum was rounded once.
    """

    name: str
    shape: tuple[int, ...]
    rank: int
    product: str | None
    exceptions: int

    @property
    def numel(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def share(self) -> float:
        """The share of the elements that the factors do not reproduce."""
        return self.exceptions / self.numel


@dataclass(frozen=True, repr=False)
class RecoveryReport(Report):
    """What `extract --recover` wrote.

    `nbytes` are those of the adapter's tensors, `exception_nbytes` those of the exceptions. `is_same_file`
    says that a merge gives not only the same tensors but also the same files, which are safetensors.
    """

    base: str
    merged: str
    output: str
    tensors: Sequence[RecoveredTensor]
    kept: Sequence[KeptReport]
    unchanged: int
    nbytes: int
    exception_nbytes: int
    model_nbytes: int
    is_same_file: bool
    notes: Sequence[str]

    ROWS: ClassVar[str] = "tensors"

    @property
    def exceptions(self) -> int:
        """All elements that the factors do not reproduce."""
        return sum(each.exceptions for each in self.tensors)

    @property
    def summary(self) -> str:
        """The ranks, the exceptions, and where it is."""
        ranks = ranks_in_words(each.rank for each in self.tensors)
        return (
            f"{counted(len(self.tensors), 'tensor')}, {ranks}, {percent(self.share)} of elements are "
            f"exceptions, wrote {self.output}"
        )

    @property
    def share(self) -> float:
        """The share of the elements that the factors do not reproduce, over all tensors that have factors."""
        numbers = sum(each.numel for each in self.tensors)
        return self.exceptions / numbers if numbers else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        content = asdict(self)
        for row, each in zip(content["tensors"], self.tensors, strict=True):
            row["share"] = each.share
        return {"version": REPORT_VERSION, **content, "exceptions": self.exceptions, "share": self.share}
