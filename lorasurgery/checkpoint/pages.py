"""Reading a file's bytes without keeping its pages as our own memory.

A mapped file counts as resident memory for as long as it is mapped, which makes a bounded program
look unbounded; `preadv` copies into memory that we own and leaves the rest to the kernel's cache.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.disk import read_failed
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import ByteRange, LazyTensor, ReadBits
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


def read_bytes(path: Path, stamp: FileStamp, offset: int, nbytes: int) -> NDArray[np.uint8]:
    """Read `nbytes` bytes at `offset` into a fresh array.

    Raises:
        DamagedFileError: the file is no longer the one whose header was read, or ends early.
    """
    with opened_as(path, stamp) as descriptor:
        return _read(path, descriptor, offset, nbytes)


@contextmanager
def opened_as(path: Path, stamp: FileStamp) -> Iterator[int]:
    """A descriptor of a file that is, and at the end still is, the one whose header was read.

    Raises:
        DamagedFileError: it is not.
    """
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
    itemsize = dtype.itemsize
    nbytes = math.prod(shape) * itemsize

    def bits(start: int, stop: int) -> NDArray[Any]:
        count = (stop - start) * itemsize
        read = _read_small if count <= SMALL_BYTES else read_bytes
        return as_bits(read(path, stamp, offset + start * itemsize, count), itemsize)

    return LazyTensor.of_bits(
        shape,
        dtype,
        bits,
        advise=functools.partial(will_need, path, offset, nbytes),
        place=ByteRange(path, offset, nbytes, stamp),
        opened=functools.partial(_opened_bits, path, stamp, offset, itemsize),
    )


@contextmanager
def _opened_bits(path: Path, stamp: FileStamp, offset: int, itemsize: int) -> Iterator[ReadBits]:
    """Give the function that reads elements, for many reads of a file that is opened once."""
    with opened_as(path, stamp) as descriptor:

        def bits(start: int, stop: int) -> NDArray[Any]:
            at, count = offset + start * itemsize, (stop - start) * itemsize
            return as_bits(_read(path, descriptor, at, count), itemsize)

        yield bits


def will_need(path: Path, offset: int, nbytes: int) -> None:
    """Ask the kernel to fetch these bytes soon, where it takes such advice (Linux)."""
    if not hasattr(os, "posix_fadvise"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(descriptor, offset, nbytes, os.POSIX_FADV_WILLNEED)
    finally:
        os.close(descriptor)
