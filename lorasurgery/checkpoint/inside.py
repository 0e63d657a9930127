"""Whether a file of a model's folder is really inside it: a clone or an archive may hold links to
anything.

What is read through such a link would be copied into an output that somebody uploads.
"""

from __future__ import annotations

from pathlib import Path


def leads_out(path: Path, folder: Path) -> bool:
    """Return whether a path leaves a folder by a link; links into the Hub cache's own `blobs` count
    as inside.
    """
    try:
        real, home = path.resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, names that no system has
        return True
    return not real.is_relative_to(home) and real.parent != _blobs_of(home)


def _blobs_of(home: Path) -> Path | None:
    """Return the Hub cache's `blobs` folder for a path in a snapshot, or None for a path in no cache.

    `models--org--name/snapshots/REVISION/...` -> `models--org--name/blobs`, for a model of a
    pipeline too, which is in a folder of the revision.
    """
    for folder in (home, *home.parents):
        if folder.parent.name == "snapshots":
            return folder.parent.parent / "blobs"
    return None
