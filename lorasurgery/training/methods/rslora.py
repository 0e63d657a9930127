"""rsLoRA: LoRA whose scale is α/√r, so that higher ranks learn as fast as lower ones
(Kalajdzievski, 2023, arXiv 2312.03732). PEFT's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.methods.lora import with_flags
from lorasurgery.training.models import LoadedModel
from lorasurgery.training.recipe import Recipe


def build(loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe) -> TrainableModel:
    """A rank-stabilised LoRA on every target."""
    return with_flags(loaded, tasks, recipe, use_rslora=True)
