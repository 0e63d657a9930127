"""Carry out the job of a weight that is quantised again: its codes move under their stored scales.

What is added is the change itself, not the difference of two rounded weights, so that nothing of
it is lost before codes are chosen (`linalg/requantising.py`).
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Spill
from lorasurgery.checkpoint.digest import Digest, digest
from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.kernels.tiles import LANES
from lorasurgery.linalg.requantising import CodeMover, CodeRows, Kept, QuantisedChange
from lorasurgery.linalg.terms import Hadamard, Term
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.merging.placement import change_of, placed_all
from lorasurgery.surgery.merging.tensor_job import Requantisation, TensorJob
from lorasurgery.surgery.undo.moved_codes import packed_notes
from lorasurgery.surgery.undo.tensor_undo import (
    MovedCodes,
    StoredTerm,
    TensorUndo,
    UndoRecorder,
    stored_term,
)
from lorasurgery.variants.edit import Sum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lorasurgery.linalg.terms import Dense

Write = Callable[[str, int, StoredArray], None]
# Strips of rows, of `LANES` each, from which a forecast is made.
SAMPLED_STRIPS = 4


@dataclass(frozen=True)
class MovedTensor:
    """The result of a job: the hash of the new codes, what undoes it, and what became of ΔW."""

    merged_hash: str | None
    undo: TensorUndo | None
    kept: Kept


def requantise(
    job: TensorJob, wanted: Requantisation, write: Write, spill: Spill | None, *, hashed: bool
) -> MovedTensor:
    """Move the codes of a weight, and write their tensor.

    Args:
        write: as for `apply`.
        spill: takes what undoes the move; None where no record is written.
    """
    change = quantised_change(wanted)
    merged_digest, notes = (Digest() if hashed else None), []
    kept, recorder = Kept(), _recorder(job, change, spill)
    for offset, block, block_kept, block_notes in _moved_blocks(job, wanted, change):
        kept.add(block_kept)
        notes += [packed_notes(each) for each in block_notes]
        if block is None:
            continue
        write(job.name, offset, block)
        if merged_digest is not None:
            merged_digest.add(block)
        if recorder is not None:
            column = StoredArray(block.bits.reshape(-1, 1), block.dtype)
            recorder.add(offset // job.dtype.itemsize, column, None)
    undo = recorder.finish() if recorder is not None else None
    if undo is None and spill is not None:
        undo = _undo(job, wanted, change, b"".join(notes), spill)
    return MovedTensor(str(merged_digest) if merged_digest else None, undo, kept)


def forecast_kept(wanted: Requantisation) -> Kept | None:
    """Estimate what becomes of ΔW from some rows; None for a change that needs the whole matrix."""
    if not is_sum(wanted.of):
        return None
    change, total = quantised_change(wanted), Kept()
    blocks = [(rows, terms) for rows, terms in change.blocks() if terms or change.dense is not None]
    mover, encoding = CodeMover(change), wanted.encoding
    for rows, terms in blocks[:: max(1, len(blocks) // SAMPLED_STRIPS)]:
        step = max(LANES, len(rows) // max(1, SAMPLED_STRIPS // len(blocks)) // LANES * LANES)
        for first in range(rows.start, rows.stop, step):
            strip = range(first, min(first + LANES, rows.stop))
            block = CodeRows(
                encoding.codes(strip.start, strip.stop), encoding.scales(strip.start, strip.stop)
            )
            total.add(mover.move(strip, terms, block)[0])
    changed = sum(len(rows) for rows, _ in blocks) * change.shape[1]
    return total.times(changed / total.count) if total.count else total


def quantised_change(wanted: Requantisation) -> QuantisedChange:
    """Return ΔW in the rows and columns of the stored matrix, with the weight's grid."""
    encoding, inner = wanted.encoding, wanted.of
    terms, dense = _terms(inner) if is_sum(inner) else ((), _difference(inner))
    if encoding.is_transposed:
        terms = tuple(_as_stored(term, inner.shape) for term in terms)
        dense = None if dense is None else _transposed(dense, inner.shape)
    return QuantisedChange(
        encoding.shape,
        encoding.grid,
        encoding.groups(),
        terms,
        dense,
        wanted.rounding,
        zlib.crc32(wanted.weight.encode()),
    )


def is_sum(inner: TensorJob) -> bool:
    """Whether the weight changes by what adapters add alone."""
    is_base = not inner.rows and inner.replaced is None
    return is_base and all(isinstance(change_of(part), Sum) for part in inner.parts)


