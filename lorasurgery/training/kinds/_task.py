"""What the fit and the evaluation ask of a task, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lorasurgery.training.data import ColumnNames, ExampleTable

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Example:
    """What the model reads, as lists of numbers by the names of its arguments, and what it should answer."""

    inputs: Mapping[str, list[int]]
    target: Any

    @property
    def length(self) -> int:
        return len(self.inputs["input_ids"])


class Task(Protocol):
    """A kind of task, made for some data. A frozen dataclass in the kind's own file."""

    @property
    def kind(self) -> str: ...
    @property
    def columns(self) -> ColumnNames: ...
    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the labels, in the order of the model's outputs; none where there are no labels."""
        ...

    @property
    def scored_by(self) -> tuple[str, ...]:
        """The metrics whose mean is the task's score."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the model's config must say."""
        ...

    def encode(self, table: ExampleTable, tokenizer: Any, max_tokens: int) -> list[Example]:
        """Turn rows into examples. Raises `DataError` with the line and the reason."""
        ...

    def batch(self, examples: Sequence[Example], tokenizer: Any) -> tuple[dict[str, Tensor], Tensor]:
        """Put examples together: the model's arguments and the targets."""
        ...

    def terms(self, examples: Sequence[Example]) -> int:
        """Of how many terms the loss of these examples is a sum."""
        ...

    def loss(self, outputs: Any, targets: Tensor) -> Tensor:
        """The sum of the terms."""
        ...

    def answers(self, model: nn.Module, inputs: Mapping[str, Tensor], outputs: Any) -> list[Any]:
        """What the model answers to each example."""
        ...

    def measure(
        self, answers: Sequence[Any], examples: Sequence[Example], mean_loss: float
    ) -> dict[str, float]:
        """Metrics by name."""
        ...

    def error(self, answers: Sequence[Any], examples: Sequence[Example]) -> float | None:
        """The standard error of the score, where it is known."""
        ...


def padded(examples: Sequence[Example], tokenizer: Any) -> dict[str, Tensor]:
    """Each argument as (examples, tokens), filled up on the right to the longest."""
    import torch

    width = max(example.length for example in examples)
    pads = {"input_ids": tokenizer.pad_token_id, "token_type_ids": tokenizer.pad_token_type_id}
    return {
        name: torch.tensor(
            [
                [*each.inputs[name], *[pads.get(name, 0)] * (width - len(each.inputs[name]))]
                for each in examples
            ]
        )
        for name in examples[0].inputs
    }
