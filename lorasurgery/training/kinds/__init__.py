"""What a model is trained to do: one file per kind of task, named after it.

The folder is the registry: every file here whose name does not start with `_` is a kind. Each has

    TASK                         its name in the table of tasks, which has PEFT's name and transformers' class
    read(file)                   a file of examples as a table
    open_task(table, ...)        the Task: what the data say of it
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from lorasurgery.architecture.tasks import BY_NAME, ModelTask
from lorasurgery.errors import UnsupportedError


def names() -> tuple[str, ...]:
    """List the kinds, sorted."""
    found = (each.name for each in pkgutil.iter_modules(__path__) if each.name[0] != "_")
    return tuple(sorted(name.replace("_", "-") for name in found))


def load(name: str) -> ModuleType:
    """Import the kind called `name`.

    Raises:
        UnsupportedError: there is none of that name.
    """
    if name not in names():
        raise UnsupportedError(f"There is no kind of task {name!r}; the kinds are {', '.join(names())}.")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def model_task(name: str) -> ModelTask:
    """Return what transformers and PEFT call the task of a kind."""
    return BY_NAME[load(name).TASK]
