"""Bring files to the disk, so that a power cut takes nothing away that a rename has made look whole.

A rename can reach the disk before the bytes of what was renamed: on ext4 and xfs such a file has 0
bytes after a power cut.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from lorasurgery.checkpoint.disk import write_failed

# Pipes, and some network and FUSE file systems, have nothing to flush.
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EROFS)


def flush_tree(folder: Path) -> None:
    """Bring all files and folders below a folder to the disk, and the folder itself.

    Raises:
        OutputError: the disk did not take them.
    """
    for below, _, files in os.walk(folder, topdown=False):
        for name in sorted(files):
            if not (Path(below) / name).is_symlink():
                flush_file(Path(below) / name)
        flush_folder(Path(below))


def flush_file(path: Path) -> None:
    """Bring a file to the disk.

    Raises:
        OutputError: the disk did not take it.
    """
    try:
        _flush(path)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise write_failed(path, error) from None


def flush_folder(folder: Path) -> None:
    """Make renames and new names in a folder survive a power cut, where the file system can."""
    try:
        _flush(folder)
    except OSError:
        return


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
