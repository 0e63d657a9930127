"""Check that a merged checkpoint is what its base and adapters give, bit for bit and by its answers.

The expected bits are those that `merge` would write, in the dtype of the merged file. They are
computed and compared block by block, so that nothing is written and memory stays flat.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from lorasurgery.arguments import Given
from lorasurgery.checkpoint import Checkpoint, open_checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.requantising import CODE_ROUNDINGS
from lorasurgery.paths import StrPath, expanded
from lorasurgery.quantisation import quantised_model
from lorasurgery.reports import Report
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.answers import Answers, compare_answers, refuse_beforehand
from lorasurgery.surgery.base.weights import is_same
from lorasurgery.surgery.merge import check_rounding, requantised_rounding
from lorasurgery.surgery.merging.carry_out import carry_out
from lorasurgery.surgery.merging.merge_forecast import load_torch_if_needed, working_bytes
from lorasurgery.surgery.merging.merge_request import MergeRequest, prepare
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.surgery.merging.weight_writing import WeightWriting
from lorasurgery.surgery.pipelines.merge_parts import given_by_part
from lorasurgery.surgery.pipelines.pipeline_folder import Pipeline, pipeline_of
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.text import times

REPORT_VERSION = 1


@dataclass(frozen=True)
class TensorDifference:
    """A tensor that is not as expected.

    `elements` of the tensor's `of` differ, by at most `steps` ulps (0 where the shape differs).
    """

    name: str
    reason: str
    elements: int
    of: int
    steps: int


@dataclass(frozen=True, repr=False)
class VerifyReport(Report):
    """How a merged checkpoint compares with what merging gives.

    `differing` are those of the `compared` tensors that differ; `answers` compares the models'
    outputs, if asked for.
    """

    ROWS: ClassVar[str] = "differing"

    merged: str
    compared: int
    differing: Sequence[TensorDifference]
    notes: Sequence[str]
    answers: Answers | None = None

    @property
    def summary(self) -> str:
        """How many tensors differ, in one line."""
        return f"{self.compared} tensors compared, {len(self.differing)} differ, {self.merged}"

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
    component: str | Sequence[str] = (),
    weight: str | Sequence[str] = (),
    rounding: str = "exact",
    base_as: str | None = None,
    experts_order: str | None = None,
    answers: bool = False,
    text: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Compare a merged checkpoint with what merging gives.

    Args:
        base, adapters, take, include, exclude, component, weight, rounding, base_as, experts_order: as
            for `merge`.
        merged: the checkpoint or the pipeline to check, whoever wrote it.
        answers: also compare the model's outputs with those of PEFT's base + adapter.
        text: what the models are given; by default seeded tokens.
        workers: tensors at a time; by default one for each core.
        progress: called with the bytes read so far and in all; True draws a bar.

    Raises:
        CheckpointError, AlignmentError, UnsupportedError: see `lorasurgery.errors`.
    """
    check_rounding(rounding, requantise=rounding in CODE_ROUNDINGS, base_as=base_as)
    if answers and base_as is not None:
        raise UnsupportedError(
            "--answers runs the adapter on the base as it is stored, not as --base-as quantises it; leave "
            "one of them out."
        )
    if text is not None and not answers:
        raise UnsupportedError("text is what answers runs the models on; ask for answers too.")
    reading = AdapterReading.of(None, experts_order, include, exclude, weight)
    opening = partial(_opened, take=take, rounding=rounding, base_as=base_as)
    work = partial(_compared, as_peft=rounding == "peft", workers=workers, progress=progress)
    if (pipeline := pipeline_of(base, component)) is None:
        request, opened = opening(base, adapters, merged, reading)
        _refuse(request, opened, text, answers=answers)
        report = work(request, opened)
        compared = compare_answers(request, Path(opened.folder), text) if answers else None
        return dataclasses.replace(report, answers=compared)
    if answers:
        raise UnsupportedError("answers compares the logits of language models, and a pipeline has none.")
    parts = given_by_part(pipeline, adapters, reading)
    requests = {
        part: opening(pipeline.folder / part, given, expanded(merged) / part, part_reading)
        for part, (given, part_reading) in parts.items()
    }
    reading.blocks.check_parts({part: request.paths for part, (request, _) in requests.items()})
    reports = {part: work(*each) for part, each in requests.items()}
    return _of_pipeline(pipeline, os.fspath(merged), reports)


def _opened(
    base: StrPath,
    adapters: Given | Sequence[Given],
    merged: StrPath,
    reading: AdapterReading,
    *,
    take: str | Sequence[str],
    rounding: str,
    base_as: str | None,
) -> tuple[MergeRequest, Checkpoint]:
    opened = open_checkpoint(merged)
    # Quantised weights in the merged files say that they were quantised again.
    is_requantised = _is_requantised(opened, open_checkpoint(base))
    requantise = requantised_rounding(rounding) if is_requantised else None
    writing = WeightWriting(requantise=requantise, base_as=base_as)
    return prepare(base, adapters, take=take, reading=reading, writing=writing), opened


def _compared(
    request: MergeRequest,
    merged: Checkpoint,
    *,
    as_peft: bool,
    workers: int | None,
    progress: Progress | None,
) -> VerifyReport:
    """Compare every tensor of a merged checkpoint with what merging gives."""
    jobs = [_CompareJob(job, working_bytes(request, job)) for job in _expected_jobs(request, merged).values()]
    meter = Meter(sum(job.read_bytes for job in jobs), progress)
    load_torch_if_needed(request, as_peft=as_peft)
    bench = Bench(workers, working_limit(), meter)
    differences = bench(jobs, lambda each: _compare(each.job, merged, as_peft=as_peft))
    return VerifyReport(
        merged=merged.name,
        compared=len(jobs),
        differing=[each for each in differences if each is not None],
        notes=[*request.notes, *_extra(request, merged)],
    )


