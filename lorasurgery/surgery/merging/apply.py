"""Carry out one job: read, change, round once, write, and note what brings the base back.

Sums go block by block of rows; a change that needs the whole matrix has it in float64.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.digest import Digest
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NumericError, UnsupportedError
from lorasurgery.linalg.terms import Term
from lorasurgery.raw import Raw
from lorasurgery.surgery.adapter_input.whole_matrix import weighted
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.merging.placement import change_of, placed, placed_all
from lorasurgery.surgery.merging.tensor_job import ModulePart, Requantisation, TensorJob
from lorasurgery.surgery.undo.tensor_undo import TensorUndo, UndoRecorder
from lorasurgery.variants.edit import Change, Dense, Function, Scaled, Sum

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

Write = Callable[[str, int, Raw], None]


@dataclass(frozen=True)
class AppliedJob:
    """What became of a tensor: the hash of its new bytes, and what undoes it (None where no record is kept)."""

    name: str
    merged_hash: str | None
    undo: TensorUndo | None
    lost: RequantisingLoss | None = None


@dataclass(frozen=True)
class RequantisingLoss:
    """What writing 8-bit codes again cost: ‖error‖²_F, and ‖ΔW‖²_F beside it."""

    error: float
    change: float


def apply(
    job: TensorJob,
    write: Write,
    recorder: Callable[[TensorJob], UndoRecorder] | None,
    *,
    as_peft: bool = False,
    hashed: bool = True,
) -> AppliedJob:
    """Make a job's tensor and hand it on, block by block.

    Args:
        write: called with the tensor's name, the place of a block in bytes, and the block, which is valid until it returns.
        recorder: makes the recorder of what undoes the job.
        as_peft: round as PEFT does, adapter after adapter.
        hashed: take the hash of the new bytes.

    Raises:
        NumericError: a number of the base is none, or the result is beyond the dtype's reach.
    """
    undo = recorder(job) if recorder else None
    made = _made(job, undo, as_peft=as_peft)
    if undo is not None:
        undo.begin(made.terms, made.gain, is_noted=made.is_noted)
    merged = Digest() if hashed else None
    columns = max(1, job.matrix_shape[1])
    for start, made_block, before in made.blocks:
        block = _with_rows(job, start, made_block)
        _check_finite(job, start, block)
        write(job.name, start * columns * job.dtype.itemsize, block)
        if merged is not None:
            merged.add(block)
        if undo is not None:
            undo.add(start, block, before if job.start is job.base else None)
    return AppliedJob(
        job.name,
        str(merged) if merged else None,
        undo.finish() if undo is not None else None,
        made.lost,
    )


@dataclass(frozen=True)
class _MadeTensor:
    """A tensor in the making: its blocks of rows, each with the rows that it was made of where they are still at hand, and by which
    terms and gain it can be taken back, where it can. `is_noted` says that what that leaves is noted while a block is made."""

    blocks: Iterator[tuple[int, Raw, Raw | None]]
    terms: tuple[Term, ...] | None = None
    gain: NDArray[Any] | None = None
    lost: RequantisingLoss | None = None
    is_noted: bool = False


def _made(job: TensorJob, undo: UndoRecorder | None, *, as_peft: bool) -> _MadeTensor:
    if job.requantise is not None:
        return _made_codes(job, job.requantise)
    if job.is_as_it_was or not job.dtype.is_floating_point:
        return _MadeTensor(
            (start, block, block)
            for start, block in job.start.viewed(job.matrix_shape).raw_blocks(STREAM_ELEMENTS)
        )
    changes = [(part, change_of(part)) for part in job.parts]
    if as_peft and job.parts:
        return _made_as_peft(job, changes)
    if all(isinstance(change, Sum) for _, change in changes):
        return _summed(job, changes, undo)
    assert len(changes) == 1, f"{job.name}: what is no sum stands alone"
    return _made_whole(job, *changes[0])


def _summed(
    job: TensorJob, changes: Sequence[tuple[ModulePart, Change]], undo: UndoRecorder | None
) -> _MadeTensor:
    from lorasurgery.linalg.ordered import RowSum

    terms, dense = placed_all(job, changes)
    total = RowSum(terms, job.matrix_shape, job.dtype)
    is_plain = not dense and not job.rows and job.start is job.base and job.start.shape == job.shape
    # One product does for the sum and for what takes it back.
    noted = undo.differences if undo and is_plain and total.notes(job.start.dtype) else None

    def blocks() -> Iterator[tuple[int, Raw, Raw | None]]:
        for start, W in job.start.viewed(job.matrix_shape).raw_blocks(STREAM_ELEMENTS):
            if noted is not None:
                yield start, total.and_back(W, start, noted), W
            else:
                yield start, total(_with_dense(W, dense, start), start), W

    return _MadeTensor(blocks(), None if dense else terms, is_noted=noted is not None)


def _with_dense(W: Raw, dense: Sequence[Dense], start: int) -> Raw:
    if not dense:
        return W
    import numpy as np

    total = W.double()
    for each in dense:
        with np.errstate(all="ignore"):
            total += (each.rows(start, start + len(W)) * each.scale).numpy()
    return Raw.of_array(total)


def _with_rows(job: TensorJob, start: int, block: Raw) -> Raw:
    """Put in the rows of tokens that fall into a block."""
    from lorasurgery.linalg.ordered import round_once

    for each in job.rows:
        here = [(i, row) for i, row in enumerate(each.indices) if start <= row < start + len(block)]
        if here:
            new = round_once(each.rows.raw().double()[[i for i, _ in here]], block.dtype)
            block.bits[[row - start for _, row in here]] = new.bits
            block = Raw(block.bits, block.dtype)  # of which nobody knows yet whether it is finite
    return block


def _made_whole(job: TensorJob, part: ModulePart, change: Change) -> _MadeTensor:
    """What needs the whole matrix: DoRA's norms, a rotation."""
    import numpy as np
    import torch

    from lorasurgery.linalg.ordered import ordered_rows, round_once

    if part.source.expert is not None or part.source.rows is not None or part.first:
        raise UnsupportedError(
            f"{part.module!r} lies in a part of {job.name!r}, in which only low-rank changes can be merged; convert the adapter to LoRA first."
        )
    change = weighted(change, part.weight)
    W = job.start.viewed(job.matrix_shape).raw().double()
    if isinstance(change, Function):
        stored = torch.from_numpy(W)
        upright = change.apply(stored.T.contiguous() if part.source.transposed else stored)
        turned = upright.T if part.source.transposed else upright
        return _MadeTensor(_cut(round_once(turned.contiguous().numpy(), job.dtype)))
    assert isinstance(change, Scaled)
    both = placed(job, part, change.terms)
    terms = tuple(term for term in both if isinstance(term, Term))
    summed = Raw.of_array(ordered_rows(W, terms, 0))
    V = _with_dense(summed, [term for term in both if isinstance(term, Dense)], 0).tensor
    upright = change.gain(V.T if part.source.transposed else V)
    gain = (upright.T.contiguous() if part.source.transposed else upright).numpy()
    with np.errstate(all="ignore"):
        scaled = np.multiply(V.numpy(), gain, out=V.numpy())
    is_exact = len(terms) == len(both)
    return _MadeTensor(
        _cut(round_once(scaled, job.dtype)),
        terms if is_exact else None,
        gain if is_exact else None,
    )


