"""Which files of a folder are its checkpoint: one file, or shards with an index.

The index (`model.safetensors.index.json`, `pytorch_model.bin.index.json`) maps tensor names to
shard names. Shard names are plain names: one that leads elsewhere is refused by what it says, not
by where it ends up, since the Hub's cache is made of symlinks.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint.other_weights import described
from lorasurgery.errors import DamagedFileError, NotACheckpointError
from lorasurgery.foreign import json_of, shortened

PICKLE_SUFFIXES = (".bin", ".pt", ".pth")
GGUF_SUFFIX = ".gguf"
SUFFIXES = (".safetensors", *PICKLE_SUFFIXES)
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
# What a merge leaves beside the weights to undo it: tensors, under a name that no server takes for
# weights. vLLM and others load every *.safetensors of a folder that has no index. Merges of 0.1 and
# before wrote it under the former name.
UNDO_FILE, FORMER_UNDO_FILE = UNDO_FILES = ("undo.tensors", "undo.safetensors")
# What lies beside the factors of a recovered adapter (`surgery/exceptions.py`).
EXCEPTIONS_FILE = "exceptions.safetensors"
# In the order in which transformers looks for them, then as diffusers calls them: variants
# (`.fp16.safetensors`) may lie there as well.
WHOLE_FILES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "diffusion_pytorch_model.bin",
)


def weight_files(folder: Path) -> tuple[tuple[Path, ...], Mapping[str, str]]:
    """Find the weight files of a folder, and its index's map from tensor to file (empty without an index).

    Raises:
        NotACheckpointError: no weights, or several files and nothing that says how they belong
            together.
        DamagedFileError: an index that is malformed, points outside the folder, or names a shard
            that is absent.
    """
    for name in WHOLE_FILES:
        path = folder / name
        if path.is_file():
            return indexed_files(path) if name.endswith(".json") else ((path,), {})
    for suffix in (".safetensors", *PICKLE_SUFFIXES):
        indexes = sorted(folder.glob(f"*{suffix}.index.json"))
        files = sorted(
            path
            for path in folder.glob(f"*{suffix}")
            if path.is_file() and not path.name.startswith(".") and path.name != FORMER_UNDO_FILE
        )
        if len(indexes) == 1:
            return indexed_files(indexes[0])
        if len(files) == 1 and not files[0].name.startswith("adapter_model"):
            return (files[0],), {}
        if len(files) > 1:
            listed = ", ".join(path.name for path in files[:4]) + (", ..." if len(files) > 4 else "")
            raise NotACheckpointError(
                f"{folder} has {len(files)} weight files and no index that says how they belong "
                f"together ({listed}); name one file."
            )
    raise NotACheckpointError(_nothing_found(folder))


def _nothing_found(folder: Path) -> str:
    if (folder / "adapter_config.json").is_file():
        return (
            f"{folder} holds an adapter, and a full checkpoint is needed here{_its_base(folder)}. "
            "Were the two swapped?"
        )
    if (folder / "model_index.json").is_file():
        return f"{folder} is a pipeline of several models; name one of them, as in {folder / 'unet'}."
    other = described(folder.iterdir())
    if other is not None:
        return f"{folder} holds {other}."
    return (
        f"{folder} holds no weights: looked for *.safetensors, *.bin, *.pt and *.pth, single or with "
        "an index."
    )


def _its_base(folder: Path) -> str:
    """The model that an adapter names as its base, as the end of a sentence."""
    base = read_json(folder / "adapter_config.json").get("base_model_name_or_path")
    return f", such as the one that it was trained on, {base}" if isinstance(base, str) and base else ""


def indexed_files(index: Path) -> tuple[tuple[Path, ...], Mapping[str, str]]:
    """The shards of an index, sorted, and its tensor name -> shard name.

    Raises:
        DamagedFileError: the index is malformed, points outside its folder, or names a shard that
            is absent.
    """
    shards = shard_names(index)
    missing = [shard for shard in shards if not (index.parent / shard).is_file()]
    if missing:
        raise DamagedFileError(
            f"{index} names {len(shards)} shards, and {len(missing)} are missing: "
            f"{', '.join(map(shortened, missing[:4]))}. Fetch them, or the whole folder, again."
        )
    return tuple(index.parent / shard for shard in shards), _weight_map(index)


def shard_names(index: Path) -> tuple[str, ...]:
    """The shards that an index names, sorted.

    Raises:
        DamagedFileError: the index is malformed, or a name leads out of its folder.
    """
    weight_map = _weight_map(index)
    for name, shard in weight_map.items():
        if not is_plain_name(shard):
            raise DamagedFileError(
                f"{index} puts {shortened(name)!r} into {shortened(shard)!r}: a shard's name must "
                "be a plain file name in the same folder."
            )
    return tuple(sorted(set(weight_map.values())))


def _weight_map(index: Path) -> dict[str, str]:
    content = read_json(index)
    weight_map = content.get("weight_map")
    if (
        not isinstance(weight_map, dict)
        or not weight_map
        or not all(isinstance(s, str) for s in weight_map.values())
    ):
        raise DamagedFileError(f'{index} has no usable "weight_map" from tensor names to file names.')
    return weight_map


def is_plain_name(name: str) -> bool:
    """Whether a name of a file is a name only, and no way to another folder."""
    return (
        name not in ("", ".", "..")
        and not any(mark in name for mark in "/\\:\0")
        and len(name.encode()) < 256
    )


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        DamagedFileError: it is not one.
    """
    content = json_of(path)
    if not isinstance(content, dict):
        raise DamagedFileError(f"{path} is not a JSON object.")
    return content