def _terms(inner: TensorJob) -> tuple[tuple[Term, ...], Callable[[int, int], NDArray[np.float64]] | None]:
    """Return the products that are added; with them, all of ΔW where one of its parts is none."""
    terms, dense = placed_all(inner, [(part, change_of(part)) for part in inner.parts])
    most = min(inner.matrix_shape)
    terms += tuple(each.as_term() for each in dense if isinstance(each, Hadamard) and each.rank <= most)
    dense = tuple(each for each in dense if not (isinstance(each, Hadamard) and each.rank <= most))
    return (terms, None) if not dense else ((), _sum_of(terms, dense, inner.matrix_shape[1]))


def _sum_of(
    terms: tuple[Term, ...], dense: tuple[Dense, ...], columns: int
) -> Callable[[int, int], NDArray[np.float64]]:
    def rows(start: int, stop: int) -> NDArray[np.float64]:
        import numpy as np

        from lorasurgery.linalg.ordered import ordered_rows

        total = np.zeros((stop - start, columns))
        for each in dense:
            total += each.rows(start, stop).double().numpy() * each.scale
        here = [part for term in terms if (part := term.within(start, stop)) is not None]
        return ordered_rows(total, here, start)

    return rows


def _difference(inner: TensorJob) -> Callable[[int, int], NDArray[np.float64]]:
    """Return the rows of W' − W, W' being computed whole."""
    import numpy as np

    from lorasurgery.surgery.merging.apply import computed

    plain = dataclasses.replace(inner, dtype=Dtype.F64)
    assert inner.base is not None, "a weight that is quantised again is the base's"
    merged = np.concatenate([block.double() for _, block, _ in computed(plain).blocks])
    merged -= inner.base.viewed(inner.matrix_shape).raw().double()
    return lambda start, stop: merged[start:stop]


def _as_stored(term: Term, shape: tuple[int, ...]) -> Term:
    """Return a term of one expert's transposed weight in the stack of stored matrices."""
    rows, columns = shape[-2:]
    expert, row = divmod(term.row, rows)
    turned = dataclasses.replace(term, row=row).turned
    return dataclasses.replace(turned, row=turned.row + expert * columns)


def _transposed(
    dense: Callable[[int, int], NDArray[np.float64]], shape: tuple[int, ...]
) -> Callable[[int, int], NDArray[np.float64]]:
    import numpy as np

    rows, columns = shape[-2:]
    whole = dense(0, int(np.prod(shape[:-1])))
    stored = np.ascontiguousarray(whole.reshape(-1, rows, columns).swapaxes(1, 2)).reshape(-1, rows)
    return lambda start, stop: stored[start:stop]


def _moved_blocks(
    job: TensorJob, wanted: Requantisation, change: QuantisedChange
) -> Iterator[tuple[int, StoredArray | None, Kept, list[NDArray[np.int16]]]]:
    """Return blocks of the tensor of codes by their offsets in bytes, what is kept, and the notes."""
    import numpy as np

    encoding, mover = wanted.encoding, CodeMover(change)
    row_nbytes = job.nbytes // max(1, encoding.shape[0])
    whole = []
    for rows, terms in change.blocks():
        block = CodeRows(encoding.codes(rows.start, rows.stop), encoding.scales(rows.start, rows.stop))
        kept, notes = Kept(), []
        if terms or change.dense is not None:
            kept, noted = mover.move(rows, terms, block)
            notes = [noted]
        stored = None
        if encoding.is_by_rows:
            stored = StoredArray(encoding.stored(rows.start, block.codes), job.dtype)
        else:
            whole.append(block.codes)
        yield rows.start * row_nbytes, stored, kept, notes
    if whole:
        yield 0, StoredArray(encoding.stored(0, np.concatenate(whole)), job.dtype), Kept(), []


def _recorder(job: TensorJob, change: QuantisedChange, spill: Spill | None) -> UndoRecorder | None:
    """Return what notes how codes differ, where ΔW cannot be had again from factors."""
    if spill is None or change.dense is None:
        return None
    assert job.base is not None, "codes that move are the base's"
    recorder = UndoRecorder(job.base, job.shape, (job.base.numel, 1), spill)
    recorder.begin(None, None)
    return recorder


def _undo(
    job: TensorJob, wanted: Requantisation, change: QuantisedChange, notes: bytes, spill: Spill
) -> TensorUndo:
    import numpy as np

    assert job.base is not None, "codes that move are the base's"
    terms: tuple[StoredTerm, ...] = tuple(stored_term(term, spill) for term in change.terms)
    corrections = spill.put(StoredArray(np.frombuffer(notes, np.uint8), Dtype.U8)) if notes else None
    return TensorUndo(
        job.base.shape,
        job.base.dtype,
        digest(job.base),
        wanted.encoding.shape,
        terms,
        corrections=corrections,
        moved=MovedCodes(wanted.weight, change.rounding, change.seed),
    )
