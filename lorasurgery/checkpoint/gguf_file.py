"""The GGUF container: settings by name, and the offset, shape and type of each tensor.

    magic "GGUF", version (2 or 3), number of tensors, number of settings
    each setting: name, type, value; a list is the type of its items, their number, the items
    each tensor: name, number of dimensions, the dimensions from the innermost one, type, offset
    from the end of the header

Source: ggml's `docs/gguf.md`. We read it ourselves, since the package `gguf` believes every count,
goes on past the end of the file, and makes an array of every item of a list. Here no count is
believed beyond the bytes that are left.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lorasurgery.checkpoint.pages import in_file, open_binary, read_bytes
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import MissingExtraError, UnsupportedError
from lorasurgery.foreign import quoted, reading, shortened
from lorasurgery.lazy import LazyTensor
from lorasurgery.stamp import FileStamp

if TYPE_CHECKING:
    from gguf import GGMLQuantizationType

MAGIC = b"GGUF"
VERSIONS = (2, 3)
# The types of values, in the order of their numbers: struct's letters, and the two that are not of
# one size.
TEXT, LIST = "text", "list"
TYPES = ("B", "b", "H", "h", "I", "i", "f", "?", TEXT, LIST, "Q", "q", "d")
# Nested lists, which no program writes.
MAX_DEPTH = 4
# ggml's own limits (`GGML_MAX_DIMS`), and the alignment where no setting has another.
MAX_DIMENSIONS, ALIGNMENT = 4, 32
# The least that a setting and a tensor take: a name's length, a type and a byte; the same with
# dimensions and an offset.
SETTING_BYTES, TENSOR_BYTES = 13, 24


# Types of numbers that are stored one by one, which have names of ours.
PLAIN = ("F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8")
# What model types are: that of a model's most matrices, as `general.file_type` states it.
FILE_TYPE = "general.file_type"
# No file is larger.
MOST_BYTES = 1 << 63


@dataclass(frozen=True)
class GgufTensor:
    """A tensor of the file: its shape in torch's order, its type, and its range of bytes."""

    name: str
    shape: tuple[int, ...]
    kind: GGMLQuantizationType
    offset: int
    nbytes: int

    @property
    def numel(self) -> int:
        return math.prod(self.shape)

    @property
    def is_plain(self) -> bool:
        """Whether its numbers are stored one by one, and not as blocks of quantised ones."""
        return self.kind.name in PLAIN

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """The shape of what is stored: bytes, where numbers are stored in blocks; at least a vector."""
        shape = self.shape or (1,)
        rows = math.prod(shape[:-1])
        return shape if self.is_plain else (*shape[:-1], self.nbytes // rows if rows else 0)

    @property
    def stored_dtype(self) -> Dtype:
        return Dtype[self.kind.name] if self.is_plain else Dtype.U8


@dataclass(frozen=True)
class GgufContainer:
    """The header of a GGUF file.

    Attributes:
        settings: by name; of a list None, since no list matters here.
        tensors: in the header's order.
        tensors_at: where the header's list of tensors begins.
        data_start: where the header, with its padding, ends.
        file_type_at: where the number of `general.file_type` is; None where there is none.
    """

    settings: Mapping[str, Any]
    tensors: tuple[GgufTensor, ...]
    stamp: FileStamp
    tensors_at: int
    data_start: int
    alignment: int
    file_type_at: int | None

    @cached_property
    def by_name(self) -> Mapping[str, GgufTensor]:
        return {tensor.name: tensor for tensor in self.tensors}


def check_package() -> None:
    """Check that the package gguf is installed.

    Raises:
        MissingExtraError: it is not.
    """
    try:
        import gguf  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "GGUF files need the package gguf, which is not installed: pip install 'lorasurgery[gguf]'"
        ) from None


