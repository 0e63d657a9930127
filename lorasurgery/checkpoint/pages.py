"""Reading a file's bytes without keeping its pages as our own memory.

A mapped file counts as resident memory for as long as it is mapped, which makes a bounded program
look unbounded; `preadv` copies into memory that we own and leaves the rest to the kernel's cache.

All bytes of weights are read here: from the disk, or by ranges where a path stands in for a file
elsewhere (`lorasurgery/remote`).
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lorasurgery.checkpoint.disk import read_failed
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.lazy import ByteRange, LazyTensor
from lorasurgery.one_piece import ReadBits
from lorasurgery.remote import RemoteFile, fetcher, is_any_open, open_remote, remote_file
from lorasurgery.remote.fetching import AHEAD_BYTES, PIECE_BYTES, RECENT_BYTES, WINDOW
from lorasurgery.stamp import FileStamp
from lorasurgery.stored_array import as_bits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Linux moves at most 2 GiB - 4 KiB in one call.
MAX_READ_BYTES = 1 << 30
# What is smaller is read together with what is around it: an adapter of experts has a hundred
# thousand such tensors one after the other.
SMALL_BYTES = 1 << 14
WINDOW_BYTES = 1 << 18
# As many small tensors at once keep all requests under way busy.
JOBS_AHEAD = 48


def read_bytes(path: Path, stamp: FileStamp, offset: int, nbytes: int) -> NDArray[np.uint8]:
    """Read `nbytes` bytes at `offset` into a fresh array.

    Raises:
        DamagedFileError: the file is no longer the one whose header was read, or ends early.
    """
    remote = remote_file(path)
    if remote is not None:
        return _read_remote(remote, offset, nbytes)
    with opened_as(path, stamp) as descriptor:
        return _read(path, descriptor, offset, nbytes)


def _read_remote(remote: RemoteFile, offset: int, nbytes: int) -> NDArray[np.uint8]:
    import numpy as np

    out = np.empty(nbytes, np.uint8)
    fetcher().read_into(remote, offset, out.data)
    return out


def open_binary(path: Path) -> BinaryIO:
    """Open a file for a parser that reads it here and there; what stands in for one elsewhere, too."""
    remote = remote_file(path)
    return path.open("rb") if remote is None else open_remote(remote)


@contextmanager
def opened_file(path: Path, stamp: FileStamp) -> Iterator[BinaryIO]:
    """The same for a file that is, and at the end still is, the one whose state was noted.

    Raises:
        DamagedFileError: it is not.
    """
    remote = remote_file(path)
    if remote is not None:
        yield open_remote(remote)
        return
    with opened_as(path, stamp) as descriptor, open(descriptor, "rb", closefd=False) as file:
        yield file


@contextmanager
def opened_as(path: Path, stamp: FileStamp) -> Iterator[int]:
    """A descriptor of a file that is, and at the end still is, the one whose header was read.

    Raises:
        DamagedFileError: it is not.
        UnsupportedError: it is elsewhere, and has no descriptor.
    """
    if remote_file(path) is not None:
        raise UnsupportedError(
            f"{path} is not on this machine, and this command needs it here; download it, and give its path."
        )
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        stamp.check(path, os.fstat(descriptor))
        yield descriptor
        stamp.check(path, os.fstat(descriptor))
    finally:
        os.close(descriptor)


def _read(path: Path, descriptor: int, offset: int, nbytes: int) -> NDArray[np.uint8]:
    import numpy as np

    out = np.empty(nbytes, np.uint8)
    view = out.data
    done = 0
    while done < nbytes:
        try:
            got = os.preadv(descriptor, [view[done : done + MAX_READ_BYTES]], offset + done)
        except OSError as error:
            raise read_failed(path, error) from None
        if got == 0:
            raise DamagedFileError(f"{path} ends at byte {offset + done}, in the middle of a tensor.")
        done += got
    return out


def _read_small(path: Path, stamp: FileStamp, offset: int, nbytes: int) -> NDArray[np.uint8]:
    """Read a few bytes as `read_bytes` does, out of a window of the file that was read as a whole."""
    start = offset - offset % WINDOW_BYTES
    if remote_file(path) is not None:  # a window would fetch more than is used
        return read_bytes(path, stamp, offset, nbytes)
    if not nbytes or offset + nbytes > min(start + WINDOW_BYTES, stamp.nbytes):
        return read_bytes(path, stamp, offset, nbytes)
    stamp.check(path, path.stat())
    window = _window(path, stamp, start)
    return window[offset - start : offset - start + nbytes].copy()


@functools.lru_cache(maxsize=8)
def _window(path: Path, stamp: FileStamp, start: int) -> NDArray[np.uint8]:
    return read_bytes(path, stamp, start, min(WINDOW_BYTES, stamp.nbytes - start))


def in_file(path: Path, stamp: FileStamp, offset: int, shape: tuple[int, ...], dtype: Dtype) -> LazyTensor:
    """A tensor that lies in a file as it is, from `offset` on."""
    place = ByteRange(path, offset, math.prod(shape) * dtype.itemsize, stamp)
    stored = BitsInFile(place, dtype.itemsize)
    return LazyTensor.of_bits(
        shape, dtype, stored.bits, advise=stored.advise, place=place, opened=stored.opened
    )


@dataclass(frozen=True, slots=True)
class BitsInFile:
    """Elements of so many bytes in a range of a file.

    One small value for each tensor: a large model has 100,000 of them.
    """

    place: ByteRange
    itemsize: int

    def bits(self, start: int, stop: int) -> NDArray[Any]:
        """Read a range of elements."""
        path, stamp, count = self.place.path, self.place.stamp, (stop - start) * self.itemsize
        read = _read_small if count <= SMALL_BYTES else read_bytes
        return as_bits(read(path, stamp, self._offset(start), count), self.itemsize)

    def advise(self) -> None:
        """Have all of it fetched soon."""
        will_need(self.place.path, self.place.offset, self.place.nbytes)

    @contextmanager
    def opened(self) -> Iterator[ReadBits]:
        """Give the function that reads elements, for many reads of a file that is opened once."""
        path, stamp = self.place.path, self.place.stamp
        if remote_file(path) is not None:
            yield self._fetched
            return
        with opened_as(path, stamp) as descriptor:

            def bits(start: int, stop: int) -> NDArray[Any]:
                count = (stop - start) * self.itemsize
                return as_bits(_read(path, descriptor, self._offset(start), count), self.itemsize)

            yield bits

    def _fetched(self, start: int, stop: int) -> NDArray[Any]:
        count = (stop - start) * self.itemsize
        return as_bits(
            read_bytes(self.place.path, self.place.stamp, self._offset(start), count), self.itemsize
        )

    def _offset(self, start: int) -> int:
        return self.place.offset + start * self.itemsize


def jobs_ahead() -> int:
    """How many jobs ahead `advise` is worth calling: a disk is asked for the next one, a store for many."""
    return JOBS_AHEAD if is_any_open() else 1


def buffer_bytes(readers: int) -> int:
    """The most memory that bytes from elsewhere take on their way, with so many readers at the same time."""
    return AHEAD_BYTES + RECENT_BYTES + readers * WINDOW * PIECE_BYTES if is_any_open() else 0


def will_need(path: Path, offset: int, nbytes: int) -> None:
    """Have these bytes fetched soon, by the kernel where it takes such advice (Linux), or from elsewhere."""
    remote = remote_file(path)
    if remote is not None:
        fetcher().advise(remote, offset, nbytes)
        return
    if not hasattr(os, "posix_fadvise"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(descriptor, offset, nbytes, os.POSIX_FADV_WILLNEED)
    finally:
        os.close(descriptor)
