"""What a comparison of two checkpoints reports: a verdict, a line for each tensor, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.surgery.comparison.tensor_diff import TensorDiff

REPORT_VERSION = 1


@dataclass(frozen=True, repr=False)
class DiffReport(Report):
    """What changed from one checkpoint, or adapter, to another.

    Attributes:
        relation: the verdict as a word: `identical`, `same-weights`, `rounded`, `lora`, `dora`,
            `sparse`, `full`, `quantised`, `resized`, `partial`, `unrelated`.
        verdict: the same in a sentence.
        tensors: a line for each, the changed ones with their figures; of adapters a line for each module.
        row: what a line is about, `tensor` or `module`.
        is_sampled: whether only some numbers were read (`quick`).
    """

    ROWS: ClassVar[str] = "tensors"

    one: str
    other: str
    relation: str
    verdict: str
    tensors: Sequence[TensorDiff]
    notes: Sequence[str] = ()
    is_sampled: bool = False
    row: str = "tensor"

    @property
    def is_equal(self) -> bool:
        """Whether every number is the same, under whatever name and in whatever dtype that holds it."""
        return self.relation in ("identical", "same-weights")

    def is_as_expected(self, expected: str) -> bool:
        """Whether the verdict is what `--expect` says: `equal`, `changed` or `lora` (DoRA included)."""
        if expected == "lora":
            return self.relation in ("lora", "dora")
        return self.is_equal == (expected == "equal")

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        return f"{self.one} and {self.other}: {self.verdict}"

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "version": REPORT_VERSION,
            "one": self.one,
            "other": self.other,
            "relation": self.relation,
            "verdict": self.verdict,
            "is_equal": self.is_equal,
            "is_sampled": self.is_sampled,
            "tensors": [each.as_json() for each in self.tensors],
            "notes": list(self.notes),
        }
