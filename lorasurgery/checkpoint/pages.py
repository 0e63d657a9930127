"""Reading a file's bytes without keeping its pages as our own memory.

A mapped file counts as resident memory for as long as it is mapped, which makes a bounded program
look unbounded; `preadv` copies into memory that we own and leaves the rest to the kernel's cache.
"""

from __future__ import annotations

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


def in_file(path: Path, stamp: FileStamp, offset: int, shape: tuple[int, ...], dtype: Dtype) -> LazyTensor:
    """A tensor that lies in a file as it is, from `offset` on."""
    nbytes = math.prod(shape) * dtype.itemsize

    @contextmanager
    def opened() -> Iterator[ReadBits]:
        with opened_as(path, stamp) as descriptor:

            def bits(start: int, stop: int) -> NDArray[Any]:
                at, count = offset + start * dtype.itemsize, (stop - start) * dtype.itemsize
                return as_bits(_read(path, descriptor, at, count), dtype.itemsize)

            yield bits

    def bits(start: int, stop: int) -> NDArray[Any]:
        with opened() as read:
            return read(start, stop)

    def advise() -> None:
        will_need(path, offset, nbytes)

    return LazyTensor.of_bits(
        shape, dtype, bits, advise=advise, place=ByteRange(path, offset, nbytes, stamp), opened=opened
    )


def will_need(path: Path, offset: int, nbytes: int) -> None:
    """Ask the kernel to fetch these bytes soon, where it takes such advice (Linux)."""
    if not hasattr(os, "posix_fadvise"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(descriptor, offset, nbytes, os.POSIX_FADV_WILLNEED)
    finally:
        os.close(descriptor)
