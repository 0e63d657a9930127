"""Causal language modelling: the next token of a text.

A .txt file is one text; a table has one in each row. Texts are joined, an end mark after each where
the tokenizer has one, and cut into blocks of as many tokens as an example may have. The loss is the
cross entropy of every token after the first of a block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.paths import expanded
from lorasurgery.training.data import (
    ColumnNames,
    DataError,
    ExampleTable,
    read_table,
    read_text,
    text_columns_of,
)
from lorasurgery.training.kinds._cross_entropy import filled, perplexity, summed_cross_entropy
from lorasurgery.training.kinds._task import Example, padded

if TYPE_CHECKING:
    from torch import Tensor, nn

TASK = "text-generation"


@dataclass(frozen=True)
class Causal:
    """Text, and nothing to tell apart."""

    columns: ColumnNames
    labels: tuple[str, ...] = ()
    scored_by: tuple[str, ...] = ("perplexity",)
    kind: str = "causal"

    @property
    def settings(self) -> Mapping[str, Any]:
        return {}

    def encode(self, table: ExampleTable, tokenizer: Any, max_tokens: int) -> list[Example]:
        mark = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
        texts = table.column(self.columns.texts[0])
        encoded = tokenizer(texts, add_special_tokens=False)["input_ids"]
        joined = [token for ids in encoded for token in [*ids, *mark]]
        blocks = [joined[start : start + max_tokens] for start in range(0, len(joined), max_tokens)]
        examples = [_example(block) for block in blocks if len(block) > 1]
        if not examples:
            raise DataError(f"{table.file} has no two tokens, so that there is no next one to tell.")
        return examples

    def batch(self, examples: Sequence[Example], tokenizer: Any) -> tuple[dict[str, Tensor], Tensor]:
        inputs = padded(examples, tokenizer)
        return inputs, filled([each.target for each in examples], inputs["input_ids"].shape[1])

    def terms(self, examples: Sequence[Example]) -> int:
        return sum(each.length - 1 for each in examples)

    def loss(self, outputs: Any, targets: Tensor) -> Tensor:
        return summed_cross_entropy(outputs.logits[:, :-1], targets[:, 1:])

    def answers(self, model: nn.Module, inputs: Mapping[str, Tensor], outputs: Any) -> list[Any]:
        return [None] * len(inputs["input_ids"])

    def measure(
        self, answers: Sequence[Any], examples: Sequence[Example], mean_loss: float
    ) -> dict[str, float]:
        return {"perplexity": perplexity(mean_loss), "loss": mean_loss}

    def error(self, answers: Sequence[Any], examples: Sequence[Example]) -> float | None:
        return None


def read(file: str) -> ExampleTable:
    """A text, or a table of texts."""
    path = expanded(file)
    if path.suffix == ".txt":
        return ExampleTable(path, ("text",), ({"text": read_text(path)},))
    return read_table(path)


def open_task(
    table: ExampleTable, texts: Sequence[str] = (), label: str | None = None, labels: Sequence[str] = ()
) -> Causal:
    """Say which column holds the text.

    Raises:
        DataError: none does, or several are named, or a column of answers.
    """
    if label is not None or len(texts) > 1:
        raise DataError("--kind causal reads one column of text, and no answers; name that one by --text.")
    return Causal(ColumnNames(text_columns_of(table, texts)[:1], None))


def _example(block: list[int]) -> Example:
    return Example({"input_ids": block, "attention_mask": [1] * len(block)}, block)
