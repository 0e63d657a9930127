"""The fingerprint of an input: which model or adapter it is, from headers and a sample of its numbers.

Of a checkpoint that is read from elsewhere, the sizes and ETags of its files are in it too.

It is that of `checkpoint/root.py` together with the names of all tensors and what a config says: two
states of one training differ in it. About a megabyte of each input is read.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.root import root_of
from lorasurgery.lazy import LazyTensor
from lorasurgery.remote import remote_file
from lorasurgery.surgery.delta.side_contents import SideContents
from lorasurgery.variants.edit import lazy_tensors


def of_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the fingerprint of a checkpoint; its files and folders may have other names elsewhere."""
    said = json.dumps(checkpoint.config, sort_keys=True, default=str)
    return _hashed(checkpoint.tensors, checkpoint.root, said + _marks(checkpoint.files))


def of_adapter(adapter: Adapter) -> str:
    """Return the fingerprint of an adapter's factors with their scales, and of all else in its file."""
    tensors = {
        f"{path}/{index}": tensor
        for path, factors in adapter.modules.items()
        for index, tensor in enumerate(lazy_tensors(factors))
    }
    tensors |= adapter.replaced
    tensors |= {f"{path}/rows": rows.rows for path, rows in adapter.token_rows.items()}
    said = {path: _numbers_of(factors) for path, factors in adapter.modules.items()}
    said |= {f"{path}/rows": repr(rows.indices) for path, rows in adapter.token_rows.items()}
    return _hashed(tensors, root_of(tensors), repr(sorted(said.items())))


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
