"""Labels of a fixed set: what a model must know of them, and their places among its outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lorasurgery.text import listed
from lorasurgery.training.data import DataError, ExampleTable


def settings_of(labels: Sequence[str]) -> Mapping[str, Any]:
    """What transformers takes to build a head for them."""
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": places_of(labels),
    }


def places_of(labels: Sequence[str]) -> dict[str, int]:
    """Label -> output."""
    return {label: index for index, label in enumerate(labels)}


def refuse_unknown(table: ExampleTable, said: Iterable[str], labels: Sequence[str], way_out: str) -> None:
    """Refuse labels in the data that the model does not have.

    Raises:
        DataError: with both.
    """
    unknown = sorted(set(said) - set(labels))
    if unknown:
        raise DataError(
            f"{table.file} has labels that the model has no room for: {listed(unknown)}; its labels are "
            f"{listed(labels)}. {way_out}"
        )
