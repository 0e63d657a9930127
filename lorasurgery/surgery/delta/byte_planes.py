"""Differences of ordered bit patterns, entropy-coded by planes of bytes, where most numbers moved.

    d = ord(b) - ord(a) mod 2^bits,   zigzag: 0, -1, 1, -2, ... -> 0, 1, 2, 3, ...

In the order of the numbers a small move is a small integer, whatever the exponent, where an exclusive-or
of the bits (BitX, Hu et al., 2025, arXiv 2505.06252) has long runs of carries. All lowest bytes of a block
come first, then all next ones; the upper planes are nearly all zero. Each plane is a Zstandard frame.

    block = nbytes of each plane's frame (u32; 0 where all is zero), frames
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.linalg.ulps import move_all, split_moves
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A block with its copies stays in a core's cache.
BLOCK_ELEMENTS = 1 << 17
LEVEL = 1


class PlaneEncoder:
    """Encodes blocks of one tensor, in order; each but the last has `BLOCK_ELEMENTS` numbers."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True)
        # One array that grows: small pieces would lie where the next blocks could be read into.
        self._done = bytearray()
        self._planes = np.empty((0, 0), np.uint8)

    def add(self, target: StoredArray, base: StoredArray) -> None:
        """Encode what leads from the base's numbers to the target's."""
        shape = target.dtype.itemsize, target.bits.size
        if self._planes.shape != shape:
            self._planes = np.empty(shape, np.uint8)
        planes = self._planes
        split_moves(target, base, planes)
        frames = [self._compressor.compress(plane.data) if plane.any() else b"" for plane in planes]
        self._done += struct.pack(f"<{len(frames)}I", *map(len, frames))
        for frame in frames:
            self._done += frame

    def finish(self) -> bytearray:
        return self._done


class PlaneDecoder:
    """Decodes the blocks of one tensor, in order."""

    def __init__(self, title: str, data: NDArray[np.uint8], dtype: Dtype) -> None:
        self._title, self._data, self._dtype, self._at = title, data, dtype, 0
        self._decompressor = zstandard.ZstdDecompressor()
        self._planes = np.empty((dtype.itemsize, 0), np.uint8)

    def apply(self, values: StoredArray, *, backward: bool = False) -> StoredArray:
        """Make the next block of the target from that of the base, or the other way round, in place."""
        if self._planes.shape[1] != values.bits.size:
            self._planes = np.empty((self._dtype.itemsize, values.bits.size), np.uint8)
        planes = self._planes
        for plane, frame in zip(planes, self._frames(), strict=True):
            plane[:] = self._plane(frame, len(plane)) if len(frame) else 0
        move_all(values, planes, backward=backward)
        return values

    def finish(self) -> None:
        """Refuse what is left over."""
        if self._at != len(self._data):
            raise self._damaged("it goes on after the last block")

    def _frames(self) -> Iterator[NDArray[np.uint8]]:
        count = self._dtype.itemsize
        try:
            sizes = struct.unpack_from(f"<{count}I", self._data.data, self._at)
        except struct.error as error:
            raise self._damaged(error) from None
        self._at += 4 * count
        for size in sizes:
            frame = self._data[self._at : self._at + size]
            if len(frame) != size:
                raise self._damaged("it ends within a block")
            self._at += size
            yield frame

    def _plane(self, frame: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
        try:
            if zstandard.frame_content_size(frame.data) != count:  # that much memory would be allocated
                raise self._damaged("a plane holds another number of bytes than its block")
            plane = self._decompressor.decompress(frame.data)
        except zstandard.ZstdError as error:
            raise self._damaged(error) from None
        return np.frombuffer(plane, np.uint8)

    def _damaged(self, what: object) -> DamagedFileError:
        return DamagedFileError(f"The delta's differences of {self._title!r} are damaged: {what}.")