def open_container(path: Path, stamp: FileStamp | None = None) -> GgufContainer:
    """Read the header of a GGUF file.

    Raises:
        DamagedFileError: it is cut off, or contradicts itself.
        UnsupportedError: it has the other byte order.
        MissingExtraError: the package gguf is not installed.
    """
    check_package()
    return _read_container(path, stamp or FileStamp.of(path.stat()))


@lru_cache(maxsize=4)
def _read_container(path: Path, stamp: FileStamp) -> GgufContainer:
    """Read a header once: several ask for it, and a large vocabulary takes a second."""
    with reading(path, "GGUF"), open_binary(path) as file:
        return _container(path, _Cursor(file, stamp.nbytes), stamp)


def stored_tensors(path: Path, container: GgufContainer) -> dict[str, LazyTensor]:
    """Return the tensors under llama.cpp's names as they lie in the file; those in blocks as their bytes."""
    return {
        each.name: in_file(path, container.stamp, each.offset, each.stored_shape, each.stored_dtype)
        for each in container.tensors
    }


def header_bytes_of(path: Path, container: GgufContainer) -> bytes:
    """Return the header as it is in the file, with its padding."""
    return read_bytes(path, container.stamp, 0, container.data_start).tobytes()


def container_of(header: bytes, path: Path) -> GgufContainer:
    """Read a header of which there need be no file.

    Raises:
        DamagedFileError: it is cut off, or contradicts itself.
    """
    check_package()
    with reading(path, "GGUF"):
        return _container(path, _Cursor(io.BytesIO(header), len(header)), FileStamp(0, 0, MOST_BYTES, 0))


