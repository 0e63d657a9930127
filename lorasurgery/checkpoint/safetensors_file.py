"""The safetensors container: eight bytes of length, a JSON header, then the tensors end to end.

Source: https://github.com/huggingface/safetensors (format section of its README). We parse the
header ourselves, since the library maps the file (see `pages.py`), and check all that the format
promises before a byte of data is believed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint.pages import in_file, read_bytes
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.foreign import check_letters, quoted, shortened
from lorasurgery.lazy import LazyTensor
from lorasurgery.stamp import FileStamp

# The library's own limit: a longer header is an attack or a damaged file.
MAX_HEADER_BYTES = 100_000_000
# As many as numpy has; nobody needs a tenth of it.
MAX_DIMENSIONS = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor of the header: `start` and `stop` count bytes from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Header:
    """A checked header; `data_start` is the file offset of the first tensor's byte."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]
    data_start: int


def open_safetensors(path: Path, stamp: FileStamp | None = None) -> dict[str, LazyTensor]:
    """Read the header of a safetensors file and return its tensors by name, unread.

    With a stamp, only a file in that state is accepted.

    Raises:
        DamagedFileError: the header is not what the format promises; the message says which
            promise.
        UnsupportedError: a dtype that torch does not have.
    """
    header, stamp = read_header(path, stamp)
    return {
        name: _lazy(path, stamp, name, entry, header.data_start) for name, entry in header.entries.items()
    }


def read_header(path: Path, stamp: FileStamp | None = None) -> tuple[Header, FileStamp]:
    """Read and check the header, with the stamp that later reads are held to; or again, held to the
    first stamp.

    Raises:
        DamagedFileError: the header is not what the format promises, or the file is another one by
            now.
    """
    stamp = stamp or FileStamp.of(path.stat())
    if stamp.nbytes < 10:
        raise DamagedFileError(f"{path} has {stamp.nbytes} bytes, too few for a safetensors file.")
    length = int.from_bytes(read_bytes(path, stamp, 0, 8).tobytes(), "little")
    if length > min(MAX_HEADER_BYTES, stamp.nbytes - 8):
        raise DamagedFileError(
            f"{path} is not a whole safetensors file: it announces a header of {length} bytes and "
            f"has {stamp.nbytes} in all."
        )
    return parse_header(read_bytes(path, stamp, 8, length).tobytes(), path, stamp.nbytes), stamp


def header_text(path: Path, stamp: FileStamp | None = None) -> bytes:
    """Return the header's bytes as they are in the file, length included, so that the file can be
    made again.
    """
    header, stamp = read_header(path, stamp)
    return read_bytes(path, stamp, 0, header.data_start).tobytes()


def parse_header(text: bytes, path: Path, file_nbytes: int | None = None) -> Header:
    """Check a header against the format and, where it is known, the file's size.

    Raises:
        DamagedFileError: with the promise that is broken.
    """
    try:
        pairs = json.loads(text.decode("utf-8"), object_pairs_hook=_checked, parse_constant=_refused)
        if b"\\u" in text:
            check_letters(pairs)
    except (ValueError, RecursionError) as error:
        reason = shortened(str(error), 300)
        raise DamagedFileError(f"{path}: the safetensors header is not valid JSON ({reason}).") from None
    if not isinstance(pairs, dict):
        raise DamagedFileError(f"{path}: the safetensors header is not a JSON object.")
    metadata = _metadata(path, pairs.pop("__metadata__", {}))
    entries = {name: _entry(path, name, value) for name, value in sorted(pairs.items())}
    _check_layout(path, entries, None if file_nbytes is None else file_nbytes - 8 - len(text))
    return Header(entries, metadata, 8 + len(text))


