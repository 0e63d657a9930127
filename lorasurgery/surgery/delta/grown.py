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
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.linalg.ulps import Differences, take_steps
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Bits of a number beneath its exponent, and all bits but the sign.
FRACTIONS = {Dtype.BF16: 7, Dtype.F16: 10, Dtype.F32: 23}
SIZES = struct.Struct("<3I")


class GrownEncoder:
    """Takes from the corrections of each block what has no need of a position."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=1, write_content_size=True)
        self._done: list[bytes] = []

    def add(self, base: StoredArray, merged: StoredArray, found: Differences, first: int) -> Differences:
        """Encode a block of which `found` leads from the prediction to the base, and return what is left."""
        places, steps = found.places - first, found.steps
        predicted = StoredArray(np.array(base.bits), base.dtype)
        take_steps(predicted, places, -steps)
        is_small = (steps >= -128) & (steps < 128)
        frames, is_left = [], np.ones(len(places), bool)
        for listed in _lists(predicted, merged):
            values = np.zeros(len(listed), np.int64)
            at = np.minimum(np.searchsorted(listed, places), max(0, len(listed) - 1))
            is_listed = is_small & (listed[at] == places) if len(listed) else np.zeros(len(places), bool)
            values[at[is_listed]] = steps[is_listed]
            is_left &= ~is_listed
            zigzag = ((values << 1) ^ (values >> 63)).astype(np.uint8)
            frames.append(self._compressor.compress(zigzag.data) if zigzag.any() else b"")
        self._done += [SIZES.pack(*map(len, frames)), *frames]
        left = Differences()
        left.append(places[is_left] + first, steps[is_left])
        return left

    def finish(self) -> bytes:
        return b"".join(self._done)


class GrownDecoder:
    """Corrects predictions of the base block by block, in order; does nothing where nothing is stored."""

    def __init__(self, title: str, data: NDArray[np.uint8]) -> None:
        self._title, self._data, self._at = title, data, 0
        self._decompressor = zstandard.ZstdDecompressor()
        self._is_empty = not len(data)

    def correct(self, predicted: StoredArray, merged: StoredArray) -> None:
        """Correct a prediction in place, given the numbers that it was made from."""
        if self._is_empty:
            return
        try:
            sizes = SIZES.unpack_from(self._data.data, self._at)
        except struct.error as error:
            raise self._damaged(error) from None
        self._at += SIZES.size
        for size, listed in zip(sizes, _lists(predicted, merged), strict=True):
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


def _lists(predicted: StoredArray, merged: StoredArray) -> tuple[NDArray[np.int64], ...]:
    """Return where exponents are one smaller than in what was merged, where two, and where more."""
    here, there = (_exponents(each) for each in (predicted, merged))
    grown = np.flatnonzero(here < there)
    gaps = there[grown] - here[grown]
    return grown[gaps == 1], grown[gaps == 2], grown[gaps > 2]


def _exponents(values: StoredArray) -> NDArray[np.unsignedinteger]:
    bits = values.bits.reshape(-1)
    sign = np.array(1 << (8 * values.dtype.itemsize - 1), bits.dtype)
    return np.asarray((bits & ~sign) >> np.array(FRACTIONS[values.dtype], bits.dtype))
