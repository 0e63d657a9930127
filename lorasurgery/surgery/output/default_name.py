"""What an output is called where the user gives no name: made from the names of its inputs."""

from __future__ import annotations

from pathlib import Path

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.hub_names import is_hub_name, split_name
from lorasurgery.paths import expanded

# File names that say nothing of what is in them; the folder's does.
FILES_OF_EVERY_MODEL = ("model", "pytorch_model", "diffusion_pytorch_model", "model.safetensors.index")


def stem(checkpoint: Checkpoint) -> str:
    """A checkpoint's own name, after the folder, the repository or the file."""
    path = expanded(checkpoint.name)
    if path.is_file() and path.stem not in FILES_OF_EVERY_MODEL:
        return path.stem
    return checkpoint.folder.resolve().name if path.exists() else repository(checkpoint.name)


def adapter_stem(name: str) -> str:
    """An adapter's own name, after the file, the folder or the repository."""
    path = expanded(name)
    if path.is_file():
        return path.stem
    return path.resolve().name if path.exists() else repository(name)


def repository(name: str) -> str:
    """The last part of a Hub name, without its owner and its revision."""
    return Path(split_name(name)[0] if is_hub_name(name) else name).name
