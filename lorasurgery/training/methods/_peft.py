"""PEFT around a model: which modules, which heads, and a folder that PEFT loads."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.formats.peft.config import CONFIG_FILE
from lorasurgery.training import kinds, targets
from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import LoadedModel
from lorasurgery.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import nn

# PEFT's name of an adapter that has none.
ADAPTER = "default"


def chosen(loaded: LoadedModel, recipe: Recipe) -> list[str]:
    """The modules that are adapted.

    Raises:
        NothingToDoError: a target fits nothing.
    """
    return targets.choose(recipe.targets, targets.linear_layers(loaded.model, loaded.heads))


def one_of(tasks: Mapping[str, Task]) -> Task:
    """The only task.

    Raises:
        UnsupportedError: there are several.
    """
    if len(tasks) > 1:
        raise UnsupportedError("Several tasks at once are for --method parallel.")
    return next(iter(tasks.values()))


def settings(task: Task, heads: Sequence[str], modules: Sequence[str], recipe: Recipe) -> dict[str, Any]:
    """What all of PEFT's configs share."""
    return {
        "lora_alpha": recipe.scaled_alpha,
        "lora_dropout": recipe.dropout,
        "target_modules": list(modules),
        "modules_to_save": list(heads) or None,
        "task_type": kinds.model_task(task.kind).peft,
    }


def wrapped(loaded: LoadedModel, config: Any) -> nn.Module:
    """The model as PEFT wraps it, with what is to be trained switched on."""
    import peft

    with quiet():
        model: nn.Module = peft.get_peft_model(loaded.model, config)
    return model


def trained(
    model: nn.Module, modules: Sequence[str], note: Mapping[str, Any] | None = None, **hooks: Any
) -> TrainableModel:
    """A model wrapped by PEFT, while it is trained; `note` is what its config says besides."""
    parameters = {
        name: each
        for name, each in model.named_parameters()
        # AdaLoRA counts its ranks in a parameter, which on an outline is not marked as a constant.
        if each.requires_grad and ".ranknum." not in name
    }
    return TrainableModel(
        model=model,
        trainable=parameters,
        targets=tuple(modules),
        save=_saver(model, note or {}),
        fast=frozenset(name for name in parameters if ".lora_B." in name),
        **hooks,
    )


def tidy(folder: Path, note: Mapping[str, Any]) -> None:
    """Rewrite a config in one order, with a note: PEFT writes sets as they come."""
    path = folder / CONFIG_FILE
    config = json.loads(path.read_text(encoding="utf-8"))
    for key in ("target_modules", "modules_to_save"):
        if isinstance(config.get(key), list):
            config[key] = sorted(set(config[key]))
    path.write_text(json.dumps({**config, **note}, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _saver(model: nn.Module, note: Mapping[str, Any]) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        with quiet():
            model.save_pretrained(folder, save_embedding_layers=False)  # type: ignore[operator]
        (folder / "README.md").unlink()  # a form with blanks; ours says something
        tidy(folder, note)

    return save


@contextmanager
def quiet() -> Iterator[None]:
    """Without PEFT's warnings, which speak of its own arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