def _unchanged(base: Path, merged: Path) -> VerifyReport:
    """Compare a model of a pipeline that no adapter is for with the base's."""
    wanted, there = open_checkpoint(base).tensors, open_checkpoint(merged).tensors
    differing = [
        TensorDifference(name, "differs" if name in there else "is not there", tensor.numel, tensor.numel, 0)
        for name, tensor in wanted.items()
        if name not in there or not is_same(tensor, there[name])
    ]
    return VerifyReport(merged=str(merged), compared=len(wanted), differing=differing, notes=())


def _of_pipeline(pipeline: Pipeline, merged: str, of_parts: Mapping[str, VerifyReport]) -> VerifyReport:
    """Make one report of a pipeline's models; those that no adapter is for are to be unchanged."""
    folder = expanded(merged)
    unchanged = {
        part: _unchanged(pipeline.folder / part, folder / part)
        for part in pipeline.parts
        if part not in of_parts
    }
    reports = {**of_parts, **unchanged}
    return VerifyReport(
        merged=merged,
        compared=sum(each.compared for each in reports.values()),
        differing=[
            dataclasses.replace(one, name=f"{part}/{one.name}")
            for part, each in reports.items()
            for one in each.differing
        ],
        notes=[f"{part}: {note}" for part, each in reports.items() for note in each.notes],
    )


def _refuse(request: MergeRequest, merged: Checkpoint, text: str | None, *, answers: bool) -> None:
    """Refuse a GGUF file beside another layout, whose bits differ, and what answers cannot be compared of."""
    base = request.base
    if (base.gguf is None) != (merged.gguf is None):
        which = base.name if base.gguf is not None else merged.name
        raise UnsupportedError(
            f"{which} is a GGUF file and the other is not: what is merged has the base's own layout."
        )
    if answers and base.gguf is not None:
        raise UnsupportedError(f"--answers runs models in transformers, and {base.name} is a GGUF file.")
    if answers:
        refuse_beforehand(request, Path(merged.folder), text)


def _is_requantised(merged: Checkpoint, base: Checkpoint) -> bool:
    """Whether a merge left quantised what was: all of a GGUF file's tensors, or some of other weights."""
    if merged.gguf is None or base.gguf is None:
        return _is_quantised(merged) and _is_quantised(base)
    kinds = [{each.name: each.kind for each in file.tensors} for file in (merged.gguf, base.gguf)]
    return kinds[0] == kinds[1] and not all(each.is_plain for each in base.gguf.tensors)


def _is_quantised(checkpoint: Checkpoint) -> bool:
    return any(each.encoding for each in quantised_model(checkpoint).readable.values())


@dataclass(frozen=True)
class _CompareJob:
    job: TensorJob
    working_bytes: int

    @property
    def read_bytes(self) -> int:
        return self.job.read_bytes

    def advise(self) -> None:
        self.job.advise()


def _expected_jobs(request: MergeRequest, merged: Checkpoint) -> Mapping[str, TensorJob]:
    """Return a job for every tensor, in the dtype of the merged file."""
    copied = {
        name: TensorJob(name, tensor, tensor.shape, tensor.dtype)
        for name, tensor in request.base.tensors.items()
        if name not in request.jobs
        and name not in request.removed
        and not (name in request.base.aliases and name not in merged.tensors)
    }
    return {
        name: _corrected(_in_dtype_of(job, merged.tensors.get(name)), request)
        for name, job in sorted({**copied, **request.match.jobs}.items())
    }


def _corrected(job: TensorJob, request: MergeRequest) -> TensorJob:
    """Expect of a recovered adapter what `merge` makes of it in the base's dtype, exceptions and all."""
    own = request.jobs.get(job.name)
    if own is None or own.exceptions is None or own.dtype is not job.dtype:
        return job
    return dataclasses.replace(job, exceptions=own.exceptions)


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
    counter = _DifferenceCounter(tensor)
    carry_out(job, counter, None, as_peft=as_peft and bool(job.parts), hashed=False)
    if not counter.elements:
        return None
    return TensorDifference(job.name, "differs", counter.elements, size, counter.steps)


class _DifferenceCounter:
    """Counts the elements in which a tensor differs from the expected blocks, and the ulps at most."""

    def __init__(self, tensor: LazyTensor) -> None:
        from lorasurgery.linalg.ulps import Differences

        self._view = tensor.viewed((tensor.numel,))
        self._whole = None if self._view.bits else self._view.raw()
        self._differences = Differences()
        self.elements = 0
        self.steps = 0

    def __call__(self, _: str, offset: int, block: StoredArray) -> None:
        first, differences = offset // block.dtype.itemsize, self._differences
        differences.clear()
        differences.note(self._read(first, first + block.bits.size), block, 0)
        self.elements += differences.held
        self.steps = max(self.steps, int(abs(differences.steps).max(initial=0)))

    def _read(self, start: int, stop: int) -> StoredArray:
        return self._view.raw_rows(start, stop) if self._whole is None else self._whole.rows(start, stop)


def _extra(request: MergeRequest, merged: Checkpoint) -> list[str]:
    extra = sorted(set(merged.tensors) - set(request.base.tensors) - set(request.match.jobs))
    if not extra:
        return []
    return [
        f"{len(extra)} tensors of {merged.name} are neither in the base nor in an adapter ({extra[0]!r})."
    ]
