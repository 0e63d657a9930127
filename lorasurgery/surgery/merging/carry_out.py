"""Carry out a job of a merge, whether its tensor holds numbers or codes that stay quantised."""

from __future__ import annotations

from lorasurgery.checkpoint import Spill
from lorasurgery.surgery.merging.apply import AppliedJob, Write, apply
from lorasurgery.surgery.merging.requantise import requantise
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.surgery.undo.tensor_undo import UndoRecorder


def carry_out(
    job: TensorJob, write: Write, spill: Spill | None, *, as_peft: bool = False, hashed: bool = True
) -> AppliedJob:
    """Compute a job's tensor and write it; arguments as for `apply`.

    Args:
        spill: takes what undoes the job, None where nothing is recorded.
    """
    if job.requantise is not None:
        moved = requantise(job, job.requantise, write, spill, hashed=hashed)
        return AppliedJob(job.name, moved.merged_hash, moved.undo, moved.kept)
    undo = None
    if spill is not None and job.base is not None:
        is_replaced = job.replaced is not None
        undo = UndoRecorder(job.base, job.shape, job.matrix_shape, spill, is_replaced=is_replaced)
    return apply(job, write, undo, as_peft=as_peft, hashed=hashed)
