"""Store where a prediction of a tensor is wrong, and by how many ulps, as compressed chunks.

Each chunk is a Zstandard frame of two lists, the gaps between wrong positions and the ulps (zigzag:
0, -1, 1, -2, ...), each in planes of one byte: all lowest bytes, then all next ones, as many planes
as the largest number needs. A tensor that is wrong nowhere has no chunk; one that is wrong
everywhere has gaps of one, which compress to almost nothing.

    chunk = nbytes of the rest (u32) · first position (u64) · count (u32)
            · planes of gaps (u8) · planes of ulps (u8) · frame
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import zstandard

from lorasurgery.errors import DamagedFileError
from lorasurgery.linalg.ulps import last_place, take_chunk
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD = struct.Struct("<QIBB")
LENGTH = struct.Struct("<I")
# Corrections in a chunk: a small chunk compresses badly, a large one takes memory.
CHUNK = 1 << 18


class CorrectionEncoder:
    """Compresses the corrections that are gathered in `differences`, in the order of positions."""

    def __init__(self) -> None:
        from lorasurgery.linalg.ulps import Differences

        self.differences = Differences()
        self._done: list[bytes] = []

    def flush(self) -> None:
        """Write chunks once there are enough corrections for one; called after every block."""
        if self.differences.held >= CHUNK:
            self._empty()

    def finish(self) -> bytes:
        """Return all chunks; no bytes where nothing differs."""
        self._empty()
        return b"".join(self._done)

    def _empty(self) -> None:
        places, ulps = self.differences.places, self.differences.steps
        for start in range(0, len(places), CHUNK):
            self._done.append(_chunk(places[start : start + CHUNK], ulps[start : start + CHUNK]))
        self.differences.clear()


def _chunk(positions: NDArray[np.int64], ulps: NDArray[np.int64]) -> bytes:
    gaps, gap_planes = _planes(np.diff(positions, prepend=positions[0]))
    zigzag, ulp_planes = _planes((ulps << 1) ^ (ulps >> 63))
    packed = _compressed(gaps + zigzag)
    body = HEAD.pack(int(positions[0]), len(positions), gap_planes, ulp_planes) + packed
    return LENGTH.pack(len(body)) + body


def _compressed(data: bytes) -> bytes:
    """Compress at level 1: gaps hardly repeat, so a higher level finds no more than their frequencies."""
    return zstandard.ZstdCompressor(level=1).compress(data)


def _planes(numbers: NDArray[np.int64]) -> tuple[bytes, int]:
    """Return the bytes of unsigned numbers, plane by plane, and the number of planes."""
    unsigned = numbers.astype("<u8")
    count = max(1, -(-int(unsigned.max()).bit_length() // 8))
    table = unsigned.view(np.uint8).reshape(-1, 8)[:, :count]
    return np.ascontiguousarray(table.T).tobytes(), count


class CorrectionDecoder:
    """Corrects predictions, block by block, in the order of positions."""

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self._chunks = _chunks(name, data)
        self._chunk: _Chunk | None = None

    def correct(self, predicted: StoredArray, first: int, *, backward: bool = False) -> None:
        """Correct a prediction in place, or make the prediction of what is correct again.

        Args:
            first: the position of the first element.
        """
        stop = first + predicted.bits.size
        while (chunk := self._following()) is not None and chunk.place < stop:
            if chunk.place < first:
                raise _damaged(self._name, "a position is out of its order")
            take_chunk(predicted, first, *chunk, backward=backward)

    def _following(self) -> _Chunk | None:
        if self._chunk is None or self._chunk.is_done:
            self._chunk = next(self._chunks, None)
        return self._chunk


class _Chunk(NamedTuple):
    """Planes of gaps and of ulps (planes, count), and how far they were followed: an index and its place."""

    gaps: NDArray[np.uint8]
    zigzags: NDArray[np.uint8]
    state: NDArray[np.int64]

    @property
    def place(self) -> int:
        return int(self.state[1])

    @property
    def is_done(self) -> bool:
        return int(self.state[0]) == int(self.gaps.shape[1])


def _chunks(name: str, data: bytes) -> Iterator[_Chunk]:
    """Read chunk after chunk; positions that do not ascend, within or from one to the next, are damage."""
    at, last = 0, -1
    while at < len(data):
        try:
            (length,) = LENGTH.unpack_from(data, at)
            first, count, gap_planes, ulp_planes = HEAD.unpack_from(data, at + LENGTH.size)
            packed = data[at + LENGTH.size + HEAD.size : at + LENGTH.size + length]
            raw = np.frombuffer(_inflated(packed, count, gap_planes, ulp_planes), np.uint8)
            planes = raw.reshape(gap_planes + ulp_planes, count)
            state = np.array([0, first], np.int64)
        except (struct.error, zstandard.ZstdError, ValueError, OverflowError) as error:
            raise _damaged(name, error) from None
        end = last_place(planes[:gap_planes], first) if first > last else None
        if end is None:
            raise _damaged(name, "a position is out of its order")
        last = end
        yield _Chunk(planes[:gap_planes], planes[gap_planes:], state)
        at += LENGTH.size + length


def _inflated(packed: bytes, count: int, gap_planes: int, ulp_planes: int) -> bytes:
    """Decompress the planes of a chunk, as many as it says and the encoder writes.

    Raises:
        ValueError, ZstdError: its header and its content disagree.
    """
    if not (1 <= count <= CHUNK and 1 <= gap_planes <= 8 and 1 <= ulp_planes <= 8):
        raise ValueError(f"a chunk of {count} numbers of {gap_planes} and {ulp_planes} bytes")
    size = count * (gap_planes + ulp_planes)
    if zstandard.frame_content_size(packed) != size:  # that much memory would be allocated
        raise ValueError("a chunk holds another number of bytes than it says")
    return zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)


def _damaged(name: str, what: object) -> DamagedFileError:
    return DamagedFileError(f"The corrections of {name!r} are damaged: {what}.")
