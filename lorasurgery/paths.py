"""Paths as users give them: a string or any path object, with `~` for the home folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lorasurgery.errors import UnsupportedError

StrPath = str | os.PathLike[str]

# What opening a name raises where no file is. Any other error, as of a disk, says nothing of what is there.
NO_FILE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)

# How an address begins whose slashes are not two, or not slashes.
MISTYPED = re.compile(r"(https?|s3|gs|az):(?!//)[/\\]", re.IGNORECASE)


def expanded(name: StrPath) -> Path:
    """Return a path with `~` for the home folder; `~name` of an unknown user is an ordinary name.

    Of an address (`s3://bucket/key`), it is the path that stands in for what is there.

    Raises:
        CheckpointError: there is nothing at an address, or it cannot be read.
        UnsupportedError: it is no name at all, or the name is empty, which `Path` takes for the
            current folder; or it is an address with other slashes than two.
    """
    if not isinstance(name, str | os.PathLike):
        raise UnsupportedError(f"A path is a string or a Path, and not {name!r}.")
    if not os.fspath(name):
        raise UnsupportedError(
            "A path is empty, as from a variable of the shell that is not set; write . for the "
            "current folder."
        )
    if isinstance(name, str) and MISTYPED.match(name) and not os.path.lexists(name):
        raise UnsupportedError(
            "An address has :// behind its first word, as in https://host/path, and the one given here has "
            "not. It is not repeated here, since it may hold a password."
        )
    if isinstance(name, str) and "://" in name:
        from lorasurgery.remote import is_address, stand_in

        if is_address(name):
            return stand_in(name)
    return Path(os.path.expanduser(name))  # noqa: PTH111 - Path.expanduser raises for such a user
