"""Open a checkpoint, wherever it lies: a file, a folder, a name on the Hub. Headers are read, tensors are not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lorasurgery.checkpoint.folder import PICKLE_SUFFIXES, SUFFIXES, read_json, weight_files
from lorasurgery.checkpoint.hub import fetch, is_hub_name
from lorasurgery.checkpoint.pickle_file import open_pickle
from lorasurgery.checkpoint.safetensors_file import open_safetensors
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.errors import DamagedFileError, NotACheckpointError
from lorasurgery.lazy import LazyTensor


def open_checkpoint(name: str | os.PathLike[str]) -> Checkpoint:
    """Open the checkpoint at a path or under a Hub name.

    Raises:
        NotACheckpointError: nothing there, or nothing that holds weights.
        DamagedFileError: a file is truncated or contradicts itself.
        UnsafePickleError: a pickle wants to run code.
        HubError: a Hub name that cannot be fetched.
    """
    path = Path(name).expanduser()
    if not path.exists():
        path = fetch(str(name)) if is_hub_name(str(name)) else _absent(path)
    try:
        return _open_folder(str(name), path) if path.is_dir() else _open_file(str(name), path)
    except PermissionError as error:
        raise NotACheckpointError(f"{error.filename} cannot be read: permission denied.") from None


def _absent(path: Path) -> Path:
    raise NotACheckpointError(
        f"{path} does not exist (a path to a file or folder is expected, or a Hub name like org/name)."
    )


def _open_file(name: str, path: Path) -> Checkpoint:
    if path.suffix == ".json" and path.name.endswith(".index.json"):
        return _open_folder(name, path.parent)
    if path.suffix not in SUFFIXES:
        raise NotACheckpointError(
            f"{path} is not a checkpoint: {', '.join(SUFFIXES)} or a folder is expected."
        )
    tensors, aliases = _open_weights(path)
    return Checkpoint(name, path.parent, (path,), _some(name, tensors), _config(path.parent), aliases)


def _open_folder(name: str, folder: Path) -> Checkpoint:
    files, weight_map = weight_files(folder)
    tensors: dict[str, LazyTensor] = {}
    aliases: dict[str, str] = {}
    held: dict[str, Mapping[str, LazyTensor]] = {}
    for file in files:
        held[file.name], shard_aliases = _open_weights(file)
        tensors |= held[file.name]
        aliases |= shard_aliases
    absent = sorted(tensor for tensor, shard in weight_map.items() if tensor not in held[shard])
    if absent:
        raise DamagedFileError(
            f"{folder}: the index lists {len(absent)} tensors that their shards do not hold: "
            f"{absent[0]!r} is not in {weight_map[absent[0]]}."
        )
    tensors |= {tensor: held[shard][tensor] for tensor, shard in weight_map.items()}
    return Checkpoint(
        name, folder, files, _some(name, dict(sorted(tensors.items()))), _config(folder), aliases
    )


def _open_weights(path: Path) -> tuple[dict[str, LazyTensor], dict[str, str]]:
    if path.suffix in PICKLE_SUFFIXES:
        return open_pickle(path)
    return open_safetensors(path), {}


def _some(name: str, tensors: Mapping[str, LazyTensor]) -> Mapping[str, LazyTensor]:
    if not tensors:
        raise NotACheckpointError(f"{name} holds no tensors.")
    return tensors


def _config(folder: Path) -> dict[str, object]:
    path = folder / "config.json"
    return read_json(path) if path.is_file() else {}
