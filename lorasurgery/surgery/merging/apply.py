"""Carry out one job of a merge: read, change, round once, write, and record what restores the base.

Sums are computed in blocks of rows; a change that needs the whole matrix gets it in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from lorasurgery.checkpoint.digest import Digest
from lorasurgery.checkpoint.folder import EXCEPTIONS_FILE
from lorasurgery.errors import AlignmentError, NumericError, UnsupportedError
from lorasurgery.linalg.requantising import Kept
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.adapter_input.whole_matrix import weighted
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.exceptions import TensorExceptions
from lorasurgery.surgery.merging.placement import change_of, placed, placed_all
from lorasurgery.surgery.merging.tensor_job import ModulePart, TensorJob
from lorasurgery.surgery.undo.tensor_undo import TensorUndo, UndoRecorder
from lorasurgery.variants.edit import Change, Dense, Function, Scaled, Sum

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

# Picks rows of an array.
Rows = Union[slice, "NDArray[Any]"]
Write = Callable[[str, int, StoredArray], None]


@dataclass(frozen=True)
class AppliedJob:
    """The result of a job: the hash of the new bytes, and what undoes it, both None without a record;
    and what became of ΔW where a weight was quantised again.
    """

    name: str
    merged_hash: str | None
    undo: TensorUndo | None
    kept: Kept | None = None


def apply(
    job: TensorJob,
    write: Write,
    undo: UndoRecorder | None,
    *,
    as_peft: bool = False,
    hashed: bool = True,
) -> AppliedJob:
    """Compute a job's tensor and write it, block by block.

    Args:
        write: called with the tensor's name, the offset of a block in bytes, and the block, which
            is valid until it returns.
        undo: records what undoes the job.
        as_peft: round as PEFT does, adapter after adapter.
        hashed: compute the hash of the new bytes.

    Raises:
        NumericError: the base has a NaN or an infinity, or the result is beyond the range of the
            dtype.
    """
    result = computed(job, undo, as_peft=as_peft)
    if undo is not None:
        undo.begin(result.terms, result.gain, is_noted=result.is_noted)
    exceptions = None if as_peft else job.exceptions
    merged_digest = Digest() if hashed or exceptions else None
    columns = max(1, job.matrix_shape[1])
    for start, computed_block, base_rows in result.blocks:
        block = _with_token_rows(job, start, computed_block)
        _check_finite(job, start, block)
        write(job.name, start * columns * job.dtype.itemsize, block)
        if merged_digest is not None:
            merged_digest.add(block)
        if undo is not None:
            undo.add(start, block, base_rows if job.start is job.base else None)
    if exceptions is not None and str(merged_digest) != exceptions.merged_hash:
        raise AlignmentError(_not_recovered(job))
    return AppliedJob(
        job.name,
        str(merged_digest) if merged_digest else None,
        undo.finish() if undo is not None else None,
    )


def _not_recovered(job: TensorJob) -> str:
    return (
        f"{job.name!r} does not become what the adapter was recovered from: the base is another one, or "
        f"a file of the adapter was changed. Give the base of the recovery; or delete {EXCEPTIONS_FILE} "
        "from the adapter's folder, to merge the factors alone."
    )


@dataclass(frozen=True)
class ComputedTensor:
    """A tensor that is computed while its blocks are read.

    Attributes:
        blocks: the first row of each block, the block, and the rows of the base that it was
            computed from, if still in memory.
        terms, gain: what subtracting and dividing by leads back to the base; None where nothing
            does.
        is_noted: whether the differences that remain after that are noted while a block is
            computed.
    """

    blocks: Iterator[tuple[int, StoredArray, StoredArray | None]]
    terms: tuple[Term, ...] | None = None
    gain: NDArray[Any] | None = None
    is_noted: bool = False


def computed(job: TensorJob, undo: UndoRecorder | None = None, *, as_peft: bool = False) -> ComputedTensor:
    """Compute a job's tensor; its blocks are read, changed and rounded as they are taken."""
    if job.is_as_it_was or not job.dtype.is_floating_point:
        return ComputedTensor(
            (start, block, block)
            for start, block in job.start.viewed(job.matrix_shape).raw_blocks(STREAM_ELEMENTS)
        )
    changes = [(part, change_of(part)) for part in job.parts]
    if as_peft and job.parts:
        return _computed_as_peft(job, changes)
    if all(isinstance(change, Sum) for _, change in changes):
        return _summed(job, changes, undo)
    assert len(changes) == 1, f"{job.name}: a non-additive change stands alone"
    return _computed_whole(job, *changes[0])


