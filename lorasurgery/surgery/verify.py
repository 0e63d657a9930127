"""Verify: is MERGED what BASE and the adapters give? Tensor by tensor to the bit, and by what the models answer.

The expected bits are those that `merge` would write, in the dtype that the merged file has; they are made block by block and compared, so
that nothing is written and memory stays flat.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lorasurgery.arguments import Given, one_of
from lorasurgery.checkpoint import Checkpoint, open_checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import quantised_model
from lorasurgery.raw import Raw
from lorasurgery.surgery.answers import Answers, compare_answers, refuse_beforehand
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.merge import ROUNDINGS
from lorasurgery.surgery.merging.apply import apply
from lorasurgery.surgery.merging.merge_forecast import needs_torch, working_bytes
from lorasurgery.surgery.merging.merge_request import MergeRequest, prepare
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.text import times

REPORT_VERSION = 1


@dataclass(frozen=True)
class TensorDifference:
    """A tensor that is not as expected: how many elements differ, and by how many steps of the dtype at most (0 where its shape does)."""

    name: str
    reason: str
    elements: int
    of: int
    steps: int


@dataclass(frozen=True)
class VerifyReport:
    """`differing` tensors among `compared`; `answers` compares the models' outputs, where that was asked for."""

    merged: str
    compared: int
    differing: Sequence[TensorDifference]
    notes: Sequence[str]
    answers: Answers | None = None

    @property
    def is_exact(self) -> bool:
        return not self.differing

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"version": REPORT_VERSION, "is_exact": self.is_exact, **asdict(self)}


def verify(
    base: StrPath,
    adapters: Given | Sequence[Given],
    merged: StrPath,
    *,
    take: str | Sequence[str] = (),
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    rounding: str = "exact",
    experts_order: str | None = None,
    answers: bool = False,
    text: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Compare a merged checkpoint with what merging gives.

    Args:
        base, adapters, take, include, exclude, rounding, experts_order: as for `merge`.
        merged: the checkpoint in question, whoever wrote it.
        answers: also compare the model's outputs with those of PEFT's base + adapter, on `text` or on seeded tokens.

    Raises:
        CheckpointError, AlignmentError, UnsupportedError: see `lorasurgery.errors`.
    """
    one_of(rounding, ROUNDINGS, "rounding")
    if text is not None and not answers:
        raise UnsupportedError("text is what answers runs the models on; ask for answers too.")
    opened = open_checkpoint(merged)
    # Codes in the merged file say that they were written again.
    requantise = bool(quantised_model(opened).readable) and bool(
        quantised_model(open_checkpoint(base)).readable
    )
    asked = prepare(
        base,
        adapters,
        None,
        take,
        None,
        None,
        requantise=requantise,
        experts_order=experts_order,
        choice=NameFilter.of(include, exclude),
    )
    if answers:
        refuse_beforehand(asked, Path(opened.folder), text)
    jobs = _all_jobs(asked, opened)
    meter = Meter(sum(job.read_bytes for job in jobs.values()), progress)
    if rounding == "peft" or needs_torch(asked):
        import torch  # noqa: F401 - before the workers, who hold it to one thread
    bench = Bench(workers, working_limit(), meter)
    work = [_CompareJob(job, working_bytes(asked, job)) for job in jobs.values()]
    found = bench(work, lambda each: _compare(each.job, opened, as_peft=rounding == "peft"))
    given = None
    if answers:
        given = compare_answers(asked, Path(opened.folder), text)
    return VerifyReport(
        merged=opened.name,
        compared=len(jobs),
        differing=[each for each in found if each is not None],
        notes=[*asked.notes, *_extra(asked, opened)],
        answers=given,
    )


@dataclass(frozen=True)
class _CompareJob:
    job: TensorJob
    working_bytes: int

    @property
    def read_bytes(self) -> int:
        return self.job.read_bytes

    def advise(self) -> None:
        self.job.advise()


def _all_jobs(asked: MergeRequest, merged: Checkpoint) -> Mapping[str, TensorJob]:
    """A job for every tensor, in the dtype that the merged file has."""
    copied = {
        name: TensorJob(name, tensor, tensor.shape, tensor.dtype)
        for name, tensor in asked.base.tensors.items()
        if name not in asked.jobs
        and name not in asked.removed
        and not (name in asked.base.aliases and name not in merged.tensors)
    }
    return {
        name: _in_dtype_of(job, merged.tensors.get(name))
        for name, job in sorted({**copied, **asked.match.jobs}.items())
    }


def _in_dtype_of(job: TensorJob, tensor: LazyTensor | None) -> TensorJob:
    if tensor is None or not (tensor.dtype.is_floating_point and job.dtype.is_floating_point):
        return job
    return dataclasses.replace(job, dtype=tensor.dtype)


def _compare(job: TensorJob, merged: Checkpoint, *, as_peft: bool) -> TensorDifference | None:
    tensor = merged.tensors.get(job.name)
    size = job.nbytes // job.dtype.itemsize
    if tensor is None:
        return TensorDifference(job.name, "is not there", size, size, 0)
    if tensor.shape != job.shape:
        return TensorDifference(
            job.name, f"is {times(tensor.shape)} and should be {times(job.shape)}", size, size, 0
        )
    counted = _DifferenceCounter(tensor)
    apply(job, counted, None, as_peft=as_peft and bool(job.parts), hashed=False)
    if not counted.elements:
        return None
    return TensorDifference(job.name, "differs", counted.elements, size, counted.steps)


class _DifferenceCounter:
    """Counts in how many elements a tensor differs from blocks of what it should be, and by how many steps."""

    def __init__(self, tensor: LazyTensor) -> None:
        from lorasurgery.linalg.ulps import Differences

        self._view = tensor.viewed((tensor.numel,))
        self._whole = None if self._view.bits else self._view.raw()
        self._differences = Differences()
        self.elements = 0
        self.steps = 0

    def __call__(self, _: str, offset: int, block: Raw) -> None:
        first, found = offset // block.dtype.itemsize, self._differences
        found.clear()
        found.note(self._read(first, first + block.bits.size), block, 0)
        self.elements += found.held
        self.steps = max(self.steps, int(abs(found.steps).max(initial=0)))

    def _read(self, start: int, stop: int) -> Raw:
        return self._view.raw_rows(start, stop) if self._whole is None else self._whole.rows(start, stop)


def _extra(asked: MergeRequest, merged: Checkpoint) -> list[str]:
    extra = sorted(set(merged.tensors) - set(asked.base.tensors) - set(asked.match.jobs))
    if not extra:
        return []
    return [
        f"{len(extra)} tensors of {merged.name} are neither in the base nor in an adapter ({extra[0]!r})."
    ]
