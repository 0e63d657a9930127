"""What lies beside the weights and makes them a model: config, tokenizer, generation settings, templates, code."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Collection
from pathlib import Path

from lorasurgery.checkpoint.disk import write_failed

# Other forms of the same weights: copied along, they would be the ones before the change.
WEIGHT_SUFFIXES = (
    ".safetensors",
    ".bin",
    ".pt",
    ".pth",
    ".ckpt",
    ".h5",
    ".msgpack",
    ".ot",
    ".onnx",
    ".onnx_data",
    ".gguf",
    ".ggml",
    ".tflite",
    ".npz",
)


def side_files(folder: Path) -> tuple[Path, ...]:
    """The files of a model's folder that hold no weights, relative to it, sorted; hidden ones and indexes of weights are left out."""
    found = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and not hidden and not _is_of_weights(path.name):
            found.append(inside)
    return tuple(found)


def other_weights(folder: Path, used: Collection[Path]) -> tuple[str, ...]:
    """Weight files of a folder that are not the ones in use."""
    return tuple(
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name.endswith(WEIGHT_SUFFIXES) and path not in used
    )


def _is_of_weights(name: str) -> bool:
    return name.endswith((*WEIGHT_SUFFIXES, *(f"{suffix}.index.json" for suffix in WEIGHT_SUFFIXES)))


def copy_side_files(folder: Path, files: Collection[Path], target: Path) -> None:
    """Copy files into another folder, under the same names.

    Raises:
        NoSpaceError: the disk is full.
    """
    try:
        for file in files:
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file, target / file)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise write_failed(target, error) from None
        raise
