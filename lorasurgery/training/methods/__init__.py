"""What is trained: one file per method, named after it.

The folder is the registry: every file here whose name does not start with `_` is a method. Each has
`build(loaded, tasks, recipe)`, which makes a model `Trained`: its parameters, what happens around a
step, and how it is written. The recipe's `steps` are those of the whole run. A method that can
refuse a recipe beforehand has `check(recipe)`, which is called before the model is loaded.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from lorasurgery.errors import UnsupportedError


def names() -> tuple[str, ...]:
    """List the methods, sorted."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name[0] != "_"))


def load(name: str) -> ModuleType:
    """Import the method called `name`.

    Raises:
        UnsupportedError: there is none of that name.
    """
    if name not in names():
        raise UnsupportedError(f"There is no method {name!r}; the methods are {', '.join(names())}.")
    return importlib.import_module(f"{__name__}.{name}")
