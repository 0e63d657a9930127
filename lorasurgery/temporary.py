"""Folders for temporary files: removed at their end, and where the run was killed, by the next run.

A file inside is locked for as long as the folder is in use; the system lets go of it when a process dies. A
folder is cleared only if it is this user's, has that file, and nobody holds it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PREFIX, MARK = "lorasurgery-", ".lorasurgery-temporary"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give an empty folder where this machine has temporary files, and clear what killed runs left there."""
    _clear(Path(tempfile.gettempdir()))
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix=PREFIX)))
    held: BinaryIO | None = None
    try:
        # Locked before it has its name: nobody finds a mark that is not held yet.
        new = folder / f"{MARK}.new"
        held = new.open("xb")
        if _is_locked(held):
            new.rename(folder / MARK)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            held.close()


def _clear(place: Path) -> None:
    with suppress(OSError):
        for folder in sorted(place.glob(f"{PREFIX}*")):
            with suppress(OSError):
                _clear_one(folder)


def _clear_one(folder: Path) -> None:
    status = folder.lstat()
    if not hasattr(os, "getuid") or status.st_uid != os.getuid() or folder.is_symlink():
        return
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(folder / MARK, flags), "r+b") as mark:
        if _is_locked(mark):
            shutil.rmtree(folder, ignore_errors=True)


def _is_locked(file: BinaryIO) -> bool:
    """Lock a file for as long as it is open; False where another process has, or nothing can be locked."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True
