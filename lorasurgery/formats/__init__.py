"""How an adapter is stored on disk: one file or one folder per format, named after it.

The folder is the registry. Every file and folder here whose name does not start with `_` is a
format: it is imported when somebody asks for it, and its value `FORMAT` says what can be done with
it (see `Format`).
"""

from __future__ import annotations

import functools
import importlib
import logging
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import NotACheckpointError, UnsupportedError
from lorasurgery.formats._format import Format
from lorasurgery.paths import expanded
from lorasurgery.remote import keep

__all__ = ["Format", "find_adapter", "load", "names", "read_adapter", "written"]

_LOG = logging.getLogger(__name__)
# Parts of names that only adapters have; some checkpoints have a few layers of low rank that are
# called `lora` (RWKV-7).
LIKE_FACTORS = re.compile(
    r"lora_(A|B|down|up|mid|embedding_A)|hada_w1|lokr_w[12]|oft_(blocks|diag)|lora_magnitude_vector"
)


@functools.cache
def names() -> tuple[str, ...]:
    """List the formats, sorted."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name[0] != "_"))


@functools.cache
def written() -> tuple[str, ...]:
    """List the formats that can be written, sorted; the others are only read."""
    return tuple(name for name in names() if load(name).is_written)


def load(name: str) -> Format:
    """Import the format called `name`.

    Raises `UnsupportedError` where no format has that name.
    """
    if name not in names():
        raise UnsupportedError(f"There is no adapter format {name!r}; the formats are {', '.join(names())}.")
    form: Format = importlib.import_module(f"{__name__}.{name}").FORMAT
    return form


def find_adapter(name: str) -> tuple[Path, str] | None:
    """Find the adapter at a path or under a Hub name: its folder or file, and the name of its format.

    None where no format recognises one.

    Raises:
        NotACheckpointError: there is nothing.
        UnreadableError: what is there cannot be read now.
    """
    from lorasurgery.checkpoint.disk import read_failed

    path = _local(name)
    for form in names():
        try:
            found = load(form).recognise(path)
        except OSError as error:
            raise read_failed(path, error) from None
        if found is not None:
            keep(path)  # factors are looked at several times
            return found, form
    _refuse_unread(path)
    return None


def _refuse_unread(path: Path) -> None:
    """Refuse LoRA factors under names of no format; they would be taken for a checkpoint."""
    from lorasurgery.checkpoint.as_trained import unmerged_modules
    from lorasurgery.formats._state_dict import names_in

    stored = names_in(path) if path.is_file() else frozenset()
    like = sorted(name for name in stored if LIKE_FACTORS.search(name))
    if like and len(like) * 2 >= len(stored) and not unmerged_modules(stored):
        raise UnsupportedError(
            f"{path} holds LoRA factors ({like[0]!r} and the like), under names of no format "
            f"that can be read ({', '.join(names())}). Convert it with the program that made it."
        )


def read_adapter(
    name: str,
    host: Host | None = None,
    *,
    alpha: float | None = None,
    experts_order: str | None = None,
    keep: Callable[[str], bool] | None = None,
) -> tuple[Path, Adapter]:
    """Read the adapter at a path or under a Hub name, in any format; also give its folder or file.

    Args:
        host: the model that it is for, where that is known.
        alpha: divided by the rank it is the scale, for formats that do not store it.
        keep: whether a module is wanted, by the file's own name for it; for formats that look
            modules up in the host as they read, others read all.
        experts_order: how the factors of fused experts are packed, `peft` or `grouped-by-expert`;
            for formats where the file may not show it.

    Raises:
        NotACheckpointError: there is nothing, or nothing that a format recognises.
        UnsupportedError: alpha is given and the file has its own scale.
    """
    found = find_adapter(name)
    if found is None:
        raise NotACheckpointError(_not_an_adapter(name))
    path, form = found[0], load(found[1])
    _LOG.info("reading %s as %s", path, form.name)
    if alpha is not None and not form.needs_alpha:
        raise UnsupportedError(
            f"{name} is in the format {form.name}, which stores its scale; leave out --alpha."
        )
    options: dict[str, Any] = {"alpha": alpha, "experts_order": experts_order, "keep": keep}
    given = {option: options[option] for option in form.takes if options[option] is not None}
    # One of several adapters in a file: the path of the folder is above its name.
    return path if path.exists() else path.parent, form.read(path, host, **given)


def _not_an_adapter(name: str) -> str:
    """Say what is there instead: a full checkpoint, whose adapter `extract` finds, or other weights."""
    from lorasurgery.checkpoint import open_checkpoint
    from lorasurgery.checkpoint.other_weights import described
    from lorasurgery.errors import CheckpointError

    path = _local(name)
    other = described(path.iterdir() if path.is_dir() else [path])
    try:
        open_checkpoint(path)
    except CheckpointError:
        if other is not None:
            return f"{name} {'holds' if path.is_dir() else 'is'} {other}."
        kind = "a file" if path.is_file() else "a folder without adapter_config.json"
        return f"{name} holds no adapter in a format that can be read ({', '.join(names())}): {kind}."
    return (
        f"{name} holds no adapter: it is a full checkpoint. To get the adapter in it: `lorasurgery extract "
        f"BASE {name}`."
    )


def _local(name: str) -> Path:
    """Return the path that a name stands for; an adapter on the Hub is fetched into the Hub's cache."""
    from lorasurgery.checkpoint.absence import absent_adapter, refuse_pipe
    from lorasurgery.checkpoint.hub import fetch_adapter
    from lorasurgery.checkpoint.hub_names import is_hub_name

    path = expanded(name)
    refuse_pipe(path)
    if path.exists() or any(load(form).names_one_of_several(path) for form in names()):
        return path
    if is_hub_name(name):
        return fetch_adapter(name)
    raise NotACheckpointError(absent_adapter(name))