def _summed(
    job: TensorJob, changes: Sequence[tuple[ModulePart, Change]], undo: UndoRecorder | None
) -> ComputedTensor:
    from lorasurgery.linalg.ordered import RowSum

    terms, dense = placed_all(job, changes)
    if job.exceptions is not None:
        if dense:
            raise AlignmentError(_not_recovered(job))
        return ComputedTensor(_corrected(job, terms, job.exceptions), terms)
    row_sum = RowSum(terms, job.matrix_shape, job.dtype)
    is_plain = not dense and not job.rows and job.start is job.base and job.start.shape == job.shape
    # One product serves the sum and its inverse.
    differences = undo.differences if undo and is_plain and row_sum.notes(job.start.dtype) else None

    def blocks() -> Iterator[tuple[int, StoredArray, StoredArray | None]]:
        for start, W in job.start.viewed(job.matrix_shape).raw_blocks(STREAM_ELEMENTS):
            if differences is not None:
                yield start, row_sum.and_back(W, start, differences), W
            else:
                yield start, row_sum(_with_dense(W, dense, start), start), W

    return ComputedTensor(blocks(), None if dense else terms, is_noted=differences is not None)


def _corrected(
    job: TensorJob, terms: Sequence[Term], exceptions: TensorExceptions
) -> Iterator[tuple[int, StoredArray, StoredArray | None]]:
    """Sum as the merge did that an adapter was recovered from, and correct what its factors do not give."""
    from lorasurgery.linalg.rounded_product import merged_sum
    from lorasurgery.surgery.undo.corrections import CorrectionDecoder

    row_sum = merged_sum(terms, job.matrix_shape, exceptions.product, job.dtype)
    stored = exceptions.corrections
    decoder = CorrectionDecoder(job.name, stored.raw().data.tobytes() if stored else b"")
    for start, W in job.start.viewed(job.matrix_shape).raw_blocks(STREAM_ELEMENTS):
        merged = row_sum(W, start)
        decoder.correct(merged, start * job.matrix_shape[1])
        yield start, StoredArray(merged.bits, merged.dtype), W


def _with_dense(W: StoredArray, dense: Sequence[Dense], start: int) -> StoredArray:
    if not dense:
        return W
    import numpy as np

    total = W.double()
    for each in dense:
        with np.errstate(all="ignore"):
            total += (each.rows(start, start + len(W)) * each.scale).numpy()
    return StoredArray.of_array(total)


def _with_token_rows(job: TensorJob, start: int, block: StoredArray) -> StoredArray:
    """Overwrite the rows of tokens that are in a block."""
    import numpy as np

    from lorasurgery.linalg.ordered import round_once

    for each in job.rows:
        indices = np.asarray(each.indices)
        here = np.flatnonzero((indices >= start) & (indices < start + len(block)))
        # What lies together in the file is read at once: all of it where tokens are in order.
        for run in np.split(here, np.flatnonzero(np.diff(here) != 1) + 1) if len(here) else ():
            new = each.rows.raw_rows(int(run[0]), int(run[-1]) + 1).double()
            block.bits[indices[run] - start] = round_once(new, block.dtype).bits
            block = StoredArray(block.bits, block.dtype)  # forgets whether the block was finite
    return block


