"""How an adapter lies on disk: one file per format, named after it.

The folder is the registry: every file here whose name does not start with `_` is a format, and is imported
when somebody asks for it. A format has the functions that its use so far calls for, among
`recognise(path)`, `read(path)`, `plan(adapter)` and `write(adapter, folder)`.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import NotACheckpointError, UnsupportedError


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


def read_adapter(name: str, host: Host | None = None) -> tuple[Path, Adapter]:
    """Read the adapter at a path or under a Hub name, in whatever format it is; also give the folder or file that it lies in.

    Args:
        host: the model that it is for, where that is known.

    Raises:
        NotACheckpointError: there is nothing, or nothing that a format recognises.
    """
    path = _local(name)
    for form in map(load, names()):
        found = form.recognise(path) if hasattr(form, "recognise") else None
        if found is not None:
            return found, form.read(found, host)
    raise NotACheckpointError(
        f"{name} holds no adapter in a format that can be read ({', '.join(names())}): "
        f"{'a file' if path.is_file() else 'a folder without adapter_config.json'}."
    )


def _local(name: str) -> Path:
    """The path that a name stands for; what the Hub has is fetched into its cache."""
    from lorasurgery.checkpoint.hub import fetch_adapter, is_hub_name

    path = Path(name).expanduser()
    if path.exists():
        return path
    if is_hub_name(name):
        return fetch_adapter(name)
    raise NotACheckpointError(
        f"{name!r} does not exist (an adapter's folder is expected, or a Hub name like org/name)."
    )
