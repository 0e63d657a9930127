"""Write a merged model: its weights in blocks of rows, its side files, and the undo record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lorasurgery.checkpoint import Spill, write_text
from lorasurgery.checkpoint.digest import digest
from lorasurgery.checkpoint.modes import narrow_as
from lorasurgery.checkpoint.rewrite import Rewriter
from lorasurgery.checkpoint.side_files import copy_side_files
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.merging.apply import AppliedJob
from lorasurgery.surgery.merging.carry_out import carry_out
from lorasurgery.surgery.merging.config import changed_text
from lorasurgery.surgery.merging.layout import base_headers, index_files
from lorasurgery.surgery.merging.merge_forecast import working_bytes
from lorasurgery.surgery.merging.merge_report import RequantisedTensor
from lorasurgery.surgery.merging.merge_request import MergeRequest
from lorasurgery.surgery.merging.tensor_job import TensorJob, as_matrix
from lorasurgery.surgery.undo.merge_operation import MergeOperation
from lorasurgery.surgery.undo.tensor_undo import TensorUndo
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit


@dataclass(frozen=True)
class WriteJob:
    """One tensor of the output: computed by its job, or, without one, hashed, and written where the
    writer leaves that to whoever reads it.
    """

    name: str
    tensor: LazyTensor
    job: TensorJob | None
    working_bytes: int

    @property
    def read_bytes(self) -> int:
        return self.job.read_bytes if self.job else self.tensor.nbytes

    def advise(self) -> None:
        if self.tensor.advise:
            self.tensor.advise()


def write_weights(
    request: MergeRequest,
    writer: Rewriter,
    spill: Spill | None,
    workers: int | None,
    progress: Progress | None,
    *,
    as_peft: bool,
    only: frozenset[str] | None = None,
) -> list[AppliedJob]:
    """Write every tensor, several at a time, and return what is known of each, in the order of names.

    Args:
        spill: takes what undoes the merge; None where no record is written.
        as_peft: round sums as PEFT rounds them.
        only: the tensors that are written, all of which are hashed; None for all tensors.
    """
    is_hashed = spill is not None or only is not None
    jobs = [
        each
        for each in _write_jobs(request, as_peft=as_peft, with_copied=is_hashed)
        if only is None or each.name in only
    ]
    bench = Bench(workers, working_limit(), Meter(sum(each.read_bytes for each in jobs), progress))

    def write(each: WriteJob) -> AppliedJob:
        if each.job is None:
            copy = partial(writer.write, each.name) if writer.leaves(each.name) else None
            return AppliedJob(each.name, digest(each.tensor, copy), None)
        of_base = spill if each.name in request.base.tensors else None
        return carry_out(each.job, writer.write, of_base, as_peft=as_peft, hashed=is_hashed)

    return sorted(bench(jobs, write), key=lambda each: each.name)


def _write_jobs(request: MergeRequest, *, as_peft: bool, with_copied: bool) -> list[WriteJob]:
    """Return a job for every tensor that changes, and, for their hashes, for those that are copied."""
    jobs = [
        WriteJob(name, job.start, job, working_bytes(request, job, as_peft=as_peft))
        for name, job in request.jobs.items()
    ]
    if not with_copied:
        return jobs
    copied = [name for plan in request.files.plans for name in plan.copied]
    return jobs + [WriteJob(name, request.base.tensors[name], None, 4 * STREAM_ELEMENTS) for name in copied]


def operation_of(request: MergeRequest, applied: Sequence[AppliedJob]) -> MergeOperation:
    """Gather what undoes a merge whose weights are written."""
    folder = request.base.folder
    side: dict[str, str | None] = {name: _text(folder / name) for name in request.side_texts}
    if request.fields:
        side["config.json"] = _text(folder / "config.json")
    return MergeOperation(
        base=request.base.name,
        adapters=tuple(f"{each.name}:{each.weight:g}" for each in request.adapters),
        tensors={
            **{each.name: each.undo for each in applied if each.undo is not None},
            **{name: _undo_of_removed(name, request) for name in request.removed},
        },
        hashes={each.name: each.merged_hash for each in applied if each.merged_hash is not None},
        new=tuple(name for name in request.jobs if name not in request.base.tensors),
        headers=base_headers(request.base),
        side_files={**side, **_index_texts(request)},
        sizes=_sizes(request),
    )


def _sizes(request: MergeRequest) -> Mapping[str, int]:
    """Return the sizes of the base's files, where these may go on after the last tensor."""
    base = request.base
    return {file.name: base.stamps[file].nbytes for file in base.files} if base.gguf is not None else {}


def _undo_of_removed(name: str, request: MergeRequest) -> TensorUndo:
    """Return what restores a tensor that the output has not, or has another one for, as for a
    packed weight: itself.
    """
    tensor, job = request.base.tensors[name], request.jobs.get(name)
    merged_shape = as_matrix(tensor.shape if job is None else job.shape)
    return TensorUndo(tensor.shape, tensor.dtype, digest(tensor), merged_shape, kept=tensor)


def _index_texts(request: MergeRequest) -> Mapping[str, str | None]:
    """Return the text of the base's index, and None for an index that only the output has."""
    old = {path.name: _text(path) for path in index_files(request.base)}
    return {**dict.fromkeys(request.files.index), **old}


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def write_side_files(request: MergeRequest, partial: Path) -> None:
    """Copy the files of the base's folder that are not weights, and write those that say something new."""
    folder = request.base.folder
    copy_side_files(folder, request.side_files, partial)
    for name, text in [*request.files.index.items(), *request.side_texts.items()]:
        if text is not None:
            write_text(partial / name, text)
    config = folder / "config.json"
    if request.base.config and request.fields:
        write_text(partial / "config.json", changed_text(_text(config), request.fields))
        narrow_as(partial / "config.json", config)
    elif request.base.config:
        copy_side_files(folder, [Path("config.json")], partial)


def requantised(request: MergeRequest, applied: Sequence[AppliedJob]) -> tuple[RequantisedTensor, ...]:
    """Return what became of ΔW in each weight that was quantised again."""
    found = []
    for each in applied:
        wanted = request.jobs[each.name].requantise if each.name in request.jobs else None
        if wanted is not None and each.kept is not None:
            found.append(RequantisedTensor(wanted.weight, each.kept))
    return tuple(found)
