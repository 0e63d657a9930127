"""Sentences and pairs of sentences, as a tokenizer reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lorasurgery.training.data import ColumnNames, DataError, ExampleTable
from lorasurgery.training.kinds._task import Example


def sentences(
    table: ExampleTable, columns: ColumnNames, targets: Sequence[Any], tokenizer: Any, max_tokens: int
) -> list[Example]:
    """Tokenise every row, cut to `max_tokens`."""
    texts = [table.column(name) for name in columns.texts]
    if len(texts) > 2:
        raise DataError(
            f"A model reads one text or a pair, and {len(texts)} columns of text are named; choose with "
            "--text."
        )
    encoded = tokenizer(*texts, truncation=True, max_length=max_tokens)
    return [
        Example({name: encoded[name][index] for name in encoded}, target)
        for index, target in enumerate(targets)
    ]
