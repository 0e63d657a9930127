"""Open a checkpoint from a file, a folder or a name on the Hub, reading headers only."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from lorasurgery.checkpoint.absence import absent, refuse_pipe
from lorasurgery.checkpoint.folder import (
    GGUF_SUFFIX,
    PICKLE_SUFFIXES,
    SUFFIXES,
    indexed_files,
    read_json,
    weight_files,
)
from lorasurgery.checkpoint.hub import fetch
from lorasurgery.checkpoint.hub_names import is_hub_name, split_name
from lorasurgery.checkpoint.other_weights import described
from lorasurgery.checkpoint.pages import open_binary
from lorasurgery.checkpoint.safetensors_file import open_safetensors
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.errors import DamagedFileError, NotACheckpointError, UnreadableError, UnsupportedError
from lorasurgery.foreign import quoted, shortened
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath, expanded
from lorasurgery.stamp import FileStamp
from lorasurgery.stand_in_names import as_said

_LOG = logging.getLogger(__name__)
# How the text begins that stands in for a file in a clone without Git LFS.
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def open_checkpoint(name: StrPath, *, side_files: bool = False) -> Checkpoint:
    """Open the checkpoint at a path or under a Hub name.

    Args:
        name: a file, a folder, an address or a Hub name (`org/name`).
        side_files: of a Hub name, have the tokenizer and the like fetched as well.

    Raises:
        NotACheckpointError: nothing there, or nothing that holds weights.
        UnreadableError: a file or folder that this user may not read.
        DamagedFileError: a file is truncated or contradicts itself.
        UnsafePickleError: a pickle wants to run code.
        HubError: a Hub name that cannot be fetched.
    """
    path = expanded(name)
    called = as_said(str(name))
    try:
        if not path.exists():
            return _open_repository(called, side_files) if is_hub_name(called) else _absent(name)
        return _open_folder(called, path) if path.is_dir() else _open_file(called, path)
    except PermissionError as error:
        raise UnreadableError(f"{error.filename} cannot be read: permission denied.") from None


def _absent(name: StrPath) -> Checkpoint:
    raise NotACheckpointError(absent(os.fspath(name), "a path to a file or folder"))


def _open_repository(name: str, side_files: bool) -> Checkpoint:
    repository, revision = split_name(name)
    opened = _open_folder(name, fetch(name, side_files=side_files))
    return dataclasses.replace(opened, repository=repository, revision=revision)


def _open_file(name: str, path: Path) -> Checkpoint:
    refuse_pipe(path)
    if path.name.endswith(".index.json"):
        return _open_files(name, path.parent, *indexed_files(path))
    if path.suffix == GGUF_SUFFIX:
        return _open_gguf(name, path)
    if path.suffix not in SUFFIXES:
        other = described([path])
        if other is not None:
            raise NotACheckpointError(f"{path} is {other}.")
        raise NotACheckpointError(
            f"{path} is not a checkpoint: {', '.join((*SUFFIXES, GGUF_SUFFIX))} or a folder is expected."
        )
    return _open_files(name, path.parent, (path,), {})


def _open_gguf(name: str, path: Path) -> Checkpoint:
    """Open a model of llama.cpp's; a config that lies beside it may be of something else, and is not read.

    Raises:
        NotACheckpointError: it is an adapter, or a vocabulary alone.
        UnsupportedError: it is one of several parts of a model.
    """
    from lorasurgery.checkpoint.gguf_file import open_container, stored_tensors

    _refuse_pointer(path)
    stamp = FileStamp.of(path.stat())
    container = open_container(path, stamp)
    kind = container.settings.get("general.type", "model")
    if kind != "model":
        raise NotACheckpointError(f"{path} holds a GGUF {shortened(str(kind))}; a model is expected here.")
    parts = container.settings.get("split.count", 1)
    if isinstance(parts, int) and parts > 1:
        raise UnsupportedError(
            f"{path} is one of {parts} parts of a GGUF model; join them by `llama-gguf-split --merge` first."
        )
    tensors = stored_tensors(path, container)
    if not tensors:
        raise NotACheckpointError(f"{name} has no tensors.")
    _LOG.info("opened %s: %d tensors in a GGUF file", name, len(tensors))
    return Checkpoint(
        name, path.parent, (path,), dict(sorted(tensors.items())), stamps={path: stamp}, gguf=container
    )


def _open_folder(name: str, folder: Path) -> Checkpoint:
    return _open_files(name, folder, *weight_files(folder))


def _open_files(
    name: str, folder: Path, files: tuple[Path, ...], weight_map: Mapping[str, str]
) -> Checkpoint:
    tensors: dict[str, LazyTensor] = {}
    aliases: dict[str, str] = {}
    held: dict[str, Mapping[str, LazyTensor]] = {}
    stamps = {file: FileStamp.of(file.stat()) for file in files}
    for file, stamp in stamps.items():
        held[file.name], shard_aliases = _open_weights(file, stamp)
        tensors |= held[file.name]
        aliases |= shard_aliases
    absent = sorted(tensor for tensor, shard in weight_map.items() if tensor not in held[shard])
    if absent:
        raise DamagedFileError(
            f"{folder}: the index lists {len(absent)} tensors that their shards do not hold: "
            f"{absent[0]!r} is not in {weight_map[absent[0]]}."
        )
    tensors |= {tensor: held[shard][tensor] for tensor, shard in weight_map.items()}
    if not tensors:
        raise NotACheckpointError(f"{name} has no tensors.")
    _LOG.info("opened %s: %d tensors in %d files", name, len(tensors), len(files))
    return Checkpoint(
        name, folder, files, dict(sorted(tensors.items())), config_of(folder), aliases, stamps=stamps
    )


def _open_weights(path: Path, stamp: FileStamp) -> tuple[dict[str, LazyTensor], dict[str, str]]:
    _refuse_pointer(path)
    if path.suffix in PICKLE_SUFFIXES:
        from lorasurgery.checkpoint.pickle_file import open_pickle

        return open_pickle(path, stamp)
    return open_safetensors(path, stamp), {}


def _refuse_pointer(path: Path) -> None:
    with open_binary(path) as file:
        if file.read(len(LFS_POINTER)) == LFS_POINTER:
            raise DamagedFileError(
                f"{path} is a pointer of Git LFS, and not the weights; `git lfs pull` brings them."
            )


def config_of(folder: Path) -> dict[str, object]:
    """Return the parsed config, {} where there is none; what it says of the class is of the right type.

    Raises:
        DamagedFileError: it is no JSON, or the class or the model type is not of the right type.
    """
    path = folder / "config.json"
    config = read_json(path) if path.is_file() else {}
    classes, model_type = config.get("architectures"), config.get("model_type")
    if not (
        classes is None or (isinstance(classes, list) and all(isinstance(each, str) for each in classes))
    ):
        raise DamagedFileError(
            f'{path}: "architectures" is a list of class names, and not {quoted(classes)}.'
        )
    if not (model_type is None or isinstance(model_type, str)):
        raise DamagedFileError(f'{path}: "model_type" is a name, and not {quoted(model_type)}.')
    return config
