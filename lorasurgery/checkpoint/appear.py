"""How a finished output gets its name: atomically, and never over anything that may not be replaced.

What was checked before the work may have changed during it, and somebody's folder may stand there
now. So the system is asked to fail where the name is taken, rather than looked at and then renamed.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from lorasurgery.checkpoint import linux, workplace
from lorasurgery.checkpoint.flush import flush_folder
from lorasurgery.errors import NameTakenError, OutputError

# What a rename says when something stands under the new name: a folder that is not empty, or a file
# or link.
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR)
# The file system has no hard links, or forbids them.
_NO_LINKS = (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)


def folder_appears(built: Path, place: Path, *, replace: bool) -> None:
    """Give a folder its name; an empty folder of that name is replaced, and with `replace` any
    other is too.

    Raises:
        NameTakenError: something else has the name.
        OSError: the rename failed.
    """
    if replace and place.is_dir() and any(place.iterdir()):
        if not linux.exchange(built, place):
            _set_aside(built, place)
    else:
        try:
            built.rename(place)
        except OSError as error:
            if error.errno in _TAKEN:
                raise name_taken(built, place) from None
            raise
    flush_folder(place.parent)
    workplace.clear(workplace.beside(place, ".replaced"))


def file_appears(built: Path, place: Path, *, replace: bool) -> None:
    """Give a file its name; with `replace`, another file that has it gives way.

    Raises:
        NameTakenError: something has the name.
        OSError: the rename failed.
    """
    try:
        if replace:
            built.replace(place)
        elif not linux.rename_new(built, place) and not _linked(built, place):
            if os.path.lexists(place):
                raise name_taken(built, place)
            built.rename(place)
    except OSError as error:
        if error.errno in _TAKEN:
            raise name_taken(built, place) from None
        raise
    flush_folder(place.parent)


def name_taken(built: Path, place: Path) -> NameTakenError:
    """What to say of an output whose name something else has by now."""
    return NameTakenError(
        f"{place} appeared while this ran, and was left as it is. The output is complete and was "
        f"kept as {built}: "
        "move it to where you want it."
    )


def _linked(built: Path, place: Path) -> bool:
    """Give a file a second name, which fails if the name is taken; the first goes with the folder
    it was built in.
    """
    try:
        os.link(built, place, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True


def _set_aside(built: Path, place: Path) -> None:
    """Replace a folder in two steps, where two names cannot be exchanged in one.

    After a kill between them the old one is in `OUT.replaced`, until the next run is complete.
    """
    aside = workplace.beside(place, ".replaced")
    try:
        held = workplace.taken(aside)
    except OutputError as error:
        raise NameTakenError(f"{error} The output is complete and was kept as {built}.") from None
    with held:
        place.rename(aside / place.name)
        try:
            built.rename(place)
        except OSError:
            with suppress(OSError):
                (aside / place.name).rename(place)
            raise
        finally:
            if place.exists():
                workplace.remove(aside)
