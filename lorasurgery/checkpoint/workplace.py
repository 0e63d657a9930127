"""The folder `OUT.partial`, in which an output is built before it gets its name.

It holds our mark, an empty file that is locked while we work, so that a later run can tell what may
be cleared away: remains that nobody holds, and never a folder of somebody else's that has such a
name. The mark is made first and removed last: a kill at any moment leaves a name that the next run
can use. Remains are not removed but emptied, under the lock, and built in again: two runs that find
the same remains cannot take each other's work for them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lorasurgery.errors import NameTakenError, OutputError, PlaceInUseError

WORK_MARK = ".lorasurgery-partial"
# Another run may remove the folder just when we are about to lock it; more often than this,
# somebody means it.
_ATTEMPTS = 8


def beside(place: Path, suffix: str = ".partial") -> Path:
    """Return the folder next to an output that holds its unfinished work, or what it replaces."""
    return place.with_name(place.name + suffix)


@contextmanager
def workplace(place: Path) -> Iterator[Path]:
    """Give a folder to build an output in.

    It is removed at the end of the block; the finished output has its own name by then.

    Where that name was taken meanwhile, the folder stays, without our mark: no later run clears it
    away.

    Raises:
        OutputError: another run builds there, or something else has the name; or the place cannot
            be written to.
    """
    work = beside(place)
    with ExitStack() as undo:
        undo.callback(_remove_folders, [parent for parent in place.parents if not parent.exists()])
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            held = taken(work)
        except OSError as error:
            raise OutputError(f"{place} cannot be written: {error.strerror or error}.") from None
        with held:
            try:
                yield work
            except NameTakenError:
                (work / WORK_MARK).unlink()
                undo.pop_all()
                raise
            except BaseException:
                remove(work)
                raise
            remove(work)
        undo.pop_all()


@contextmanager
def scratch_folder(place: Path) -> Iterator[Path]:
    """Give an empty folder for temporary files; if the run is killed, the next run with this place
    clears it.

    Raises:
        OutputError: another run uses it, or something else has the name; or the place cannot be
            written to.
    """
    work = beside(place)
    try:
        held = taken(work)
    except OSError as error:
        raise OutputError(f"{work} cannot be written: {error.strerror or error}.") from None
    with held:
        try:
            yield work
        finally:
            remove(work)


def taken(folder: Path) -> BinaryIO:
    """Make a folder ours, and empty it; it stays ours for as long as the file that is returned is open.

    Raises:
        OutputError: another run has it, or it is not ours to empty.
        OSError: it cannot be written to.
    """
    for _ in range(_ATTEMPTS):
        if os.path.lexists(folder) and not _may_be_ours(folder):
            raise OutputError(
                f"{folder} is in the way: the name is needed while the output is built, and what "
                "is there is not ours. "
                "Move it, or choose another output."
            )
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        held = _locked(folder / WORK_MARK)
        if held is not None:
            _empty(folder)
            return held
    raise _in_use(folder)


def clear(folder: Path) -> None:
    """Remove what a killed run left, down to an empty folder, unless another run holds it; leave all else."""
    if _may_be_ours(folder):
        with suppress(OSError, OutputError), taken(folder):
            remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder that we hold, its mark last; what cannot be removed stays for the next run to clear."""
    with suppress(OSError):
        _empty(folder)
        (folder / WORK_MARK).unlink()
        folder.rmdir()


def _may_be_ours(folder: Path) -> bool:
    """Whether it has our mark, or has nothing in it."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    mark = folder / WORK_MARK
    return (mark.is_file() and not mark.is_symlink()) or not any(folder.iterdir())


def _locked(mark: Path) -> BinaryIO | None:
    """Lock a folder's mark for as long as the file stays open; the system releases it when the
    process dies.

    None if the folder was removed in the meantime.

    Raises:
        OutputError: another run holds it.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        held = os.fdopen(os.open(mark, flags, 0o600), "r+b")
    except FileNotFoundError:
        return None
    with suppress(ImportError, OSError):  # Windows has no such locks, and not every network file system does
        import fcntl

        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise _in_use(mark.parent) from None
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(held.fileno()), mark.stat()):
            return held
    held.close()
    return None


def _in_use(folder: Path) -> PlaceInUseError:
    return PlaceInUseError(
        f"{folder} is being written by another run; wait for it, or choose another output."
    )


def _empty(folder: Path) -> None:
    """Remove all but the mark."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != WORK_MARK:
            path.unlink()


def _remove_folders(folders: Iterable[Path]) -> None:
    """Remove what was made on the way to the output, the innermost first, as far as it is empty."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
