"""What a checkpoint's folder holds, byte for byte: files, and in each pieces end to end.

The pieces of a safetensors file are its header and its tensors; any other file is one piece of bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lorasurgery.checkpoint.digest import digest
from lorasurgery.checkpoint.folder import is_plain_name
from lorasurgery.checkpoint.inside import leads_out
from lorasurgery.checkpoint.pages import in_file
from lorasurgery.checkpoint.safetensors_file import Entry, read_header
from lorasurgery.checkpoint.tree import oddity, paths_below
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NotACheckpointError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath, expanded
from lorasurgery.stamp import FileStamp

# The name of the piece that is no tensor: a header, or a file that is not cut up. No tensor has it.
BYTES = "\0bytes"
# What comparing or hashing a piece takes at most: blocks of it, whatever its size.
PIECE_BYTES = 1 << 24
Key = tuple[str, str]


def title_of(key: Key) -> str:
    """Return what messages call a piece."""
    file, name = key
    return file if name == BYTES else f"{file}: {name}"


@dataclass(frozen=True)
class Piece:
    """A tensor of a file, or a whole file: `offset` counts from the beginning of the file."""

    file: str
    name: str
    tensor: LazyTensor
    offset: int

    @property
    def key(self) -> Key:
        return self.file, self.name

    @property
    def title(self) -> str:
        """What messages call it."""
        return title_of(self.key)

    @property
    def unit(self) -> str:
        """What is never divided among parts of a run: all tensors of a name, on both sides."""
        return f"file {self.file}" if self.name == BYTES else f"tensor {self.name}"

    @property
    def read_bytes(self) -> int:
        return self.tensor.nbytes

    @property
    def working_bytes(self) -> int:
        return PIECE_BYTES

    def advise(self) -> None:
        if self.tensor.advise:
            self.tensor.advise()

    def hash(self) -> str:
        """Return the hash of its bytes."""
        return digest(self.tensor)


@dataclass(frozen=True)
class PieceToHash:
    """A piece of one of two sides, `base` or `target`, whose hash is to be found."""

    side: str
    piece: Piece

    @property
    def key(self) -> str:
        return json.dumps(["hash", self.side, *self.piece.key])

    @property
    def unit(self) -> str:
        return self.piece.unit

    @property
    def read_bytes(self) -> int:
        return self.piece.read_bytes

    @property
    def working_bytes(self) -> int:
        return self.piece.working_bytes

    def advise(self) -> None:
        self.piece.advise()

    def hash(self) -> str:
        """Return the hash of its bytes."""
        return self.piece.hash()


@dataclass(frozen=True)
class SideFile:
    """A file of a checkpoint, and its pieces in the order in which they lie."""

    name: str
    path: Path
    nbytes: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class SideContents:
    """All files of a checkpoint by name; `is_folder` is False where a single file was named."""

    name: str
    path: Path
    is_folder: bool
    files: Mapping[str, SideFile]

    @cached_property
    def pieces(self) -> Mapping[Key, Piece]:
        return {piece.key: piece for file in self.files.values() for piece in file.pieces}


def contents(name: StrPath, called: str | None = None) -> SideContents:
    """List the files of a folder, or take one file; headers are read, and nothing else.

    Hidden files, links to folders, and links that lead out of the folder, are no part of it
    (`side_links.py`).

    Args:
        called: what to call a single file, whatever its name.

    Raises:
        NotACheckpointError: nothing is there, or no file.
        DamagedFileError: a safetensors file that is not whole.
        UnsupportedError: something in it is neither file nor folder.
    """
    path = expanded(name)
    if path.is_file():
        own = called or path.name
        return SideContents(str(name), path, False, {own: _file(own, path)})
    if not path.is_dir():
        raise NotACheckpointError(f"There is nothing at {path}.")
    files = {inside: _file(inside, path / inside) for inside in _names(path)}
    if not files:
        raise NotACheckpointError(f"{path} is an empty folder.")
    return SideContents(str(name), path, True, files)


def can_be_listed(name: str) -> bool:
    """Whether a file's name is one that a delta may write: in the folder, not hidden, and on every system."""
    try:
        return all(is_plain_name(part) and part[0] != "." for part in name.split("/"))
    except UnicodeEncodeError:  # bytes that are no UTF-8, which JSON cannot hold
        return False


def _names(folder: Path) -> Iterator[str]:
    for path in paths_below(folder):
        if path.is_file() and not leads_out(path, folder):
            yield path.relative_to(folder).as_posix()
        elif not path.is_symlink() and (kind := oddity(path)) is not None:
            raise UnsupportedError(
                f"{path} is {kind}, and a delta holds files: put a file there, or move it out of {folder}."
            )


def _file(name: str, path: Path) -> SideFile:
    stamp = FileStamp.of(path.stat())
    if path.suffix != ".safetensors":
        return SideFile(name, path, stamp.nbytes, (_bytes(name, path, stamp, stamp.nbytes),))
    header, _ = read_header(path, stamp)
    ordered = sorted(header.entries.items(), key=lambda item: (item[1].start, item[1].stop))
    tensors = tuple(
        Piece(name, tensor, _tensor(path, stamp, entry, header.data_start), header.data_start + entry.start)
        for tensor, entry in ordered
    )
    return SideFile(name, path, stamp.nbytes, (_bytes(name, path, stamp, header.data_start), *tensors))


def _bytes(name: str, path: Path, stamp: FileStamp, nbytes: int) -> Piece:
    return Piece(name, BYTES, in_file(path, stamp, 0, (nbytes,), Dtype.U8), 0)


def _tensor(path: Path, stamp: FileStamp, entry: Entry, data_start: int) -> LazyTensor:
    """Describe a tensor as it is stored; numbers that are no whole bytes, or that are packed, as bytes."""
    offset, nbytes, dtype = data_start + entry.start, entry.stop - entry.start, Dtype[entry.dtype]
    if dtype.bits % 8 or dtype.itemsize * math.prod(entry.shape) != nbytes:
        return in_file(path, stamp, offset, (nbytes,), Dtype.U8)
    return in_file(path, stamp, offset, entry.shape, dtype)
