"""Text classification: one of several labels for a sentence or a pair of sentences.

The loss is the cross entropy of the logits (examples, labels).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.training.data import ColumnNames, DataError, ExampleTable, columns_of
from lorasurgery.training.data import read_table as read
from lorasurgery.training.kinds._labels import places_of, refuse_unknown, settings_of
from lorasurgery.training.kinds._sentences import sentences
from lorasurgery.training.kinds._task import Example, padded
from lorasurgery.training.metrics import SCORED_BY, measured, standard_error

if TYPE_CHECKING:
    from torch import Tensor, nn

TASK = "text-classification"
__all__ = ["TASK", "open_task", "read"]


@dataclass(frozen=True)
class Classification:
    """Labels in the order of the model's outputs."""

    columns: ColumnNames
    labels: tuple[str, ...]
    scored_by: tuple[str, ...]
    kind: str = "classification"

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of(self.labels)

    def encode(self, table: ExampleTable, tokenizer: Any, max_tokens: int) -> list[Example]:
        places, said = places_of(self.labels), table.column(str(self.columns.label))
        way_out = "Name the column of labels with --label, or choose a base whose head has yet to be trained."
        refuse_unknown(table, said, self.labels, way_out)
        return sentences(table, self.columns, [places[label] for label in said], tokenizer, max_tokens)

    def batch(self, examples: Sequence[Example], tokenizer: Any) -> tuple[dict[str, Tensor], Tensor]:
        import torch

        return padded(examples, tokenizer), torch.tensor([each.target for each in examples])

    def terms(self, examples: Sequence[Example]) -> int:
        return len(examples)

    def loss(self, outputs: Any, targets: Tensor) -> Tensor:
        from torch.nn.functional import cross_entropy

        return cross_entropy(outputs.logits.float(), targets, reduction="sum")

    def answers(self, model: nn.Module, inputs: Mapping[str, Tensor], outputs: Any) -> list[Any]:
        return list(outputs.logits.argmax(-1).tolist())

    def measure(
        self, answers: Sequence[Any], examples: Sequence[Example], mean_loss: float
    ) -> dict[str, float]:
        names = ("accuracy", "f1", "matthews") if len(self.labels) == 2 else ("accuracy", "matthews")
        return {**measured(names, answers, [each.target for each in examples]), "loss": mean_loss}

    def error(self, answers: Sequence[Any], examples: Sequence[Example]) -> float | None:
        return standard_error(self.scored_by, answers, [each.target for each in examples])


def open_task(
    table: ExampleTable, texts: Sequence[str] = (), label: str | None = None, labels: Sequence[str] = ()
) -> Classification:
    """Say what a table asks for; `labels` where the model has its own already.

    Raises:
        DataError: a column is missing, or all rows have the same label.
    """
    columns = columns_of(table, texts, label)
    found = tuple(labels) or _sorted(set(table.column(str(columns.label))))
    if len(found) < 2:
        raise DataError(
            f"{table.file}: the label is {found[0]!r} in every row, so that there is nothing to tell "
            "apart; name another column with --label."
        )
    return Classification(columns, found, SCORED_BY.get(table.task, ("accuracy",)))


def _sorted(labels: set[str]) -> tuple[str, ...]:
    """Numbers by their size, words by their letters."""
    if all(label.lstrip("-").isdecimal() for label in labels):
        return tuple(sorted(labels, key=int))
    return tuple(sorted(labels))
