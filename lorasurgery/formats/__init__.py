"""How an adapter lies on disk: one file per format, named after it.

The folder is the registry: every file here whose name does not start with `_` is a format, and is imported
when somebody asks for it. A format has the functions that its use so far calls for, among
`recognise(path)`, `read(path)`, `plan(adapter)` and `write(adapter, folder)`.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from lorasurgery.errors import UnsupportedError


def names() -> tuple[str, ...]:
    """List the formats, sorted."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name[0] != "_"))


def load(name: str) -> ModuleType:
    """Import the format called `name`.

    Raises `UnsupportedError` where there is none of that name.
    """
    if name not in names():
        raise UnsupportedError(f"There is no adapter format {name!r}; the formats are {', '.join(names())}.")
    return importlib.import_module(f"{__name__}.{name}")
