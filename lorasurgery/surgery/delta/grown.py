"""What subtracting a product from a merged number does not give back: what was lost where its binade grew.

A number that was merged into the next binade lost its last bit, and more in the one after that. Which
those are shows in the merged number and in the prediction of what it was, so that no positions need be
stored: for each number whose exponent is smaller in the prediction, in order, by how many ulps that is
wrong, as a byte (zigzag: 0, -1, 1, -2, ...). Exponents that differ by one, by two and by more have lists
of their own, since their ulps are spread differently. What a byte cannot hold, and what is wrong
elsewhere, has a place among the corrections (`undo/corrections.py`).

    block = nbytes of each list's Zstandard frame (u32; 0 where none is wrong), frames
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.ulps import Differences, take_steps
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Bits of a number beneath its exponent, and all bits but the sign.
FRACTIONS = {Dtype.BF16: 7, Dtype.F16: 10, Dtype.F32: 23}
_NOTE, _TAKE = Kernel("grown", "note_grown"), Kernel("grown", "take_grown")
SIZES = struct.Struct("<3I")


class GrownEncoder:
    """Takes from the corrections of each block what has no need of a position."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=1, write_content_size=True)
        self._done = bytearray()
        self._zigzags, self._counts = np.empty((3, 0), np.uint8), np.empty(6, np.int64)

    def add(self, base: StoredArray, merged: StoredArray, found: Differences, first: int) -> None:
        """Encode a block of which `found` leads from the prediction to the base, which is changed; what has
        need of a position stays in `found`.
        """
        take_steps(base, found.places - first, -found.steps)
        if self._zigzags.shape[1] < merged.bits.size:
            self._zigzags = np.empty((3, merged.bits.size), np.uint8)
        room = self._zigzags, self._counts
        found.keep(_TAKE(*_compared(base, merged), first, found.places, found.steps, *room))
        rows = zip(self._zigzags, self._counts[:3].tolist(), self._counts[3:].tolist(), strict=True)
        frames = [self._compressor.compress(row[:count].data) if wrong else b"" for row, count, wrong in rows]
        self._done += SIZES.pack(*map(len, frames))
        for frame in frames:
            self._done += frame

    def finish(self) -> bytearray:
        return self._done


class GrownDecoder:
    """Corrects predictions of the base block by block, in order; does nothing where nothing is stored."""

    def __init__(self, title: str, data: NDArray[np.uint8]) -> None:
        self._title, self._data, self._at = title, data, 0
        self._decompressor = zstandard.ZstdDecompressor()
        self._is_empty = not len(data)
        self._lists = _Lists()

    def correct(self, predicted: StoredArray, merged: StoredArray) -> None:
        """Correct a prediction in place, given the numbers that it was made from."""
        if self._is_empty:
            return
        try:
            sizes = SIZES.unpack_from(self._data.data, self._at)
        except struct.error as error:
            raise self._damaged(error) from None
        self._at += SIZES.size
        for size, listed in zip(sizes, self._lists(predicted, merged), strict=True):
            if size:
                zigzag = self._list(size, len(listed)).astype(np.int64)
                is_wrong = zigzag != 0
                steps = (zigzag >> 1) ^ -(zigzag & 1)
                take_steps(predicted, listed[is_wrong], steps[is_wrong])

    def finish(self) -> None:
        """Refuse what is left over."""
        if self._at != len(self._data):
            raise self._damaged("it goes on after the last block")

    def _list(self, size: int, count: int) -> NDArray[np.uint8]:
        frame = self._data[self._at : self._at + size]
        self._at += size
        try:
            if len(frame) != size or zstandard.frame_content_size(frame.data) != count:
                raise self._damaged("a list has another length than it says")
            return np.frombuffer(self._decompressor.decompress(frame.data), np.uint8)
        except zstandard.ZstdError as error:
            raise self._damaged(error) from None

    def _damaged(self, what: object) -> DamagedFileError:
        return DamagedFileError(f"The delta's way back to {self._title!r} is damaged: {what}.")


class _Lists:
    """Finds where exponents are one smaller than in what was merged, where two, and where more."""

    def __init__(self) -> None:
        self._places, self._counts = np.empty((3, 0), np.int64), np.empty(3, np.int64)

    def __call__(self, predicted: StoredArray, merged: StoredArray) -> tuple[NDArray[np.int64], ...]:
        """Return the three lists of flat positions, which are valid until the next call."""
        if self._places.shape[1] < merged.bits.size:
            self._places = np.empty((3, merged.bits.size), np.int64)
        _NOTE(*_compared(predicted, merged), self._places, self._counts)
        return tuple(row[:count] for row, count in zip(self._places, self._counts.tolist(), strict=True))


def _compared(predicted: StoredArray, merged: StoredArray) -> tuple[NDArray[Any], NDArray[Any], Any, int]:
    """Return the patterns of both as kernels take them, the bits of an exponent, and its lowest one."""
    fraction = FRACTIONS[merged.dtype]
    kind = np.dtype(f"u{merged.dtype.itemsize}").type
    exponents = kind((1 << (8 * merged.dtype.itemsize - 1)) - (1 << fraction))
    one, other = (each.bits.reshape(-1).view(kind) for each in (predicted, merged))
    return one, other, exponents, 1 << fraction
