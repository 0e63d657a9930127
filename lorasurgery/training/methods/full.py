"""A full fine-tune: every parameter moves, and what is written is a checkpoint, for `extract` to work on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.quiet import quietly
from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import LoadedModel
from lorasurgery.training.recipe import Recipe


def build(loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe) -> TrainableModel:
    """All parameters of the model.

    Raises:
        UnsupportedError: there are several tasks.
    """
    if len(tasks) > 1:
        raise UnsupportedError("Several tasks at once are for --method parallel.")

    model: Any = loaded.model

    def save(folder: Path) -> None:
        with quietly():
            model.save_pretrained(folder)
            loaded.tokenizer.save_pretrained(folder)

    loaded.model.requires_grad_(True)
    return TrainableModel(loaded.model, dict(loaded.model.named_parameters()), (), save)
