"""Outputs that appear whole or not at all.

A folder is built as its sibling `NAME.partial` and renamed when it is complete. A kill at any point leaves the inputs as they
were and nothing under the output's own name; the next run clears the remains away and starts again. What is cleared away carries
our mark, so that no folder of somebody else's is ever lost for having such a name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lorasurgery.errors import NoSpaceError, OutputError

# What marks a folder as one that this program, PEFT or transformers wrote: only such a folder is ever replaced.
OUTPUT_MARKS = ("adapter_config.json", "config.json", "parallel.json", "undo.json", "lorasurgery.json")
# An empty file in a folder that is being built or has been set aside: only such a folder is ever cleared away.
WORK_MARK = ".lorasurgery-partial"


def check_output(target: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """Refuse an output that would overwrite something, or that lies in, around or upon an input.

    Raises:
        OutputError: with the reason and the way out.
    """
    _check_place(target, inputs)
    place = _place(target)
    if not place.exists() and not target.is_symlink():
        return
    if not place.is_dir() or target.is_symlink() or place.is_mount():
        raise OutputError(f"{target} exists and is no plain folder; choose another place with -o.")
    if not any(place.iterdir()):
        return
    if not force:
        raise OutputError(f"{target} exists already; give another name with -o, or replace it with --force.")
    if not any((place / mark).is_file() for mark in OUTPUT_MARKS):
        raise OutputError(
            f"{target} exists and is not a folder that this program wrote; --force does not replace it."
        )


def check_output_file(target: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """The same for an output that is one file.

    Raises:
        OutputError: with the reason and the way out.
    """
    _check_place(target, inputs)
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_file() or target.is_symlink():
        raise OutputError(f"{target} exists and is no plain file; choose another place with -o.")
    if not force:
        raise OutputError(f"{target} exists already; give another name with -o, or replace it with --force.")


def _check_place(target: Path, inputs: Iterable[Path]) -> None:
    place = _place(target)
    for source in inputs:
        for real in _whereabouts(source):
            if place == real or place in real.parents or (real.is_dir() and real in place.parents):
                raise OutputError(
                    f"The output {target} is, holds or lies in the input {source}; choose another place with -o."
                )
    if place in (Path.cwd(), *Path.cwd().parents):
        raise OutputError(f"The output {target} is or holds the current folder; name a new one with -o.")
    if not _existing_parent(place).is_dir():
        raise OutputError(f"{target} cannot be written: {_existing_parent(place)} is not a folder.")


def _place(path: Path) -> Path:
    """Where a path leads, whether or not anything is there; unlike `Path.resolve`, also for a link that leads to itself."""
    return Path(os.path.realpath(path))


def _whereabouts(path: Path) -> set[Path]:
    """Where a name stands and where its bytes lie: the Hub's cache puts a link between the two, and both are to be kept."""
    return {_place(path), _place(path.parent) / path.name} if path.name else {_place(path)}


def check_space(target: Path, nbytes: int) -> None:
    """Refuse to begin what the disk cannot hold.

    Raises:
        NoSpaceError: with what is needed and what is free.
    """
    free = shutil.disk_usage(_existing_parent(target)).free
    if nbytes > free:
        raise NoSpaceError(
            f"{target} needs {nbytes / 1e6:,.1f} MB and {free / 1e6:,.1f} MB are free; choose another place with -o."
        )


def _existing_parent(path: Path) -> Path:
    return next(parent for parent in path.absolute().parents if parent.exists())


@contextmanager
def output_folder(target: Path, inputs: Iterable[Path], *, force: bool = False) -> Iterator[Path]:
    """Give a folder to write into; it takes the target's name when the block ends well and vanishes when it does not.

    Raises:
        OutputError: see `check_output`; or the place cannot be written to.
    """
    check_output(target, inputs, force=force)
    with _built(target) as partial:
        yield partial
        _flush_folder(partial)
        _put_in_place(partial, _place(target))


@contextmanager
def output_file(target: Path, inputs: Iterable[Path], *, force: bool = False) -> Iterator[Path]:
    """Give the path of a file to write, in a folder of its own; it takes the target's name when the block ends well.

    Raises:
        OutputError: see `check_output_file`; or the place cannot be written to.
    """
    check_output_file(target, inputs, force=force)
    with _built(target) as partial:
        yield partial / target.name
        (partial / target.name).replace(target)
        _flush_folder(_place(target).parent)
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _built(target: Path) -> Iterator[Path]:
    """The folder in which an output is built, which vanishes when the block fails."""
    place = _place(target)
    partial = place.with_name(place.name + ".partial")
    with ExitStack() as undo:
        undo.callback(_remove_folders, [parent for parent in place.parents if not parent.exists()])
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _clear(partial)
            partial.mkdir()
            undo.callback(shutil.rmtree, partial, ignore_errors=True)
            held = _lock(partial / WORK_MARK)
        except OSError as error:
            raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from None
        with held:
            yield partial
        undo.pop_all()


def _remove_folders(folders: Iterable[Path]) -> None:
    """Remove what was made on the way to the output, the innermost first, as far as it is empty."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _clear(remains: Path) -> None:
    """Remove what an earlier run left behind; anything else of that name stays, and is in the way."""
    if not remains.exists() and not remains.is_symlink():
        return
    if (remains / WORK_MARK).is_file():
        _lock(remains / WORK_MARK).close()
    elif not remains.is_dir() or any(remains.iterdir()):
        raise OutputError(
            f"{remains} is in the way: the name is needed while the output is built, and what is there is not ours. "
            "Move it, or choose another output with -o."
        )
    shutil.rmtree(remains)


def _lock(mark: Path) -> BinaryIO:
    """Hold a folder's mark for as long as the file stays open; the system lets go of it when we die.

    Raises:
        OutputError: another run holds it.
    """
    held = mark.open("ab")
    with suppress(ImportError, OSError):  # Windows has no such locks, and not every network file system does
        import fcntl

        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise OutputError(
                f"{mark.parent} is being written by another run; wait for it, or choose another output with -o."
            ) from None
    return held


def _put_in_place(partial: Path, place: Path) -> None:
    replaced = place.with_name(place.name + ".replaced")
    if place.is_dir() and any(place.iterdir()):
        _clear(replaced)
        (place / WORK_MARK).touch()
        place.rename(replaced)
    partial.rename(place)
    (place / WORK_MARK).unlink()
    _flush_folder(place.parent)
    if (replaced / WORK_MARK).is_file():
        shutil.rmtree(replaced, ignore_errors=True)


def _flush_folder(folder: Path) -> None:
    """Make renames and new names in a folder survive a power cut; not every file system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
