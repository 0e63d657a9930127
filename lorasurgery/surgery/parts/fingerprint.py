"""The fingerprint of an input: which model or adapter it is, from headers and a sample of its numbers.

    base                                  of names, shapes, config and the sample of `checkpoint/root.py`
    file base/model.safetensors           its size, and when it was written to

Two states of one training differ in the sample, of which about a megabyte of each input is read. A change
that misses the sample shows in the size or the time of its file. Hashes could not show it without reading
inputs once more: no two parts read the same tensor. Of what is read from elsewhere, sizes and ETags are in
the fingerprint instead, and a file of the Hub's cache goes by its content's name there.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.root import root_of
from lorasurgery.lazy import LazyTensor
from lorasurgery.remote import remote_file
from lorasurgery.surgery.delta.side_contents import SideContents
from lorasurgery.surgery.parts.manifest import FILE
from lorasurgery.variants.edit import lazy_tensors


def of_checkpoint(word: str, checkpoint: Checkpoint) -> dict[str, str]:
    """Return the fingerprint of a checkpoint and the states of its files, by a word for it."""
    said = json.dumps(checkpoint.config, sort_keys=True, default=str)
    own = _hashed(checkpoint.tensors, checkpoint.root, said + _marks(checkpoint.files))
    return {word: own, **_states(word, checkpoint.files)}


def of_adapter(word: str, adapter: Adapter) -> dict[str, str]:
    """Return the fingerprint of an adapter's factors with their scales, and of all else in its file, and
    the states of files of which tensors are read as they are there.
    """
    tensors = {
        f"{path}/{index}": tensor
        for path, factors in adapter.modules.items()
        for index, tensor in enumerate(lazy_tensors(factors))
    }
    tensors |= adapter.replaced
    tensors |= {f"{path}/rows": rows.rows for path, rows in adapter.token_rows.items()}
    said = {path: _numbers_of(factors) for path, factors in adapter.modules.items()}
    said |= {f"{path}/rows": repr(rows.indices) for path, rows in adapter.token_rows.items()}
    files = {tensor.place.path for tensor in tensors.values() if tensor.place is not None}
    own = _hashed(tensors, root_of(tensors), repr(sorted(said.items())))
    return {word: own, **_states(word, sorted(files))}


def of_pieces(side: SideContents) -> str:
    """Return the fingerprint of a side of a delta: its files with their sizes, and a sample of the bytes."""
    tensors = {json.dumps(key): piece.tensor for key, piece in side.pieces.items()}
    sizes = sorted((name, file.nbytes) for name, file in side.files.items())
    marks = _marks(file.path for file in side.files.values())
    return _hashed(tensors, root_of(tensors), repr((side.is_folder, sizes)) + marks)


def of_values(values: object) -> str:
    """Return the fingerprint of JSON values."""
    from blake3 import blake3

    return blake3(json.dumps(values, sort_keys=True).encode()).hexdigest(16)


def _states(word: str, files: Iterable[Path]) -> dict[str, str]:
    """Say of each file of this machine in which state it is."""
    return {f"{FILE}{word}/{path.name}": state_of(path) for path in files if remote_file(path) is None}


def state_of(path: Path) -> str:
    """Return the size of a file and when it was written to; or its content's name in the Hub's cache."""
    content = path.resolve()
    if content.parent.name == "blobs" and path.is_symlink():
        return f"the content {content.name}"
    status = path.stat()
    # In steps of 100 ns: some network file systems have no finer ones.
    seconds, steps = divmod(status.st_mtime_ns // 100, 10**7)
    written = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
    return f"{status.st_size} bytes of {written}.{steps:07} UTC"


def _marks(files: Iterable[Path]) -> str:
    """What servers say of the state of files; "" of files of this machine."""
    marks = [file.mark for path in files if (file := remote_file(path)) is not None]
    said = sorted((mark.size, mark.tag) for mark in marks)
    return repr(said) if said else ""


def _hashed(tensors: Mapping[str, LazyTensor], root: str, said: str) -> str:
    from blake3 import blake3

    listed = [(name, tensor.dtype.name, tensor.shape) for name, tensor in sorted(tensors.items())]
    return blake3(repr((root, listed, said)).encode()).hexdigest(16)


def _numbers_of(factors: object) -> str:
    """What a module's factors state besides tensors: scales, kinds, sizes."""
    if not dataclasses.is_dataclass(factors):
        return ""
    plain = {
        name: value
        for name, value in vars(factors).items()
        if value is None or isinstance(value, bool | int | float | str)
    }
    return repr((type(factors).__name__, sorted(plain.items())))
