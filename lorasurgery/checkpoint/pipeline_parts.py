"""The models in a folder of diffusers' pipeline: which folders in it hold weights."""

from __future__ import annotations

from pathlib import Path

from lorasurgery.checkpoint.folder import FORMER_UNDO_FILE, WEIGHT_SUFFIXES

PIPELINE_INDEX = "model_index.json"


def parts_of_pipeline(folder: Path) -> tuple[str, ...]:
    """List the folders in a pipeline's folder that hold weights, sorted; () where it is no pipeline."""
    if not (folder / PIPELINE_INDEX).is_file():
        return ()
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir() and _has_weights(path)))


def _has_weights(folder: Path) -> bool:
    names = {path.name for path in folder.iterdir()} - {FORMER_UNDO_FILE}
    return any(name.endswith(WEIGHT_SUFFIXES) for name in names)
