"""What a model answers to examples with known answers, and how good that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.training.batches import by_length
from lorasurgery.training.fit import on_device
from lorasurgery.training.kinds._task import Example, Task

if TYPE_CHECKING:
    import torch
    from torch import nn

BATCH = 64


@dataclass(frozen=True)
class Scores:
    """Metrics by name; `score` is the mean of those that the task is scored by, `error` its
    standard error, where known.
    """

    metrics: dict[str, float]
    scored_by: tuple[str, ...]
    error: float | None
    count: int
    answers: tuple[Any, ...]

    @property
    def score(self) -> float:
        return sum(self.metrics[name] for name in self.scored_by) / len(self.scored_by)

    def as_json(self) -> dict[str, Any]:
        """All but the answers; null where a number is not finite, which JSON has no word for."""
        numbers = {"score": self.score, "error": self.error, **self.metrics}
        finite = {
            name: each if each is not None and math.isfinite(each) else None for name, each in numbers.items()
        }
        return {"scored_by": list(self.scored_by), "examples": self.count, **finite}


def scores_of(
    model: nn.Module, task: Task, examples: Sequence[Example], tokenizer: Any, device: torch.device
) -> Scores:
    """Ask the model all examples, in the precision of its weights: as whoever loads it next will run it."""
    import torch

    model.eval()
    answers: list[Any] = [None] * len(examples)
    loss, terms = 0.0, 0
    with torch.inference_mode():
        for indices in by_length([each.length for each in examples], BATCH):
            batch = [examples[index] for index in indices]
            inputs, wanted = on_device(task.batch(batch, tokenizer), device)
            outputs = model(**inputs)
            loss += float(task.loss(outputs, wanted))
            terms += task.terms(batch)
            for index, answer in zip(indices, task.answers(model, inputs, outputs), strict=True):
                answers[index] = answer
    metrics = task.measure(answers, examples, loss / max(terms, 1))
    return Scores(metrics, task.scored_by, task.error(answers, examples), len(examples), tuple(answers))
