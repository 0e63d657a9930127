"""LoRA: ΔW = α/r · B A, with B = 0 and A after Kaiming at the start (Hu et al., 2021, arXiv
2106.09685). PEFT's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods import _peft
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import LoadedModel
from lorasurgery.training.recipe import Recipe


def build(loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe) -> TrainableModel:
    """A LoRA of the recipe's rank on every target."""
    return with_flags(loaded, tasks, recipe)


def with_flags(
    loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe, **flags: bool
) -> TrainableModel:
    """A LoRA of one of PEFT's kinds."""
    import peft

    modules = _peft.chosen(loaded, recipe)
    shared = _peft.settings(_peft.one_of(tasks), loaded.heads, modules, recipe)
    return _peft.trained(_peft.wrapped(loaded, peft.LoraConfig(r=recipe.rank, **shared, **flags)), modules)
