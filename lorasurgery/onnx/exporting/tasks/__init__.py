"""What can be exported: the task and its class by the config, the graphs of a task by the model, a
file per kind of task.

Tasks, files, inputs and outputs have optimum's names, so that what reads its exports reads these.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from lorasurgery.architecture.tasks import BY_NAME, class_of_type, classes_of, task_by_ending
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.exporting.tasks import encoder_decoder
from lorasurgery.onnx.exporting.tasks.value import ExportTask, GraphPort, GraphSpec

__all__ = ["ExportTask", "GraphPort", "GraphSpec", "class_of", "has_several_graphs", "names", "task_of"]

WITH_PAST = "-with-past"
# What keeps a cache of keys and values between its tokens.
CACHED = ("text-generation", "text2text-generation", "automatic-speech-recognition")


def names() -> list[str]:
    """All tasks."""
    return sorted([*BY_NAME, *(name + WITH_PAST for name in CACHED)])


def class_of(config: Mapping[str, Any], task: str | None) -> tuple[str, str]:
    """The task, and the class that does it: by the config's class, or, where another task is asked
    for, by transformers' tables.

    Raises:
        UnsupportedError: the class is for none of our tasks, or the model type has no class for the
            task.
    """
    stated = next(iter(config.get("architectures") or ()), None)
    if not stated or not config.get("model_type"):
        raise UnsupportedError(
            "The config names no class (`architectures`) or no `model_type`, so that there is no model to "
            "trace; complete its config.json."
        )
    own = _task_of_class(stated, config)
    if task is None:
        if own is None:
            raise UnsupportedError(
                f"{stated} is for none of the tasks that can be exported; choose one with --task: "
                f"{', '.join(names())}."
            )
        return own, stated
    plain = task.removesuffix(WITH_PAST)
    if plain not in BY_NAME or task not in names():
        raise UnsupportedError(f"--task {task!r} is not one of {', '.join(names())}.")
    if own is not None and own.removesuffix(WITH_PAST) == plain:
        return task, stated
    class_name = class_of_type(BY_NAME[plain], config["model_type"])
    if class_name is None:
        raise UnsupportedError(
            f"--task {task}: transformers has no class for it of type {config['model_type']!r}; the "
            f"config's own is {stated}."
        )
    return task, class_name


def _task_of_class(class_name: str, config: Mapping[str, Any]) -> str | None:
    """The task by transformers' tables where the ending of the name does not say it, and by the
    ending otherwise.
    """
    is_encoder_decoder = config.get("is_encoder_decoder", config["model_type"] in ("t5", "mt5", "umt5"))
    if is_encoder_decoder:
        listed = (task for task in encoder_decoder.TASKS if class_name in classes_of(BY_NAME[task]))
        if found := next(listed, None):
            return found + WITH_PAST
    if class_name.endswith("ForConditionalGeneration"):
        return "text2text-generation" + WITH_PAST if is_encoder_decoder else None
    if class_name in classes_of(BY_NAME["fill-mask"]) and class_name not in classes_of(
        BY_NAME["text-generation"]
    ):
        return "fill-mask"
    task = task_by_ending(class_name)
    if task is None:
        return None
    return task.name + WITH_PAST if task.name in CACHED else task.name


def task_of(name: str, model: Any) -> ExportTask:
    """The graphs of a task for a model, which may be one without weights.

    Raises:
        UnsupportedError: the model's inputs or its cache are of no kind that is known here.
    """
    for module in _files():
        if name.removesuffix(WITH_PAST) in module.TASKS and module.suits(model):
            task: ExportTask = module.task(name, model)
            return task
    raise UnsupportedError(
        f"{type(model).__name__} reads {model.main_input_name!r}, and nothing is known of how that is done "
        f"for {name}; "
        "choose another task with --task."
    )


def has_several_graphs(name: str) -> bool:
    """Whether a task has an encoder's graph beside the decoder's."""
    return name.removesuffix(WITH_PAST) in encoder_decoder.TASKS


def _files() -> list[ModuleType]:
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in found]
    return [module for module in modules if hasattr(module, "TASKS")]
