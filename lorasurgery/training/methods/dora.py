"""DoRA: LoRA on the directions of a weight's rows, and their lengths trained beside it (Liu et
al., 2024, arXiv 2402.09353). PEFT's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods._trained import Trained
from lorasurgery.training.methods.lora import with_flags
from lorasurgery.training.models import Loaded
from lorasurgery.training.recipe import Recipe


def build(loaded: Loaded, tasks: Mapping[str, Task], recipe: Recipe) -> Trained:
    """A DoRA on every target."""
    return with_flags(loaded, tasks, recipe, use_dora=True)
