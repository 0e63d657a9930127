"""Regression: a number for a sentence or a pair of sentences, as in STS-B.

The loss is the mean squared error of the single output.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.training.data import ColumnNames, DataError, ExampleTable, columns_of
from lorasurgery.training.data import read_table as read
from lorasurgery.training.kinds._sentences import sentences
from lorasurgery.training.kinds._task import Example, padded
from lorasurgery.training.metrics import measured, standard_error

if TYPE_CHECKING:
    from torch import Tensor, nn

TASK = "text-classification"
__all__ = ["TASK", "open_task", "read"]


@dataclass(frozen=True)
class Regression:
    """One output, and no labels."""

    columns: ColumnNames
    labels: tuple[str, ...] = ()
    scored_by: tuple[str, ...] = ("pearson", "spearman")
    kind: str = "regression"

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"num_labels": 1, "problem_type": "regression"}

    def encode(self, table: ExampleTable, tokenizer: Any, max_tokens: int) -> list[Example]:
        said = table.column(str(self.columns.label))
        return sentences(table, self.columns, [_number(table, text) for text in said], tokenizer, max_tokens)

    def batch(self, examples: Sequence[Example], tokenizer: Any) -> tuple[dict[str, Tensor], Tensor]:
        import torch

        return padded(examples, tokenizer), torch.tensor([each.target for each in examples])

    def terms(self, examples: Sequence[Example]) -> int:
        return len(examples)

    def loss(self, outputs: Any, targets: Tensor) -> Tensor:
        from torch.nn.functional import mse_loss

        return mse_loss(outputs.logits.float().squeeze(-1), targets, reduction="sum")

    def answers(self, model: nn.Module, inputs: Mapping[str, Tensor], outputs: Any) -> list[Any]:
        return list(outputs.logits.squeeze(-1).tolist())

    def measure(
        self, answers: Sequence[Any], examples: Sequence[Example], mean_loss: float
    ) -> dict[str, float]:
        return {**measured(self.scored_by, answers, [each.target for each in examples]), "loss": mean_loss}

    def error(self, answers: Sequence[Any], examples: Sequence[Example]) -> float | None:
        return standard_error(self.scored_by, answers, [each.target for each in examples])


def open_task(
    table: ExampleTable, texts: Sequence[str] = (), label: str | None = None, labels: Sequence[str] = ()
) -> Regression:
    """Say what a table asks for.

    Raises:
        DataError: a column is missing.
    """
    return Regression(columns_of(table, texts, label))


def are_numbers(values: Sequence[str]) -> bool:
    """Whether a column of labels is one of numbers: all are, and some are no whole ones."""
    return all(_is_number(value) for value in values) and any(not _is_whole(value) for value in values)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _is_whole(text: str) -> bool:
    return text.strip().lstrip("-").isdecimal()


def _number(table: ExampleTable, text: str) -> float:
    if not _is_number(text):
        raise DataError(f"{table.file}: the label {text!r} is no finite number, which regression needs.")
    return float(text)
