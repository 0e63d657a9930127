"""Outputs that appear whole or not at all.

An output is built in its sibling folder `NAME.partial` (see `workplace.py`), brought to the disk,
and renamed when it is complete (see `appear.py`). A kill at any point leaves the inputs as they
were and nothing under the output's own name; the next run clears the remains away and starts again.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lorasurgery.checkpoint.appear import file_appears, folder_appears, name_taken
from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.checkpoint.flush import flush_file, flush_folder, flush_tree
from lorasurgery.checkpoint.modes import narrow, narrowest
from lorasurgery.checkpoint.workplace import beside, clear, workplace
from lorasurgery.checkpoint.written import about_to_appear
from lorasurgery.errors import NoSpaceError, OutputError

# What marks a folder as one that this program, PEFT or transformers wrote: only such a folder is
# ever replaced.
OUTPUT_MARKS = (
    "adapter_config.json",
    "config.json",
    "model_index.json",
    "parallel.json",
    "undo.json",
    "lorasurgery.json",
    "part.json",
)
# The folder next to an output that holds its parts (see `surgery/parts`).
PARTS = ".parts"

_LOG = logging.getLogger(__name__)


def check_output(target: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """Refuse an output that would overwrite something, or that lies in, around or upon an input.

    Raises:
        OutputError: with the reason and the way out.
    """
    _check_place(target, inputs)
    _check_name_of_folder(target, force=force)


def _check_name_of_folder(target: Path, *, force: bool) -> None:
    place = _place(target)
    if not place.exists() and not target.is_symlink():
        return
    if not place.is_dir() or target.is_symlink() or place.is_mount():
        raise OutputError(f"{target} exists and is not a plain folder; choose another place with -o.")
    if not any(place.iterdir()):
        return
    if not force:
        raise _exists_already(target)
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
    _check_name_of_file(target, force=force)


def _check_name_of_file(target: Path, *, force: bool) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_file() or target.is_symlink():
        raise OutputError(f"{target} exists and is not a regular file; choose another place with -o.")
    if not force:
        raise _exists_already(target)


def _exists_already(target: Path) -> OutputError:
    """Return the refusal of an output that exists.

    A run killed just after its output got the name leaves remains that no other run would clear;
    they are cleared here.
    """
    clear(beside(_place(target)))
    return OutputError(f"{target} exists already; give another name, or replace it with --force.")


def _check_place(target: Path, inputs: Iterable[Path]) -> None:
    place = _place(target)
    for source in inputs:
        for real in _whereabouts(source):
            if place == real or place in real.parents or (real.is_dir() and real in place.parents):
                raise OutputError(
                    f"The output {target} is, contains or is inside the input {source}; choose another "
                    "place with -o."
                )
            for work in (beside(place), beside(place, ".replaced")):
                if work == real or work in real.parents:
                    raise OutputError(
                        f"The input {source} is in the way: {work} is needed while the output is built. "
                        "Move it, or choose another output with -o."
                    )
    if place in (Path.cwd(), *Path.cwd().parents):
        raise OutputError(f"The output {target} is or holds the current folder; name a new one with -o.")
    if not _existing_parent(place).is_dir():
        raise OutputError(f"{target} cannot be written: {_existing_parent(place)} is not a folder.")


def _place(path: Path) -> Path:
    """Resolve a path whether or not anything exists there; unlike `Path.resolve`, also a link to itself."""
    return Path(os.path.realpath(path))


def _whereabouts(path: Path) -> set[Path]:
    """Return the path of a name and the path of its bytes: the Hub's cache links the two, and both
    are protected.
    """
    return {_place(path), _place(path.parent) / path.name} if path.name else {_place(path)}


def check_space(target: Path, nbytes: int) -> None:
    """Refuse to begin what the disk cannot hold, next to what is there already of its parts.

    Raises:
        NoSpaceError: with what is needed and what is free.
    """
    free = shutil.disk_usage(_existing_parent(target)).free + _nbytes_of_parts(target)
    if nbytes > free:
        raise NoSpaceError(
            f"{target} needs {nbytes / 1e6:,.1f} MB and {free / 1e6:,.1f} MB are free; choose "
            "another place with -o."
        )


def space_notes(target: Path, nbytes: int) -> list[str]:
    """Say in a forecast that the disk could not hold the output now; `check_space` refuses to begin it."""
    try:
        check_space(target, nbytes)
    except NoSpaceError as error:
        return [f"this would be refused now: {error}"]
    return []


def _nbytes_of_parts(target: Path) -> int:
    total = 0
    for folder, _, files in os.walk(beside(target, PARTS)):  # passes over folders that vanish meanwhile
        for name in files:
            with suppress(OSError):  # another run may be at work there
                total += Path(folder, name).stat().st_size
    return total


def _existing_parent(path: Path) -> Path:
    return next(parent for parent in path.absolute().parents if parent.exists())


@contextmanager
def output_folder(target: Path, inputs: Iterable[Path], *, force: bool = False) -> Iterator[Path]:
    """Give a folder to write into.

    It takes the target's name when the block ends well, and vanishes otherwise.

    Raises:
        OutputError: see `check_output`; or the place cannot be written to.
        NameTakenError: something appeared under the name meanwhile; the output is kept beside it.
    """
    inputs = tuple(inputs)
    check_output(target, inputs, force=force)
    place, allowed = _place(target), narrowest(inputs)
    with workplace(place) as work, _naming(target, work):
        _check_name_of_folder(target, force=force)  # another run may have ended since
        built = work / place.name
        built.mkdir()
        yield built
        narrow(built, allowed)
        flush_tree(built)
        _check_again(_check_name_of_folder, target, built, force=force)
        about_to_appear(target, built)
        folder_appears(built, place, replace=force)
        _LOG.info("wrote %s, synced to the disk", target)


@contextmanager
def output_file(target: Path, inputs: Iterable[Path], *, force: bool = False) -> Iterator[Path]:
    """Give the path of a file to write, in a folder of its own.

    The file takes the target's name when the block ends well.

    Raises:
        OutputError: see `check_output_file`; or the place cannot be written to.
        NameTakenError: something appeared under the name meanwhile; the output is kept beside it.
    """
    inputs = tuple(inputs)
    check_output_file(target, inputs, force=force)
    place, allowed = _place(target.parent) / target.name, narrowest(inputs)
    with workplace(place) as work, _naming(target, work):
        _check_name_of_file(target, force=force)
        built = work / place.name
        yield built
        narrow(built, allowed)
        flush_file(built)
        flush_folder(work)
        _check_again(_check_name_of_file, target, built, force=force)
        about_to_appear(target, built)
        file_appears(built, place, replace=force)
        _LOG.info("wrote %s, synced to the disk", target)


def _check_again(check: Callable[..., None], target: Path, built: Path, *, force: bool) -> None:
    """With --force, look again at what has the name, which may have changed; without, the rename
    itself fails.
    """
    if force:
        try:
            check(target, force=True)
        except OutputError:
            raise name_taken(built, target) from None


@contextmanager
def _naming(target: Path, work: Path) -> Iterator[None]:
    """Name the output in errors of the disk: those of open files carry no name, or one the user
    never gave.
    """
    try:
        yield
    except OSError as error:
        named = None if error.filename is None else Path(os.fsdecode(error.filename))
        if named is None or work in named.parents:
            raise write_failed(target, OSError(error.errno, error.strerror)) from None
        raise