def _refused(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")


def _metadata(path: Path, metadata: Any) -> dict[str, str]:
    """Return the header's metadata, which the safetensors library takes as text to text, or null,
    and nothing else.
    """
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise DamagedFileError(
            f"{path}: the header's __metadata__ is {quoted(metadata)}, and the safetensors format "
            "allows texts by their names only. "
            "Save the tensors again with texts for metadata, or without any."
        )
    return metadata


def _checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names are unique."""
    seen = dict(pairs)
    if len(seen) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the name {shortened(twice)!r} stands twice")
    return seen


def _entry(path: Path, name: str, value: Any) -> Entry:
    try:
        dtype, shape, (start, stop) = value["dtype"], value["shape"], value["data_offsets"]
        lists = isinstance(shape, list) and isinstance(value["data_offsets"], list)
        well_formed = isinstance(dtype, str) and lists and all(map(is_count, (*shape, start, stop)))
    except (TypeError, KeyError, ValueError):
        well_formed = False
    if not well_formed:
        raise DamagedFileError(
            f"{path}: the header's entry for {shortened(name)!r} is malformed: {quoted(value)}"
        )
    if dtype not in Dtype.__members__:
        raise DamagedFileError(
            f"{path}: {shortened(name)!r} has the dtype {shortened(dtype)!r}, which safetensors does not "
            "define."
        )
    numel = 0 if 0 in shape else _product(shape)
    if numel is None:
        raise DamagedFileError(
            f"{path}: {shortened(name)!r} has the shape {quoted(shape)}, and no tensor has 2^63 elements "
            "or more."
        )
    needed = numel * Dtype[dtype].bits
    if needed != (stop - start) * 8:
        raise DamagedFileError(
            f"{path}: {shortened(name)!r} is {dtype} of shape {quoted(shape)}, which takes {needed // 8} "
            f"bytes, but its offsets {start}..{stop} hold {stop - start}."
        )
    return Entry(dtype, tuple(shape), start, stop)


def _product(sizes: Iterable[int]) -> int | None:
    """The product of sizes, as far as 64 bits go: a long list of large ones would take minutes."""
    product = 1
    for size in sizes:
        product *= size
        if product >= 1 << 63:
            return None
    return product


def is_count(value: object) -> bool:
    """Whether a value out of JSON is a size: an integer, not negative, and no truth value."""
    return type(value) is int and 0 <= value < 1 << 63


def _check_layout(path: Path, entries: Mapping[str, Entry], data_nbytes: int | None) -> None:
    """The tensors must cover the data end to end: no overlap, no hole, nothing after the last."""
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].start, item[1].stop)):
        if entry.start != end:
            fault = "overlaps the tensor before it" if entry.start < end else "leaves a hole before it"
            raise DamagedFileError(
                f"{path}: {shortened(name)!r} starts at byte {entry.start} where {end} is due: it {fault}."
            )
        end = entry.stop
    if data_nbytes is not None and end != data_nbytes:
        fault = "is truncated" if end > data_nbytes else "has bytes that belong to no tensor"
        raise DamagedFileError(
            f"{path} {fault}: its header describes {end} bytes of data and {data_nbytes} are there."
        )


def _lazy(path: Path, stamp: FileStamp, name: str, entry: Entry, data_start: int) -> LazyTensor:
    dtype, shape = Dtype[entry.dtype], entry.shape
    if not dtype.is_in_torch:
        raise UnsupportedError(f"{path}: {name!r} is {entry.dtype}, for which torch has no dtype.")
    if dtype is Dtype.F4:
        if shape[-1] % 2:
            raise UnsupportedError(
                f"{path}: {name!r} is F4 of shape {shape}, which torch cannot hold: it stores two to a byte."
            )
        shape = (*shape[:-1], shape[-1] // 2)
    lazy = in_file(path, stamp, data_start + entry.start, shape, dtype)
    # Of other shapes, the header was refused already where sizes multiply beyond 64 bits. numpy counts bytes.
    can_be_held = len(shape) <= MAX_DIMENSIONS and (
        0 not in shape or _product((dtype.itemsize, *filter(None, shape))) is not None
    )
    return lazy if can_be_held else _not_to_be_read(path, name, lazy)


def _not_to_be_read(path: Path, name: str, lazy: LazyTensor) -> LazyTensor:
    """Return a tensor that the library opens and nothing can hold.

    It has too many dimensions, or is empty with sizes that multiply beyond 64 bits.
    """

    def refused(*_: object) -> Any:
        raise DamagedFileError(
            f"{path}: {shortened(name)!r} has {len(lazy.shape)} dimensions, "
            f"{quoted(list(lazy.shape))}, and no array can have such a shape."
        )

    return replace(lazy, read=refused, rows=refused, bits=refused, opened=None)
