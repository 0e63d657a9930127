"""What is in a folder and below: all names but hidden ones, and those that are neither files nor folders.

A folder that cannot be listed is an error: what it holds would be left out without a word.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def paths_below(folder: Path) -> list[Path]:
    """List what is in a folder and in folders below, sorted; links are listed and not followed.

    Raises:
        OSError: a folder cannot be listed.
    """
    found = []
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in (*folders, *files) if not name.startswith(".")]
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error


def oddity(path: Path) -> str | None:
    """Say what a path is that can be neither copied nor read; None of files, folders, and links to these.

    Raises:
        OSError: the disk does not say.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "a link that leads nowhere" if path.is_symlink() else None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return "a link that leads nowhere"
    return KINDS.get(stat.S_IFMT(mode))