def _computed_whole(job: TensorJob, part: ModulePart, change: Change) -> ComputedTensor:
    """Apply a change that needs the whole matrix: DoRA's norms, a rotation."""
    import numpy as np
    import torch

    from lorasurgery.linalg.ordered import ordered_rows, round_once

    if part.source.expert is not None or part.source.rows is not None or part.first:
        raise UnsupportedError(
            f"{part.module!r} is stored in a part of {job.name!r}, into which only low-rank changes can be "
            "merged; convert the adapter to LoRA first."
        )
    change = weighted(change, part.weight)
    W = job.start.viewed(job.matrix_shape).raw().double()
    in_file, in_model = _orders(job)
    if isinstance(change, Function):
        stored = torch.from_numpy(W)[in_model]
        changed = change.apply(stored.T.contiguous() if part.source.transposed else stored)
        merged = (changed.T if part.source.transposed else changed)[in_file]
        return ComputedTensor(_row_blocks(round_once(merged.contiguous().numpy(), job.dtype)))
    assert isinstance(change, Scaled)
    placed_terms = placed(job, part, change.terms)
    terms = tuple(term for term in placed_terms if isinstance(term, Term))
    summed = StoredArray.of_array(ordered_rows(W, terms, 0))
    V = _with_dense(summed, [term for term in placed_terms if isinstance(term, Dense)], 0).tensor
    gain_of_matrix = change.gain(V[in_model].T if part.source.transposed else V[in_model])
    gain = (gain_of_matrix.T.contiguous() if part.source.transposed else gain_of_matrix).numpy()
    gain = np.ascontiguousarray(gain[in_file]) if len(gain) > 1 else gain
    with np.errstate(all="ignore"):
        scaled = np.multiply(V.numpy(), gain, out=V.numpy())
    is_exact = len(terms) == len(placed_terms)
    return ComputedTensor(
        _row_blocks(round_once(scaled, job.dtype)),
        terms if is_exact else None,
        gain if is_exact else None,
    )


def _orders(job: TensorJob) -> tuple[Rows, Rows]:
    """Return what puts rows of the parameter into a file's order, and what puts them back."""
    if job.order is None:
        return slice(None), slice(None)
    return job.order, job.order.argsort()


def _computed_as_peft(job: TensorJob, changes: Sequence[tuple[ModulePart, Change]]) -> ComputedTensor:
    """Add adapter after adapter in float32, each rounded, as PEFT merges LoRA.

    The result is PEFT's bit for bit where the same torch multiplies.
    """
    if any(
        part.source.expert is not None or part.source.rows is not None or part.first for part, _ in changes
    ):
        raise UnsupportedError(
            f"--rounding peft does not know how PEFT merges {job.name!r}, which is stored in parts; leave "
            "it out."
        )
    W = job.start.viewed(job.matrix_shape).read().to(job.dtype.torch)
    for part, change in changes:
        term = change.terms[0] if isinstance(change, Sum) and len(change.terms) == 1 else None
        if not isinstance(term, Term):
            raise UnsupportedError(
                f"--rounding peft is for LoRA, and {part.module!r} is of another variant; leave it out."
            )
        if term.left.dtype != term.right.dtype:
            raise UnsupportedError(
                f"--rounding peft: the factors of {part.module!r} are {term.left.dtype} and "
                f"{term.right.dtype}, which PEFT does not multiply; leave it out."
            )
        W += _delta_as_peft(part, term, job.dtype.torch)[_orders(job)[0]]
    terms, _ = placed_all(job, changes)
    return ComputedTensor(_row_blocks(StoredArray.of(W)), terms)


def _delta_as_peft(part: ModulePart, term: Term, dtype: torch.dtype) -> Tensor:
    """Multiply s · B @ A as PEFT does.

    For an embedding PEFT transposes the product, and rounds it to the weight's dtype before it is
    added.
    """
    scale = term.scale * part.weight
    left, right = term.tensors
    if part.by_column:
        return ((right.T.contiguous() @ left.T.contiguous()).T * scale).to(dtype)
    product = (left @ right) * scale
    return product.T if part.source.transposed else product


def _row_blocks(whole: StoredArray) -> Iterator[tuple[int, StoredArray, None]]:
    step = max(1, STREAM_ELEMENTS // max(1, whole.bits.shape[1]))
    return ((start, whole.rows(start, start + step), None) for start in range(0, len(whole), step))


def _check_finite(job: TensorJob, start: int, block: StoredArray) -> None:
    """Refuse a result with a NaN or an infinity, and say whether the base has it."""
    is_changed = bool(job.parts or job.rows) or job.replaced is not None
    if not is_changed or block.is_finite:
        return
    W = job.start.viewed(job.matrix_shape).read_rows(start, start + len(block))
    row, column = map(int, block.tensor.double().isfinite().logical_not().nonzero()[0])
    if not bool(W.isfinite().all()):
        owner = "the adapter" if job.replaced is not None else "the base"
        raise NumericError(
            f"{job.name!r} of {owner} has a NaN or an infinity (in rows {start} to "
            f"{start + len(block) - 1}). Mend the file."
        )
    raise NumericError(
        f"{job.name!r} is beyond the range of {job.dtype} after merging (row {start + row}, column "
        f"{column}). Choose a wider --dtype, or a smaller weight."
    )
