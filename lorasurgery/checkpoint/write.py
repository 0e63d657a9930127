"""Write safetensors as a stream: the header from known shapes, then one tensor after another.

The order is the safetensors library's own (by dtype, the wider ones first, then by name), so that
every tensor is aligned and a file that it wrote and we copy comes out with the same bytes. Nothing
here decides where an output goes: see `output.py`.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.thread_pool import ThreadPool

if TYPE_CHECKING:
    from torch import Tensor

DEFAULT_MAX_SHARD_BYTES = 5 * 10**9
# What is read of a tensor at a time while it is written.
PIECE_ELEMENTS = 1 << 22


class Seal(Protocol):
    """Metadata that follows from the bytes of the tensors, such as a hash.

    Its texts have the same lengths before any byte is known and after the last one.
    """

    def add(self, piece: memoryview, /) -> None: ...

    def texts(self) -> Mapping[str, str]: ...


def write_safetensors(
    path: Path,
    tensors: Mapping[str, LazyTensor],
    metadata: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
    seal: Seal | None = None,
) -> None:
    """Write one safetensors file, reading each tensor when its turn comes; flushed to the disk on return.

    Args:
        progress: called with the number of bytes just written.
        seal: metadata that follows from the bytes of the tensors.

    Raises:
        NoSpaceError: the disk is full.
    """
    names = layout_names(tensors)
    try:
        with path.open("xb", buffering=0) as file:
            _write_header(file, names, tensors, metadata, seal)
            for name in names:
                for piece in _pieces(name, tensors[name]):
                    _write_all(file, piece)
                    if seal:
                        seal.add(piece)
                if progress:
                    progress(tensors[name].nbytes)
            if seal:
                file.seek(0)
                _write_header(file, names, tensors, metadata, seal)
            os.fsync(file.fileno())
    except OSError as error:
        raise write_failed(path, error) from None


def write_side_by_side(
    path: Path, tensors: Mapping[str, LazyTensor], metadata: Mapping[str, str], workers: int
) -> None:
    """Write the file that `write_safetensors` writes, so many tensors at the same time.

    Raises:
        NoSpaceError: the disk is full.
    """
    names = layout_names(tensors)
    header = header_bytes(names, tensors, metadata)
    ends = list(itertools.accumulate((tensors[name].nbytes for name in names), initial=len(header)))
    try:
        with path.open("xb", buffering=0) as file, ThreadPool(workers) as pool:
            _write_all(file, header)

            def write(name: str, offset: int) -> None:
                for piece in _pieces(name, tensors[name]):
                    write_at(file.fileno(), piece, offset)
                    offset += len(piece)

            for _ in pool.map(write, names, ends):  # raises what went wrong
                pass
            os.fsync(file.fileno())
    except OSError as error:
        raise write_failed(path, error) from None


def _write_header(
    file: BinaryIO,
    names: list[str],
    tensors: Mapping[str, LazyTensor],
    metadata: Mapping[str, str] | None,
    seal: Seal | None,
) -> None:
    words = {**(metadata or {"format": "pt"}), **(seal.texts() if seal else {})}
    _write_all(file, memoryview(header_bytes(names, tensors, words)))


def layout_names(tensors: Mapping[str, LazyTensor]) -> list[str]:
    """Names in the order in which their tensors come in a file."""
    return sorted(tensors, key=lambda name: (tensors[name].dtype.layout_order, name))


def header_bytes(names: list[str], tensors: Mapping[str, LazyTensor], metadata: Mapping[str, str]) -> bytes:
    """The length and the header, padded with spaces so that the data begins at a multiple of eight."""
    entries: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    start = 0
    for name in names:
        tensor = tensors[name]
        stop = start + tensor.nbytes
        entries[name] = {
            "dtype": tensor.dtype.name,
            "shape": list(_unpacked(tensor.shape) if tensor.dtype is Dtype.F4 else tensor.shape),
            "data_offsets": [start, stop],
        }
        start = stop
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def header_only(name: str, shape: tuple[int, ...], dtype: Dtype) -> LazyTensor:
    """Describe a tensor that is written block by block, as far as a header needs to know it."""

    def read() -> Tensor:
        raise AssertionError(f"{name} is written block by block, and cannot be read")

    return LazyTensor(shape, dtype, read)


def _unpacked(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in numbers, where torch's own counts pairs of four-bit ones."""
    return (*shape[:-1], shape[-1] * 2)


def plan_shards(
    tensors: Mapping[str, LazyTensor], max_shard_bytes: int = DEFAULT_MAX_SHARD_BYTES
) -> list[list[str]]:
    """Group tensor names, in order, into shards of at most `max_nbytes`; a larger tensor has its
    own shard.
    """
    shards: list[list[str]] = [[]]
    filled = 0
    for name, tensor in tensors.items():
        if shards[-1] and filled + tensor.nbytes > max_shard_bytes:
            shards.append([])
            filled = 0
        shards[-1].append(name)
        filled += tensor.nbytes
    return shards


def write_checkpoint(
    folder: Path,
    tensors: Mapping[str, LazyTensor],
    max_shard_bytes: int = DEFAULT_MAX_SHARD_BYTES,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a model's tensors into a folder as transformers lays them: one file, or shards with an index."""
    shards = plan_shards(tensors, max_shard_bytes)
    if len(shards) == 1:
        write_safetensors(folder / "model.safetensors", tensors, progress=progress)
        return
    weight_map: dict[str, str] = {}
    for index, names in enumerate(shards, start=1):
        file = f"model-{index:05d}-of-{len(shards):05d}.safetensors"
        write_safetensors(folder / file, {name: tensors[name] for name in names}, progress=progress)
        weight_map |= dict.fromkeys(names, file)
    total = sum(tensor.nbytes for tensor in tensors.values())
    content = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    write_text(folder / "model.safetensors.index.json", json.dumps(content, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a small text file, flushed to the disk on return.

    Raises:
        NoSpaceError: the disk is full.
    """
    try:
        with path.open("xb") as file:
            # A path may hold bytes that are no text; where it is quoted, a question mark does for
            # them.
            file.write(text.encode("utf-8", errors="replace"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise write_failed(path, error) from None


def _pieces(name: str, lazy: LazyTensor) -> Iterator[memoryview]:
    """Yield a tensor's bytes in pieces where possible: a token table may be larger than all else in
    memory.
    """
    if lazy.bits is None:
        yield _checked_bytes(name, lazy)
        return
    written = 0
    for _, block in lazy.viewed((lazy.numel,)).raw_blocks(PIECE_ELEMENTS):
        written += block.bits.size
        yield block.data
    assert written == lazy.numel, f"{name!r} was promised as {lazy.shape}, and {written} numbers came"


def _checked_bytes(name: str, lazy: LazyTensor) -> memoryview:
    read = lazy.raw()
    promised, given = (lazy.shape, lazy.dtype), (read.bits.shape, read.dtype)
    assert promised == given, f"{name!r} was promised as {promised} and came as {given}"
    return read.data


def tensor_bytes(tensor: Tensor) -> memoryview:
    """The bytes of a tensor as they lie in a file."""
    return StoredArray.of(tensor).data


def _write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while len(view):
        view = view[file.write(view) :]


def write_at(descriptor: int, data: memoryview, offset: int) -> None:
    """Write all of the data at a place of an open file."""
    while len(data):
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written
