"""Restore the codes of a quantised weight from the merged ones, the change and the scales, and a few notes.

`linalg/requantising.py` moves codes, and finds back what they were for all but those of which the
moved code tells too little. What is noted of these is stored in chunks, one for each block of rows
that a term changes, in their order:

    chunk = nbytes of the rest (u32) · notes (u32) · those that are not 0 (u32) · frame

The frame (Zstandard) has a bit for each note, whether it is not 0, and then those notes as int16.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from lorasurgery.errors import AlignmentError, DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.requantising import CodeMover, CodeRows, QuantisedChange
from lorasurgery.quantisation import Encoding
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.undo.tensor_undo import MovedCodes, TensorUndo

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD, LENGTH = struct.Struct("<II"), struct.Struct("<I")


def packed_notes(notes: NDArray[np.int16]) -> bytes:
    """Return a block's notes as a chunk."""
    is_set = notes != 0
    frame = zstandard.ZstdCompressor(level=3).compress(
        np.packbits(is_set).tobytes() + notes[is_set].astype("<i2").tobytes()
    )
    body = HEAD.pack(len(notes), int(is_set.sum())) + frame
    return LENGTH.pack(len(body)) + body


def unpacked_notes(name: str, data: bytes) -> Iterator[NDArray[np.int16]]:
    """Return the notes of each block; `DamagedFileError` where they are not as they were written."""
    at = 0
    while at < len(data):
        try:
            (length,) = LENGTH.unpack_from(data, at)
            count, held = HEAD.unpack_from(data, at + LENGTH.size)
            frame = data[at + LENGTH.size + HEAD.size : at + LENGTH.size + length]
            size = -(-count // 8) + 2 * held
            stated = zstandard.frame_content_size(frame)
            if stated != size or count > STREAM_ELEMENTS * 2:
                raise ValueError(f"{stated} bytes and not {size}")
            raw = zstandard.ZstdDecompressor().decompress(frame, max_output_size=size)
            is_set = np.unpackbits(np.frombuffer(raw, np.uint8, -(-count // 8)), count=count).astype(bool)
            notes = np.zeros(count, np.int16)
            notes[is_set] = np.frombuffer(raw, "<i2", held, -(-count // 8))
        except (struct.error, zstandard.ZstdError, ValueError, OverflowError) as error:
            raise DamagedFileError(
                f"The undo record is damaged: {name!r}: {error}. Nothing was written."
            ) from None
        yield notes
        at += LENGTH.size + length


def restored_codes(
    undo: TensorUndo,
    moved: MovedCodes,
    name: str,
    merged: LazyTensor,
    encoding: Encoding | None,
    watch: Callable[[StoredArray], None],
) -> Iterator[StoredArray]:
    """Restore a tensor of codes, block after block; a block is valid until the next one.

    Args:
        merged: the tensor of moved codes.
        encoding: how codes lie in it, None where the merged model does not say so.
        watch: called with each block of the merged tensor, in order.

    Raises:
        AlignmentError: the merged model does not say how the weight is quantised, or as another shape.
        DamagedFileError: the record does not fit the codes.
    """
    if encoding is None or encoding.shape != undo.matrix_shape:
        raise AlignmentError(
            f"{moved.weight!r} is not quantised as the merge wrote it: its config or its scales were changed "
            "since. Undo that change first, or merge again."
        )
    for _, stored in merged.viewed((merged.numel,)).raw_blocks(STREAM_ELEMENTS):
        watch(stored)
    terms = tuple(term.read() for term in undo.terms)
    change = QuantisedChange(
        encoding.shape, encoding.grid, encoding.groups(), terms, rounding=moved.rounding, seed=moved.seed
    )
    mover, chunks = CodeMover(change), unpacked_notes(name, _bytes(undo.corrections))
    blocks: list[NDArray[np.int16]] = []
    for rows, here in change.blocks():
        block = CodeRows(encoding.codes(rows.start, rows.stop), encoding.scales(rows.start, rows.stop))
        if here and not mover.restore(rows, here, block, next(chunks, np.zeros(0, np.int16))):
            raise DamagedFileError(
                f"The undo record does not fit {name!r}: it is damaged. Nothing was written."
            )
        if encoding.is_by_rows:
            yield StoredArray(encoding.stored(rows.start, block.codes), undo.dtype)
        else:
            blocks.append(block.codes)
    if blocks:
        yield StoredArray(encoding.stored(0, np.concatenate(blocks)), undo.dtype)


def _bytes(corrections: LazyTensor | None) -> bytes:
    return corrections.raw().data.tobytes() if corrections else b""
