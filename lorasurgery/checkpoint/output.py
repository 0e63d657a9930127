"""Outputs that appear whole or not at all.

A folder is built as its sibling `NAME.partial` and renamed when it is complete. A kill at any point leaves the inputs as they
were and nothing under the output's own name; the next run clears the remains away and starts again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lorasurgery.errors import NoSpaceError, OutputError

# What marks a folder as one that this program, PEFT or transformers wrote: only such a folder is ever replaced.
OUTPUT_MARKS = ("adapter_config.json", "config.json", "parallel.json", "undo.json", "lorasurgery.json")


def check_output(target: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """Refuse an output that would overwrite something, or that lies in, around or upon an input.

    Raises:
        OutputError: with the reason and the way out.
    """
    place = target.resolve()
    for source in inputs:
        real = source.resolve()
        if place == real or place in real.parents or (real.is_dir() and real in place.parents):
            raise OutputError(
                f"The output {target} is, holds or lies in the input {source}; choose another place with -o."
            )
    if not target.exists() and not target.is_symlink():
        return
    if target.is_dir() and not any(target.iterdir()):
        return
    if not force:
        raise OutputError(f"{target} exists already; give another name with -o, or replace it with --force.")
    if (
        not target.is_dir()
        or target.is_symlink()
        or not any((target / mark).is_file() for mark in OUTPUT_MARKS)
    ):
        raise OutputError(
            f"{target} exists and is not a folder that this program wrote; --force does not replace it."
        )


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
    partial = target.with_name(target.name + ".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir()
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from None
    try:
        yield partial
        _flush_folder(partial)
        _put_in_place(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _put_in_place(partial: Path, target: Path) -> None:
    replaced = target.with_name(target.name + ".replaced")
    if target.is_dir() and any(target.iterdir()):
        shutil.rmtree(replaced, ignore_errors=True)
        target.rename(replaced)
    partial.rename(target)
    _flush_folder(target.parent)
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
