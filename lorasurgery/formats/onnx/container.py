"""ONNX Runtime's container of named tensors: a FlatBuffers table, of which only the header is read.

    Adapter    format version, adapter version, model version, parameters
    Parameter  name, shape, data type, data

A table is a row of fields, any of which may be absent; strings, vectors and tables are reached by
their distance from where it is stored. Names and shapes are stored among the data, and are read one
by
one: the file is not mapped, since one that is cut off then ends the process.

Source: the schema in ONNX Runtime's `lora/adapter_format/adapter_schema.fbs`, and
https://flatbuffers.dev/internals.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import NO_FILE
from lorasurgery.stamp import FileStamp

MAGIC = b"TORT"


@dataclass(frozen=True)
class ContainerEntry:
    """One tensor: its `dtype` by ONNX's numbers, and its `offset` from the beginning of the file."""

    shape: tuple[int, ...]
    dtype: int
    offset: int
    nbytes: int


def is_container(path: Path) -> bool:
    """Whether a path is a file of this kind."""
    try:
        with path.open("rb") as file:
            return file.read(8)[4:] == MAGIC
    except NO_FILE:
        return False


def open_container(path: Path) -> dict[str, LazyTensor]:
    """Read the header of a file: its tensors by name, none of them read yet.

    Raises:
        DamagedFileError: the file is cut off, or its tables contradict themselves.
        UnsupportedError: a tensor that holds no floating-point numbers.
    """
    stamp = FileStamp.of(path.stat())
    try:
        parameters = list(_parameters(_Data(path, stamp)))
    except (struct.error, ValueError) as error:
        raise DamagedFileError(f"{path} cannot be read as an adapter of ONNX Runtime's: {error}.") from None
    found = {name: _lazy(path, stamp, name, stored) for name, stored in parameters}
    if not found or len(found) < len(parameters):
        raise DamagedFileError(f"{path} holds {len(parameters)} tensors by {len(found)} names.")
    return found


@dataclass(frozen=True)
class _Data:
    """The bytes of a file, of which few are read."""

    path: Path
    stamp: FileStamp

    def unpack(self, form: str, at: int) -> tuple[Any, ...]:
        """Read numbers, or bytes, at an offset of the file.

        Raises:
            ValueError: they would be outside of it.
        """
        from lorasurgery.checkpoint.pages import read_bytes

        nbytes = struct.calcsize(form)
        if not 0 <= at <= self.stamp.nbytes - nbytes:
            raise ValueError(f"{nbytes} bytes at {at} are beyond its {self.stamp.nbytes} bytes")
        return struct.unpack(form, read_bytes(self.path, self.stamp, at, nbytes).tobytes())


def _lazy(path: Path, stamp: FileStamp, name: str, stored: ContainerEntry) -> LazyTensor:
    from lorasurgery.checkpoint.pages import in_file

    dtype = {1: Dtype.F32, 10: Dtype.F16, 11: Dtype.F64, 16: Dtype.BF16}.get(stored.dtype)
    if dtype is None:
        raise UnsupportedError(
            f"{path}: {name!r} holds no floating-point numbers (ONNX's data type {stored.dtype})."
        )
    if min(stored.shape, default=0) < 0 or math.prod(stored.shape) * dtype.itemsize != stored.nbytes:
        raise DamagedFileError(
            f"{path}: {name!r} is {dtype} of shape {stored.shape} and has {stored.nbytes} bytes."
        )
    return in_file(path, stamp, stored.offset, stored.shape, dtype)


def _parameters(data: _Data) -> Iterator[tuple[str, ContainerEntry]]:
    """Return the table that the root's fourth field leads to."""
    entries, count = _vector(data, _follow(data, 0), 3)
    for entry in range(entries, entries + 4 * count, 4):
        table = _follow(data, entry)
        text, length = _vector(data, table, 0)
        dims, rank = _vector(data, table, 1)
        kind = _field(data, table, 2)
        start, nbytes = _vector(data, table, 3)
        shape = data.unpack(f"<{rank}q", dims)
        dtype = 0 if kind is None else _number(data, "<i", kind)
        (name,) = data.unpack(f"<{length}s", text)
        yield name.decode(), ContainerEntry(shape, dtype, start, nbytes)


def _number(data: _Data, form: str, at: int) -> int:
    found: int = data.unpack(form, at)[0]
    return found


def _follow(data: _Data, at: int) -> int:
    """Return where the distance that is stored here leads."""
    return at + _number(data, "<I", at)


def _field(data: _Data, table: int, index: int) -> int | None:
    """Return where a table has a field, or None.

    A table begins with the distance back to its list of fields, each by its distance from the
    table's start.
    """
    distances = table - _number(data, "<i", table)
    entry = 4 + 2 * index
    if entry >= _number(data, "<H", distances):
        return None
    distance = _number(data, "<H", distances + entry)
    return table + distance if distance else None


def _vector(data: _Data, table: int, index: int) -> tuple[int, int]:
    """Return where the elements of a field begin, and their number."""
    field = _field(data, table, index)
    if field is None:
        return 0, 0
    start = _follow(data, field)
    return start + 4, _number(data, "<I", start)