def rounded_up(nbytes: int, alignment: int) -> int:
    return -(-nbytes // alignment) * alignment


class _Cursor:
    """A position in a file, which never goes beyond its end."""

    def __init__(self, file: BinaryIO, nbytes: int) -> None:
        self.file = file
        self.at = 0
        self.left = nbytes

    def take(self, nbytes: int, what: str) -> bytes:
        self._pass(nbytes, what)
        return self.file.read(nbytes)

    def skip(self, nbytes: int, what: str) -> None:
        self._pass(nbytes, what)
        self.file.seek(nbytes, 1)

    def number(self, letter: str, what: str) -> Any:
        return struct.unpack(f"<{letter}", self.take(struct.calcsize(f"<{letter}"), what))[0]

    def count(self, least_nbytes: int, what: str, letter: str = "Q") -> int:
        """Read a number of things that take at least so many bytes each."""
        found: int = self.number(letter, what)
        if found * least_nbytes > self.left:
            raise ValueError(f"it announces {found} {what}, and has {self.left} bytes left")
        return found

    def text(self, what: str) -> str:
        return self.take(self.count(1, f"bytes of {what}"), what).decode("utf-8")

    def _pass(self, nbytes: int, what: str) -> None:
        if nbytes > self.left:
            raise ValueError(f"it ends in {what}, at byte {self.at + self.left}")
        self.at += nbytes
        self.left -= nbytes


def _container(path: Path, cursor: _Cursor, stamp: FileStamp) -> GgufContainer:
    magic, version = cursor.take(4, "its first bytes"), cursor.number("I", "its version")
    if magic != MAGIC:
        raise ValueError(f"it begins with {magic!r}")
    if version & 0xFFFF == 0:
        raise UnsupportedError(
            f"{path} has the other byte order than this machine; convert it where it was made."
        )
    if version not in VERSIONS:
        raise ValueError(f"its version is {version}, and {' and '.join(map(str, VERSIONS))} are known")
    tensor_count = cursor.count(TENSOR_BYTES, "tensors")
    settings: dict[str, Any] = {}
    file_type_at = None
    for _ in range(cursor.count(SETTING_BYTES, "settings")):
        name = cursor.text("the name of a setting")
        if name in settings:
            raise ValueError(f"the setting {shortened(name)!r} stands twice")
        number = cursor.number("I", "a type")
        if name == FILE_TYPE and TYPES[number : number + 1] == ("I",):
            file_type_at = cursor.at
        settings[name] = _value(cursor, number, shortened(name))
    tensors_at = cursor.at
    headers = [_tensor_header(cursor) for _ in range(tensor_count)]
    alignment = settings.get("general.alignment", ALIGNMENT)
    if type(alignment) is not int or alignment < 1 or alignment & (alignment - 1):
        raise ValueError(f"general.alignment is {quoted(alignment)}, and should be a power of two")
    start = rounded_up(cursor.at, alignment)
    if headers and start > stamp.nbytes:
        raise ValueError(f"its tensors begin at byte {start}, and it has {stamp.nbytes}")
    tensors = tuple(_tensor(start, stamp.nbytes, *header) for header in headers)
    if len({tensor.name for tensor in tensors}) < len(tensors):
        raise ValueError("two tensors have one name")
    return GgufContainer(settings, tensors, stamp, tensors_at, start, alignment, file_type_at)


def _value(cursor: _Cursor, number: int, name: str, depth: int = 0) -> Any:
    """Read the value of a setting; of a list, None."""
    if number >= len(TYPES):
        raise ValueError(f"the setting {name!r} is of type {number}, which GGUF does not have")
    letter = TYPES[number]
    if letter == TEXT:
        return cursor.text(f"the setting {name!r}")
    if letter != LIST:
        return cursor.number(letter, f"the setting {name!r}")
    if depth == MAX_DEPTH:
        raise ValueError(f"the setting {name!r} has lists in lists")
    inner = cursor.number("I", f"the setting {name!r}")
    is_simple = inner < len(TYPES) and TYPES[inner] not in (TEXT, LIST)
    nbytes = struct.calcsize(f"<{TYPES[inner]}") if is_simple else 8
    count = cursor.count(nbytes, f"items of {name!r}")
    if is_simple:
        cursor.skip(count * nbytes, f"the setting {name!r}")
        return None
    for _ in range(count):
        if TYPES[inner : inner + 1] == (TEXT,):
            cursor.skip(cursor.count(1, f"bytes of an item of {name!r}"), f"the setting {name!r}")
        else:
            _value(cursor, inner, name, depth + 1)
    return None


def _tensor_header(cursor: _Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name = cursor.text("the name of a tensor")
    dimensions = cursor.number("I", f"the tensor {shortened(name)!r}")
    if dimensions > MAX_DIMENSIONS:
        raise ValueError(
            f"{shortened(name)!r} has {dimensions} dimensions, and {MAX_DIMENSIONS} are the most"
        )
    sizes = [cursor.number("Q", f"the tensor {shortened(name)!r}") for _ in range(dimensions)]
    kind, offset = (cursor.number(letter, f"the tensor {shortened(name)!r}") for letter in "IQ")
    return name, tuple(reversed(sizes)), kind, offset


def _tensor(
    start: int, file_nbytes: int, name: str, shape: tuple[int, ...], number: int, offset: int
) -> GgufTensor:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    kind = GGMLQuantizationType(number)
    block, block_nbytes = GGML_QUANT_SIZES[kind]
    numel = 1
    for size in shape:
        numel *= size
    nbytes = numel // block * block_nbytes
    if (shape[-1] if shape else 1) % block:
        raise ValueError(
            f"{shortened(name)!r} has rows of {shape[-1] if shape else 1}, and {kind.name} has blocks of "
            f"{block}"
        )
    if nbytes > file_nbytes or start + offset + nbytes > file_nbytes:
        raise ValueError(
            f"{shortened(name)!r} of shape {shape} is at bytes "
            f"{start + offset}..{start + offset + nbytes}, and the file has {file_nbytes}"
        )
    if 0 in shape and max(shape) > file_nbytes:
        raise ValueError(f"{shortened(name)!r} has the shape {shape}, and no element")
    return GgufTensor(name, shape, kind, start + offset, nbytes)
