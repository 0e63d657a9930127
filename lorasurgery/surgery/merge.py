"""Merge: W' = round(W + Σ weightᵢ ΔWᵢ), one rounding for any number of adapters; sums have the same bits on every machine.

    for each tensor that changes:  read, add up in order, round once, write, note what undoes it
    all others:                    copied by the kernel

Beside the merged weights lies an undo record, from which `unmerge` gives the base back to the bit. Memory holds some blocks of rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.arguments import Given, one_of
from lorasurgery.checkpoint import Spill, check_output, check_space, output_folder, write_text
from lorasurgery.checkpoint.digest import digest
from lorasurgery.checkpoint.modes import narrow_as
from lorasurgery.checkpoint.rewrite import Rewriter, rewriting
from lorasurgery.checkpoint.side_files import copy_side_files
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.merging.apply import AppliedJob, apply
from lorasurgery.surgery.merging.config import changed_text
from lorasurgery.surgery.merging.layout import base_headers
from lorasurgery.surgery.merging.merge_forecast import forecast, needs_torch, working_bytes
from lorasurgery.surgery.merging.merge_report import MergePlan, MergeReport
from lorasurgery.surgery.merging.merge_request import MergeRequest, prepare
from lorasurgery.surgery.merging.tensor_job import TensorJob, as_matrix
from lorasurgery.surgery.undo.merge_operation import MergeOperation
from lorasurgery.surgery.undo.tensor_undo import TensorUndo, UndoRecorder
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit

ROUNDINGS = ("exact", "peft")


def merge(
    base: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    take: str | Sequence[str] = (),
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    rounding: str = "exact",
    dtype: str | None = None,
    max_shard_size: int | str | None = None,
    requantise: bool = False,
    experts_order: str | None = None,
    undo: bool = True,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
    announce: Callable[[MergePlan], None] | None = None,
) -> MergeReport:
    """Write the model that `base` becomes with the adapters merged into it.

    Args:
        base: a checkpoint: file, folder or Hub name.
        adapters: one or several, each a folder or Hub name, with a weight after a colon or in a pair where that is not 1: `style:0.7`, `("style", 0.7)`.
        output: the merged model's folder; by default made from all names (`base-with-style`).
        take: `PATTERN=ADAPTER`: which adapter has a part (a head, rows of tokens, a module that DoRA changes) that cannot be added up.
        include, exclude: globs over the adapters' modules (`*.q_proj`); what they leave out need not be in the base.
        rounding: `exact`, the sum rounded once; or `peft`, bit for bit what PEFT's merge of LoRA gives with this torch.
        dtype: of all weights of the output; by default each keeps its own.
        max_shard_size: in bytes or as `"5GB"`, to lay the weights out anew; by default they lie as in the base.
        requantise: write weights that are 8-bit codes with scales as such again; by default they become bfloat16.
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused experts; by default as the file says.
        undo: keep a record by which `unmerge` gives the base back.
        workers: tensors side by side; by default one for each core. The bytes written do not depend on it.
        force: replace an output of an earlier run.
        progress: called with the bytes done so far and in all.
        announce: called with what will be done, before anything is written.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError, NothingToDoError: see `lorasurgery.errors`.
    """
    _check_rounding(rounding, requantise=requantise)
    asked = prepare(
        base,
        adapters,
        output,
        take,
        dtype,
        max_shard_size,
        requantise=requantise,
        experts_order=experts_order,
        choice=NameFilter.of(include, exclude),
    )
    if rounding == "peft" or needs_torch(asked):
        import torch  # noqa: F401 - before the workers, who hold it to one thread
    plan = forecast(asked, workers, as_peft=rounding == "peft")
    with output_folder(asked.target, asked.inputs, force=force) as partial:
        check_space(asked.target, plan.nbytes)
        if announce:
            announce(plan)
        with rewriting(partial, asked.files.plans) as writer:
            # Before the weights: beside them, every file that is brought to the disk waits for what they have left to it.
            _write_side_files(asked, partial)
            done = _write_weights(asked, writer, Spill(partial), workers, progress, rounding, undo=undo)
            operation = _operation(asked, done) if undo else None
            if operation is not None:
                asked.record.with_operation(operation).write(partial)
        asked.base.check_unchanged()
    if operation is None:
        return MergeReport(plan, None, None, _lost(done))
    return MergeReport(plan, operation.correction_bytes, operation.factor_bytes, _lost(done))


def _lost(done: Sequence[AppliedJob]) -> float | None:
    lost = [each.lost for each in done if each.lost is not None]
    change = sum(each.change for each in lost)
    return math.sqrt(sum(each.error for each in lost) / change) if change else None


def plan_merge(
    base: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    take: str | Sequence[str] = (),
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    rounding: str = "exact",
    dtype: str | None = None,
    max_shard_size: int | str | None = None,
    requantise: bool = False,
    experts_order: str | None = None,
    workers: int | None = None,
    force: bool = False,
) -> MergePlan:
    """Say what `merge` would do. Arguments and errors are its own."""
    _check_rounding(rounding, requantise=requantise)
    asked = prepare(
        base,
        adapters,
        output,
        take,
        dtype,
        max_shard_size,
        requantise=requantise,
        experts_order=experts_order,
        choice=NameFilter.of(include, exclude),
    )
    check_output(asked.target, asked.inputs, force=force)
    return forecast(asked, workers, as_peft=rounding == "peft")


def _check_rounding(rounding: str, *, requantise: bool) -> None:
    one_of(rounding, ROUNDINGS, "rounding")
    if rounding == "peft" and requantise:
        raise UnsupportedError(
            "--rounding peft is PEFT's own, which knows no 8-bit codes; choose it or --requantise."
        )


@dataclass(frozen=True)
class _WriteJob:
    """A job on the bench, or, without one, a tensor that is copied and only hashed."""

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


def _write_weights(
    asked: MergeRequest,
    writer: Rewriter,
    spill: Spill,
    workers: int | None,
    progress: Progress | None,
    rounding: str,
    *,
    undo: bool,
) -> list[AppliedJob]:
    """Write all weights; what is known of each tensor then, in the order of names."""
    work = [
        _WriteJob(name, job.start, job, working_bytes(asked, job, as_peft=rounding == "peft"))
        for name, job in asked.jobs.items()
    ]
    if undo:
        copied = [name for plan in asked.files.plans for name in plan.copied]
        work += [_WriteJob(name, asked.base.tensors[name], None, 4 * STREAM_ELEMENTS) for name in copied]
    bench = Bench(workers, working_limit(), Meter(sum(each.read_bytes for each in work), progress))

    def recorder(job: TensorJob) -> UndoRecorder:
        assert job.base is not None, "a new tensor needs no recorder"
        is_replaced = job.replaced is not None
        return UndoRecorder(job.base, job.shape, job.matrix_shape, spill, is_replaced=is_replaced)

    def do(each: _WriteJob) -> AppliedJob:
        if each.job is None:
            return AppliedJob(each.name, digest(each.tensor), None)
        needed = recorder if undo and each.job.base is not None and each.name in asked.base.tensors else None
        return apply(each.job, writer.write, needed, as_peft=rounding == "peft", hashed=undo)

    return sorted(bench(work, do), key=lambda each: each.name)


def _operation(asked: MergeRequest, done: Sequence[AppliedJob]) -> MergeOperation:
    config = asked.base.folder / "config.json"
    side: dict[str, str | None] = {
        name: (asked.base.folder / name).read_bytes().decode("utf-8") for name in asked.side_texts
    }
    if asked.fields:
        side["config.json"] = config.read_bytes().decode("utf-8")
    return MergeOperation(
        base=asked.base.name,
        adapters=tuple(f"{each.name}:{each.weight:g}" for each in asked.adapters),
        tensors={
            **{each.name: each.undo for each in done if each.undo is not None},
            **{name: _kept(asked.base.tensors[name]) for name in asked.removed},
        },
        hashes={each.name: each.merged_hash for each in done if each.merged_hash is not None},
        new=tuple(name for name in asked.jobs if name not in asked.base.tensors),
        headers=base_headers(asked.base),
        side_files={**side, **_index_texts(asked)},
    )


def _kept(tensor: LazyTensor) -> TensorUndo:
    """What brings a tensor back that is in no file of the output."""
    return TensorUndo(tensor.shape, tensor.dtype, digest(tensor), as_matrix(tensor.shape), kept=tensor)


def _index_texts(asked: MergeRequest) -> Mapping[str, str | None]:
    """The text of the base's index, and None for one that only the output has."""
    from lorasurgery.surgery.merging.layout import index_files

    old = {path.name: path.read_bytes().decode("utf-8") for path in index_files(asked.base)}
    return {**dict.fromkeys(asked.files.index), **old}


def _write_side_files(asked: MergeRequest, partial: Path) -> None:
    folder = asked.base.folder
    copy_side_files(folder, asked.side_files, partial)
    for name, text in [*asked.files.index.items(), *asked.side_texts.items()]:
        if text is not None:
            write_text(partial / name, text)
    config = folder / "config.json"
    if asked.base.config and asked.fields:
        write_text(partial / "config.json", changed_text(config.read_bytes().decode("utf-8"), asked.fields))
        narrow_as(partial / "config.json", config)
    elif asked.base.config:
        copy_side_files(folder, [Path("config.json")], partial)
