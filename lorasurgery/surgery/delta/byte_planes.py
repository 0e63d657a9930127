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
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
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
        self._done: list[bytes] = []

    def add(self, target: StoredArray, base: StoredArray) -> None:
        """Encode what leads from the base's numbers to the target's."""
        zigzag = _zigzag(_ordered(target) - _ordered(base))
        frames = []
        for index in range(target.dtype.itemsize):
            # Vectors of whole numbers are shifted and cut several times as fast as bytes are picked.
            plane = (zigzag >> np.array(8 * index, zigzag.dtype)).astype(np.uint8)
            frames.append(self._compressor.compress(plane.data) if plane.any() else b"")
        self._done.append(struct.pack(f"<{len(frames)}I", *map(len, frames)))
        self._done += frames

    def finish(self) -> bytes:
        return b"".join(self._done)


class PlaneDecoder:
    """Decodes the blocks of one tensor, in order."""

    def __init__(self, title: str, data: NDArray[np.uint8], dtype: Dtype) -> None:
        self._title, self._data, self._dtype, self._at = title, data, dtype, 0
        self._decompressor = zstandard.ZstdDecompressor()

    def apply(self, values: StoredArray, *, backward: bool = False) -> StoredArray:
        """Return the next block of the target from that of the base, or the other way round."""
        zigzag = np.zeros(len(values), f"<u{self._dtype.itemsize}")
        for index, frame in enumerate(self._frames()):
            if len(frame):
                plane = self._plane(frame, len(values)).astype(zigzag.dtype)
                plane <<= np.array(8 * index, zigzag.dtype)
                zigzag |= plane
        moved = _unzigzag(zigzag)
        ordered = _ordered(values)
        ordered = ordered - moved if backward else ordered + moved
        return StoredArray(_patterns(ordered, self._dtype), self._dtype)

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


def _ordered(values: StoredArray) -> NDArray[Any]:
    """Bit patterns as integers of the same size in the order of the numbers; sums wrap around."""
    bits = values.bits.reshape(-1)
    if not values.dtype.is_floating_point:
        return bits
    size = values.dtype.itemsize
    signed = bits.view(f"<i{size}")
    # All bits but the sign are reversed where it is set.
    flip = (signed >> (8 * size - 1)).view(f"<u{size}") >> np.array(1, f"<u{size}")
    return np.asarray(bits ^ flip)


def _patterns(ordered: NDArray[Any], dtype: Dtype) -> NDArray[Any]:
    """The bit patterns of numbers in order: reversing twice is nothing."""
    return _ordered(StoredArray(ordered, dtype))


def _zigzag(moved: NDArray[Any]) -> NDArray[Any]:
    size = moved.dtype.itemsize
    sign = (moved.view(f"<i{size}") >> (8 * size - 1)).view(moved.dtype)
    return np.asarray((moved << np.array(1, moved.dtype)) ^ sign)


def _unzigzag(zigzag: NDArray[Any]) -> NDArray[Any]:
    one = np.array(1, zigzag.dtype)
    return np.asarray((zigzag >> one) ^ (np.array(0, zigzag.dtype) - (zigzag & one)))
