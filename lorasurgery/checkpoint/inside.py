"""Whether a file of a model's folder is really in it: a clone or an archive may hold links to anything on this machine.

What is read through such a link would be copied into an output that somebody uploads.
"""

from __future__ import annotations

from pathlib import Path


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a path leads out of a folder by a link. The Hub's cache is made of links to its own `blobs`, which count as inside."""
    try:
        real, home = path.resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, names that no system has
        return True
    return not real.is_relative_to(home) and real.parent != _blobs_of(home)


def _blobs_of(home: Path) -> Path | None:
    """`models--org--name/snapshots/REVISION/...` -> `models--org--name/blobs`, for a model of a pipeline too, which is in a folder
    of the revision; None for what is in no cache."""
    for folder in (home, *home.parents):
        if folder.parent.name == "snapshots":
            return folder.parent.parent / "blobs"
    return None
