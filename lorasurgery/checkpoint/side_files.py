"""The files that make weights a model: config, tokenizer, generation settings, templates, code."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.checkpoint.folder import WEIGHT_SUFFIXES
from lorasurgery.checkpoint.inside import leads_out
from lorasurgery.checkpoint.modes import narrow_as
from lorasurgery.checkpoint.tree import oddity, paths_below
from lorasurgery.errors import UnsupportedError
from lorasurgery.remote import bring


def side_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a model's folder that hold no weights, relative to it, sorted.

    Hidden files, indexes of weights, and what a link shows of other folders are left out.
    """
    return tuple(
        inside
        for inside in _beside_weights(folder)
        if (folder / inside).is_file() and not leads_out(folder / inside, folder)
    )


def links_out(folder: Path) -> tuple[Path, ...]:
    """The links of a model's folder, but those to weights, that lead to a file or folder elsewhere."""
    return tuple(
        inside
        for inside in _beside_weights(folder)
        if (folder / inside).is_symlink() and leads_out(folder / inside, folder)
    )


def notes_of_left_out(folder: Path) -> tuple[str, ...]:
    """What to say of links that lead out of a model's folder, and of what is neither file nor folder."""
    links = links_out(folder)
    odd = {
        inside: kind
        for inside in _beside_weights(folder)
        if inside not in links and (kind := oddity(folder / inside)) is not None
    }
    return (*_note_of_links(folder, links), *_note_of_oddities(folder, odd))


def _note_of_oddities(folder: Path, found: Mapping[Path, str]) -> tuple[str, ...]:
    if not found:
        return ()
    names = ", ".join(f"{path} ({found[path]})" for path in [*found][:4]) + (
        ", ..." if len(found) > 4 else ""
    )
    return (
        f"Not copied, since it is no file in {folder}: {names}. If it belongs to the model, put the file "
        "there and run the command again.",
    )


def _note_of_links(folder: Path, found: tuple[Path, ...]) -> tuple[str, ...]:
    if not found:
        return ()
    names = ", ".join(str(path) for path in found[:4]) + (", ..." if len(found) > 4 else "")
    return (
        f"Not copied, since a link there leads out of {folder}: {names}. If they belong to the "
        "model, copy the folder with what its links lead to (cp -rL), and use the copy.",
    )


def refuse_link_out(folder: Path, name: Path | str) -> None:
    """Refuse a needed file that is a link out of the model's folder: it may be any file of this user.

    Raises:
        UnsupportedError: it is one.
    """
    path = folder / name
    if path.exists() and leads_out(path, folder):
        real = os.path.realpath(path)
        raise UnsupportedError(
            f"{path} is a link that leads out of {folder}, to {real}, and the output would hold a "
            "copy of that. "
            "If it belongs to the model, copy the folder with what its links lead to (cp -rL "
            f"{folder} COPY), and use the copy."
        )


def _beside_weights(folder: Path) -> Iterator[Path]:
    for path in paths_below(folder):
        if not _is_of_weights(path.name):
            yield path.relative_to(folder)


def other_weights(folder: Path, used: Collection[Path]) -> tuple[str, ...]:
    """Weight files of a folder that are not the ones in use; hidden ones, and those of hidden folders, are
    no part of a model.

    Raises:
        OSError: a folder cannot be listed.
    """
    return tuple(
        str(path.relative_to(folder))
        for path in paths_below(folder)
        if path.is_file() and path.name.endswith(WEIGHT_SUFFIXES) and path not in used
    )


def _is_of_weights(name: str) -> bool:
    return name.endswith((*WEIGHT_SUFFIXES, *(f"{suffix}.index.json" for suffix in WEIGHT_SUFFIXES)))


def copy_side_files(folder: Path, files: Collection[Path], target: Path) -> None:
    """Copy files into another folder under the same names and with the same permissions.

    Raises:
        UnsupportedError: a file is a link that leads out of its folder.
        NoSpaceError: the disk is full.
    """
    try:
        for file in files:
            refuse_link_out(folder, file)
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            bring(folder / file)
            shutil.copyfile(folder / file, target / file)
            narrow_as(target / file, folder / file)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise write_failed(target, error) from None
        raise
