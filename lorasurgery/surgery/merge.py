"""Merge adapters into a checkpoint: W' = round(W + Σ weightᵢ ΔWᵢ), rounded once for all adapters.

    for each tensor that changes:  read, add up in order, round once, write, record what undoes it
    all others:                    copied by the kernel

Sums have the same bits on every machine. An undo record is written with the weights, from which
`unmerge` restores the base bit for bit. Memory holds some blocks of rows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lorasurgery.arguments import Given, one_of
from lorasurgery.checkpoint import Spill, check_space, space_notes
from lorasurgery.checkpoint.rewrite import FilePlan, rewriting
from lorasurgery.errors import UnsupportedError
from lorasurgery.linalg.requantising import CODE_ROUNDINGS
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import quantised_model
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.engines.engine import on_engines
from lorasurgery.surgery.engines.resume import resumable
from lorasurgery.surgery.merging.apply import AppliedJob
from lorasurgery.surgery.merging.merge_forecast import forecast_of, load_torch_if_needed
from lorasurgery.surgery.merging.merge_report import MergeForecast, MergeReport
from lorasurgery.surgery.merging.merge_request import MergeRequest, prepare
from lorasurgery.surgery.merging.merge_writer import (
    operation_of,
    requantised,
    write_side_files,
    write_weights,
)
from lorasurgery.surgery.merging.weight_writing import WeightWriting
from lorasurgery.surgery.merging.widening import WideBlock, wide_blocks
from lorasurgery.surgery.parts.file_part import FilePart, Place
from lorasurgery.surgery.parts.file_share import FileShare
from lorasurgery.surgery.parts.fingerprint import of_adapter, of_checkpoint
from lorasurgery.surgery.parts.part_plan import in_parts
from lorasurgery.surgery.parts.partial_record import joined_jobs, kept_values, write_partial_record
from lorasurgery.surgery.parts.parts_folder import StoredPass
from lorasurgery.surgery.pipelines.merge_parts import PipelineMergePlan, plan_pipeline_merge
from lorasurgery.surgery.pipelines.pipeline_folder import pipeline_of
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.undo.merge_operation import MergeOperation
from lorasurgery.surgery.workers import Progress

# The last three are for weights that are quantised again.
ROUNDINGS = ("exact", "peft", *CODE_ROUNDINGS)


@dataclass(frozen=True)
class MergePlan:
    """A merge that was checked against the headers of its inputs, and not begun."""

    request: MergeRequest
    rounding: str = "exact"
    undo: bool = True
    workers: int | None = None
    force: bool = False
    progress: Progress | None = None

    def __repr__(self) -> str:
        """Return one line, since the request holds every tensor of the base."""
        adapters = ", ".join(f"{each.name}:{each.weight:g}" for each in self.request.adapters)
        return f"<MergePlan: {adapters} into {self.request.base.name}, {self.request.target}>"

    @property
    def paths(self) -> list[str]:
        """Return the modules that the adapters change, by the base's names."""
        return self.request.paths

    def wide_blocks(self) -> list[WideBlock]:
        """Return what of a quantised base could be written in 16 bits."""
        codes = [each for each in self.request.jobs.values() if each.requantise is not None]
        jobs = {each.requantise.weight: each for each in codes if each.requantise is not None}
        return wide_blocks(jobs, quantised_model(self.request.base))

    def at(self, target: Path) -> MergePlan:
        """Return the same merge with its output elsewhere."""
        return dataclasses.replace(self, request=dataclasses.replace(self.request, target=target))

    def forecast(self) -> MergeForecast:
        """Return what `run` would write; some rows of each tensor that changes are read."""
        foreseen = self.foreseen
        notes = [*foreseen.notes, *space_notes(self.request.target, foreseen.nbytes)]
        return dataclasses.replace(foreseen, notes=notes)

    @cached_property
    def foreseen(self) -> MergeForecast:
        """What `run` would write, whether or not the disk can hold it."""
        return forecast_of(self.request, self.workers, as_peft=self._as_peft)

    @property
    def _as_peft(self) -> bool:
        return self.rounding == "peft"

    def run(self, progress: Progress | None = None) -> MergeReport:
        """Write the merged model."""
        request = self.request
        load_torch_if_needed(request, as_peft=self._as_peft)
        forecast = self.foreseen
        shown = self.progress if progress is None else progress
        with request.output(undo=self.undo, force=self.force).opened() as output:
            check_space(request.target, forecast.nbytes)
            with rewriting(output.folder, request.files.plans, hashed=self.undo) as writer:
                # Before the weights: a file that is flushed later waits for all that they have left
                # to the disk.
                write_side_files(request, output.folder)
                spill = Spill(output.record) if self.undo else None
                applied = write_weights(request, writer, spill, self.workers, shown, as_peft=self._as_peft)
                operation = self._recorded(applied, output.record)
            request.base.check_unchanged()
        return self._report(applied, operation)

    def _recorded(self, applied: Sequence[AppliedJob], folder: Path) -> MergeOperation | None:
        """Write the undo record, if there is to be one."""
        if not self.undo:
            return None
        operation = operation_of(self.request, applied)
        self.request.record.with_operation(operation).write(folder)
        return operation

    def _report(self, applied: Sequence[AppliedJob], operation: MergeOperation | None) -> MergeReport:
        moved = requantised(self.request, applied)
        if operation is None:
            return MergeReport(self.foreseen, None, None, moved)
        return MergeReport(self.foreseen, operation.correction_bytes, operation.factor_bytes, moved)

    # What parts of a merge need (see `parts/file_part.py`).

    @property
    def place_of_output(self) -> Path:
        return self.request.target

    @property
    def all_inputs(self) -> tuple[Path, ...]:
        return self.request.inputs

    @property
    def planned_files(self) -> tuple[FilePlan, ...]:
        return self.request.files.plans

    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprint of the base and of each adapter."""
        found = of_checkpoint("base", self.request.base)
        for each in self.request.adapters:
            found |= of_adapter(f"adapter {each.name}", each.adapter)
        return found

    def write_share(
        self, share: FileShare, folder: Path, progress: Progress | None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Write a share of the files, and the part of the undo record that belongs to it."""
        request = self.request
        load_torch_if_needed(request, as_peft=self._as_peft)
        with rewriting(folder, share.plans, hashed=True) as writer:
            spill = Spill(folder) if self.undo else None
            applied = write_weights(
                request, writer, spill, self.workers, progress, as_peft=self._as_peft, only=share.names
            )
        if self.undo:
            write_partial_record(applied, folder)
        request.base.check_unchanged()
        return {each.name: str(each.merged_hash) for each in applied}, kept_values(applied)

    def join(self, place: Place, passes: Sequence[StoredPass]) -> MergeReport:
        """Write the merged model out of all parts."""
        request = self.request
        load_torch_if_needed(request, as_peft=self._as_peft)
        applied = joined_jobs(passes, undo=self.undo)
        with request.output(undo=self.undo, force=self.force).opened() as output:
            place(output.folder)
            write_side_files(request, output.folder)
            operation = self._recorded(applied, output.record)
            request.base.check_unchanged()
        return self._report(applied, operation)


