"""Links in a checkpoint's folder of which a delta holds nothing: refused where they lead nowhere, named where
they lead elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lorasurgery.checkpoint.inside import leads_out
from lorasurgery.checkpoint.tree import oddity, paths_below
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.delta.side_contents import SideContents

# How many a note names.
NAMED = 4


def refuse_broken_links(side: SideContents) -> None:
    """Refuse a folder with a link that leads nowhere: what it stood for would be missing without a word.

    Raises:
        UnsupportedError: there is one.
    """
    for path in _links(side):
        if (kind := oddity(path)) is not None:
            raise UnsupportedError(
                f"{path} is {kind}, and a delta holds files: put the file there, or remove the link."
            )


def notes_of_links(sides: Sequence[SideContents]) -> tuple[str, ...]:
    """What to say of links that a delta leaves out: to folders, and out of the checkpoint's own folder."""
    return tuple(_note(side.path, left) for side in sides if (left := _left_out(side)))


def _left_out(side: SideContents) -> list[Path]:
    return [path for path in _links(side) if path.is_dir() or leads_out(path, side.path)]


def _links(side: SideContents) -> Iterator[Path]:
    if side.is_folder:
        yield from (path for path in paths_below(side.path) if path.is_symlink())


def _note(folder: Path, links: Sequence[Path]) -> str:
    names = ", ".join(map(str, links[:NAMED])) + (", ..." if len(links) > NAMED else "")
    return (
        f"Not in the delta, since links to folders, and links that lead out of {folder}, are no part of a "
        f"checkpoint: {names}. If they belong to the model, copy the folder with what its links lead to "
        "(cp -rL), and use the copy."
    )