def _made_codes(job: TensorJob, wanted: Requantisation) -> _MadeTensor:
    """Codes or scales of a weight, made whole in float64."""
    import torch

    from lorasurgery.quantisation.fp8 import decoded, requantised, spread

    plain = dataclasses.replace(job, requantise=None, shape=job.start.shape, dtype=Dtype.F64)
    W = torch.cat([block.tensor.clone() for _, block, _ in _made(plain, None, as_peft=False).blocks])
    codes, scales = requantised(W, wanted.block, wanted.scales, wanted.codes.torch)
    if wanted.of_scales:
        return _MadeTensor(_cut(Raw.of(scales.reshape(job.matrix_shape))))
    stored = codes.double() * spread(decoded(scales).double(), wanted.block, tuple(W.shape), 0, len(W))
    change = W - job.start.read().double()
    lost = RequantisingLoss(float((stored - W).square().sum()), float(change.square().sum()))
    return _MadeTensor(_cut(Raw.of(codes)), lost=lost)


def _made_as_peft(job: TensorJob, changes: Sequence[tuple[ModulePart, Change]]) -> _MadeTensor:
    """Adapter after adapter in float32, one rounding each: what PEFT's merge of LoRA gives, to the bit where the same torch multiplies."""
    if any(
        part.source.expert is not None or part.source.rows is not None or part.first for part, _ in changes
    ):
        raise UnsupportedError(
            f"--rounding peft does not know how PEFT merges {job.name!r}, which lies in parts; leave it out."
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
                f"--rounding peft: the factors of {part.module!r} are {term.left.dtype} and {term.right.dtype}, which PEFT does not multiply; leave it out."
            )
        W += _as_peft(part, term, job.dtype.torch)
    terms, _ = placed_all(job, changes)
    return _MadeTensor(_cut(Raw.of(W)), terms)


def _as_peft(part: ModulePart, term: Term, dtype: torch.dtype) -> Tensor:
    """s · B @ A as PEFT multiplies it; of an embedding the other way round, and rounded to the weight's dtype before it is added."""
    scale = term.scale * part.weight
    left, right = term.tensors
    if part.by_column:
        return ((right.T.contiguous() @ left.T.contiguous()).T * scale).to(dtype)
    product = (left @ right) * scale
    return product.T if part.source.transposed else product


def _cut(whole: Raw) -> Iterator[tuple[int, Raw, None]]:
    step = max(1, STREAM_ELEMENTS // max(1, whole.bits.shape[1]))
    return ((start, whole.rows(start, start + step), None) for start in range(0, len(whole), step))


def _check_finite(job: TensorJob, start: int, block: Raw) -> None:
    """Refuse a result with a NaN or an infinity, and say whether the base had it."""
    is_touched = bool(job.parts or job.rows) or job.replaced is not None
    if not is_touched or block.is_finite:
        return
    W = job.start.viewed(job.matrix_shape).read_rows(start, start + len(block))
    row, column = map(int, block.tensor.double().isfinite().logical_not().nonzero()[0])
    if not bool(W.isfinite().all()):
        raise NumericError(
            f"{job.name!r} of {'the adapter' if job.replaced is not None else 'the base'} has a NaN or an infinity (in rows {start} to {start + len(block) - 1}). Mend the file."
        )
    raise NumericError(
        f"{job.name!r} is beyond the reach of {job.dtype} after merging (row {start + row}, column {column}). "
        "Choose a wider --dtype, or a smaller weight."
    )
