"""DoRA: LoRA on the directions of a weight's rows, and their lengths trained beside it (Liu et
al., 2024, arXiv 2402.09353). PEFT's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.methods.lora import with_flags
from lorasurgery.training.models import LoadedModel
from lorasurgery.training.recipe import Recipe


def build(loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe) -> TrainableModel:
    """A DoRA on every target."""
    return with_flags(loaded, tasks, recipe, use_dora=True)