@on_engines("merge")
@resumable("merge")
@in_parts("merge", FilePart)
def plan_merge(
    base: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    take: str | Sequence[str] = (),
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    component: str | Sequence[str] = (),
    weight: str | Sequence[str] = (),
    rounding: str = "exact",
    dtype: str | None = None,
    max_shard_size: int | str | None = None,
    requantise: bool = False,
    size: int | str | None = None,
    base_as: str | None = None,
    experts_order: str | None = None,
    undo: bool = True,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> MergePlan | PipelineMergePlan:
    """Plan the merge of adapters into `base`; only headers and factors are read.

    Args:
        base: a checkpoint: file, folder or Hub name; or the folder of a pipeline of diffusers, each
            of whose models gets the modules that are for it.
        adapters: one or several, each a folder or Hub name, with a weight after a colon or in a
            pair where that is not 1: `style:0.7`, `("style", 0.7)`.
        output: the merged model's folder, or file where the base is a GGUF file; by default made
            from all names (`base-with-style`).
        take: `PATTERN=ADAPTER`: which adapter supplies a part (a head, rows of tokens, a module
            that DoRA changes) that cannot be added up.
        include, exclude: globs over the adapters' modules (`*.q_proj`); what they leave out need
            not be in the base.
        component: which models of a pipeline are meant, by the names of their folders: `"unet"`.
        weight: `PATTERN=NUMBER`, a factor for the modules that match (`double_blocks.*=0.6`), times the
            adapter's weight; the last that matches counts.
        rounding: `exact`, the sum rounded once; `peft`, bit for bit what PEFT's merge of LoRA gives
            with this torch. With `requantise`: `exact` and `feedback` keep errors orthogonal to what ΔW
            reads (in narrow matrices they are `stochastic`), `stochastic` is unbiased and the same at
            every run, `nearest` is for comparison.
        dtype: of all weights of the output; by default each keeps its own.
        max_shard_size: in bytes or as `"5GB"`, to write new shards; by default the shards are those
            of the base.
        requantise: keep quantised weights quantised, under the base's own scales; by default they
            become bfloat16.
        size: with `requantise`, the largest size of all weights, in bytes or as `"5GB"`: within it,
            blocks of weights that would lose most are written in 16 bits.
        base_as: `nf4`, `nf4-double`, `fp4`, `fp4-double` or `int8`: merge into the base, which is in
            16 bits, as bitsandbytes quantised it when the adapters were trained (QLoRA).
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused
            experts; by default as the file says.
        undo: write the record by which `unmerge` restores the base.
        workers: tensors at a time; by default one for each core. The bytes written do not depend on
            it.
        force: replace an output of an earlier run.
        part: `"3/8"`: do this share of the work alone, into `OUTPUT.parts`; see `assemble`.
        resume: keep what is finished in `OUTPUT.parts`, and go on from there if an earlier run broke off.
        engine: a Ray cluster that does the work: `ray` or `ray://HOST:PORT`.
        progress: called with the bytes done so far and in all; True draws a bar.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError,
            NothingToDoError: see `lorasurgery.errors`.
    """
    check_rounding(rounding, requantise=requantise, base_as=base_as)
    of_codes = requantised_rounding(rounding) if requantise else None
    reading = AdapterReading.of(None, experts_order, include, exclude, weight)
    if size is not None and not requantise:
        raise UnsupportedError(
            "--size spends bytes on weights that --requantise would round most; give both, or neither."
        )
    writing = WeightWriting.of(dtype, max_shard_size, requantise=of_codes, base_as=base_as, size=size)
    if (pipeline := pipeline_of(base, component)) is not None:

        def plan_one(
            folder: Path, given: Sequence[Given], of_part: AdapterReading, as_written: WeightWriting
        ) -> MergePlan:
            request = prepare(folder, given, take=take, reading=of_part, writing=as_written)
            return MergePlan(request, rounding, undo, workers)

        return plan_pipeline_merge(pipeline, adapters, output, reading, writing, plan_one, force, progress)
    request = prepare(base, adapters, output, take=take, reading=reading, writing=writing)
    request.output(undo=undo, force=force).check()
    return MergePlan(request, rounding, undo, workers, force, progress)


def check_rounding(rounding: str, *, requantise: bool = False, base_as: str | None = None) -> None:
    """Refuse a rounding that there is not, or that does not go with `requantise` or `base_as`."""
    one_of(rounding, ROUNDINGS, "rounding")
    if rounding == "peft" and requantise:
        raise UnsupportedError(
            "--rounding peft reproduces PEFT, which rounds to the nearest code under new scales; choose "
            "it or --requantise."
        )
    if rounding in CODE_ROUNDINGS and not requantise:
        raise UnsupportedError(
            f"--rounding {rounding} chooses codes of quantised weights; give --requantise as well."
        )
    if rounding == "peft" and base_as is not None:
        raise UnsupportedError(
            "--rounding peft reproduces PEFT's merge into the base as it is stored; choose it or --base-as."
        )


def requantised_rounding(rounding: str) -> str:
    """Return the rule by which codes are chosen: error feedback, if no other is named."""
    return rounding if rounding in CODE_ROUNDINGS else CODE_ROUNDINGS[0]


merge = at_once(plan_merge, "merge", "Write the model that `base` becomes with the adapters merged into it.")
