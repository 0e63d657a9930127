"""What a training run was and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.text import counted
from lorasurgery.training.scoring import Scores

VERSION = 1
# What lies beside an adapter or a fine-tune that was trained here.
REPORT_FILE = "training.json"


@dataclass(frozen=True)
class TaskReport:
    """One task: its kind and labels, how many examples it had, and what it scores on those that
    were held back.
    """

    kind: str
    labels: tuple[str, ...]
    texts: tuple[str, ...]
    label: str | None
    examples: int
    scores: Scores | None

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "text": list(self.texts),
            "label": self.label,
            "examples": self.examples,
            "dev": self.scores.as_json() if self.scores else None,
        }


@dataclass(frozen=True, repr=False)
class TrainReport(Report):
    """One run."""

    output: str
    base: str
    recipe: Mapping[str, Any]
    targets: tuple[str, ...]
    trained: int
    parameters: int
    tasks: Mapping[str, TaskReport]
    losses: tuple[float, ...]
    looks: tuple[tuple[int, Mapping[str, float]], ...]
    seconds: float
    nbytes: int

    ROWS: ClassVar[str] = "losses"

    @property
    def summary(self) -> str:
        """The method, how long it ran, and where the output is."""
        steps = counted(len(self.losses), "step")
        return f"{self.recipe['method']}, {self.trained:,} parameters trained, {steps}, wrote {self.output}"

    def as_file(self) -> dict[str, Any]:
        """What lies beside the output: the same for the same run."""
        return {
            "version": VERSION,
            "base": self.base,
            "recipe": dict(self.recipe),
            "targets": list(self.targets),
            "trained": self.trained,
            "parameters": self.parameters,
            "tasks": {name: task.as_json() for name, task in self.tasks.items()},
            "losses": list(self.losses),
            "looks": [{"step": step, **seen} for step, seen in self.looks],
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "verb": "train",
            **self.as_file(),
            "output": self.output,
            "nbytes": self.nbytes,
            "seconds": self.seconds,
        }
