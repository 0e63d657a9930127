"""Bring files to the disk, so that a power cut takes nothing away that a rename has made look whole.

A rename can reach the disk before the bytes of what was renamed: on ext4 and xfs such a file has 0
bytes after a power cut.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.checkpoint.linux import begin_to_write
from lorasurgery.thread_pool import ThreadPool

# Pipes, and some network and FUSE file systems, have nothing to flush.
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EROFS)
# After so long the disk is asked again to take up what was written; on two cores, a longer pause
# left it idle.
WRITE_SECONDS = 0.02


def keep_writing(begin: Callable[[], None], done: SimpleQueue[None]) -> None:
    """Have the disk work while the processor does: what is only brought to it at the end is waited for.

    Args:
        done: something is put into it when nothing more is written.
    """
    while True:
        try:
            done.get(timeout=WRITE_SECONDS)
        except Empty:
            begin()
        else:
            return


@contextmanager
def written_early(descriptors: Sequence[int]) -> Iterator[None]:
    """Keep writing what comes into open files; they are flushed afterwards, by whoever wrote them.

    Raises:
        OSError: the disk did not take it: the system says so once, to whoever asks first.
    """

    def begin() -> None:
        for each in descriptors:
            try:
                begin_to_write(each)
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise

    done: SimpleQueue[None] = SimpleQueue()
    with ThreadPool(1) as pool:
        try:
            writing = pool.submit(keep_writing, begin, done)
            yield
        finally:
            done.put(None)
        writing.result()


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
