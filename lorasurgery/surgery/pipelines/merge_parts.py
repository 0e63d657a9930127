"""Merge adapters into a pipeline: each of its models gets the modules that are for it.

One file may have modules for the UNet and for both text encoders. Each model is merged as it would
be alone, with an undo record in its own folder; the output is the whole pipeline.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

from lorasurgery.arguments import Given, adapters_of, split_weight
from lorasurgery.checkpoint import check_output, check_space, output_folder, space_notes
from lorasurgery.errors import AlignmentError, NothingToDoError
from lorasurgery.formats._image.pipeline import component_of
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.merging.merge_report import MergeForecast, MergeReport
from lorasurgery.surgery.merging.weight_writing import WeightWriting
from lorasurgery.surgery.merging.widening import WideBlock
from lorasurgery.surgery.output.default_name import adapter_stem
from lorasurgery.surgery.output.target import folder_target
from lorasurgery.surgery.pipelines.part_writing import sizes, writing_by_part
from lorasurgery.surgery.pipelines.pipeline_folder import Pipeline, write_merges
from lorasurgery.surgery.workers import Progress
from lorasurgery.text import listed


class PartMerge(Protocol):
    """The merge into one model of a pipeline; `paths` are those of the modules that adapters change."""

    @property
    def paths(self) -> Collection[str]:
        """See `MergePlan.paths`."""
        ...

    def wide_blocks(self) -> Sequence[WideBlock]:
        """See `MergePlan.wide_blocks`."""
        ...

    def at(self, target: Path, /) -> PartMerge:
        """Return the same merge with its output elsewhere."""
        ...

    @property
    def foreseen(self) -> MergeForecast:
        """See `MergePlan.foreseen`."""
        ...

    def run(self, progress: Progress | None = None) -> MergeReport:
        """See `Plan.run`."""
        ...


PlanOne = Callable[[Path, Sequence[Given], AdapterReading, WeightWriting], PartMerge]


@dataclass(frozen=True)
class PipelineMergePlan:
    """A merge into several models of a pipeline that was checked against headers, and not begun."""

    pipeline: Pipeline
    parts: Mapping[str, PartMerge]
    adapters: Sequence[tuple[str, float]]
    target: Path
    inputs: tuple[Path, ...]
    force: bool = False
    progress: Progress | None = None

    def __repr__(self) -> str:
        """Return one line, since the plans hold every tensor of the models."""
        return f"<PipelineMergePlan: {', '.join(self.parts)} of {self.pipeline.name}, {self.target}>"

    def forecast(self) -> MergeForecast:
        """Return what `run` would write; see `MergePlan.forecast`."""
        foreseen = self.foreseen
        return replace(foreseen, notes=[*foreseen.notes, *space_notes(self.target, foreseen.nbytes)])

    @cached_property
    def foreseen(self) -> MergeForecast:
        """What `run` would write, whether or not the disk can hold it."""
        found = {part: plan.foreseen for part, plan in self.parts.items()}
        known = [each.snr for each in found.values() if each.snr is not None]
        return MergeForecast(
            base=self.pipeline.name,
            adapters=self.adapters,
            output=str(self.target),
            tensors=[
                replace(tensor, name=f"{part}/{tensor.name}")
                for part, each in found.items()
                for tensor in each.tensors
            ],
            copied=sum(each.copied for each in found.values()),
            nbytes=sum(each.nbytes for each in found.values()) + self.pipeline.rest_nbytes(self.parts),
            peak_nbytes=max(each.peak_nbytes for each in found.values()),
            snr=min(known, default=None),
            notes=[
                *self.pipeline.notes(),
                *(f"{part}: {note}" for part, each in found.items() for note in each.notes),
            ],
            requantised=tuple(weight for each in found.values() for weight in each.requantised),
        )

    def run(self, progress: Progress | None = None) -> MergeReport:
        """Write the whole pipeline, with the merged models in it."""
        shown = self.progress if progress is None else progress
        forecast = self.foreseen
        with output_folder(self.target, self.inputs, force=self.force) as partial_folder:
            check_space(self.target, forecast.nbytes)
            self.pipeline.copy_rest(self.parts, partial_folder)
            reports = [plan.at(partial_folder / part).run(shown) for part, plan in self.parts.items()]
            has_undo = all(report.undo_bytes is not None for report in reports)
            merges = [*self.pipeline.merges, sorted(self.parts)] if has_undo else []
            write_merges(partial_folder, merges)
        return MergeReport(
            forecast,
            sum(each.undo_bytes or 0 for each in reports) if has_undo else None,
            sum(each.undo_factor_bytes or 0 for each in reports) if has_undo else None,
            tuple(each for report in reports for each in report.requantised),
        )


def plan_pipeline_merge(
    pipeline: Pipeline,
    adapters: Given | Sequence[Given],
    output: StrPath | None,
    reading: AdapterReading,
    writing: WeightWriting,
    plan_one: PlanOne,
    force: bool,
    progress: Progress | None,
) -> PipelineMergePlan:
    """Plan the merge of adapters into the models of a pipeline.

    Args:
        writing: how the weights of the whole pipeline are written.
        plan_one: plans the merge into one model, of the modules that are for it.

    Raises:
        AlignmentError: modules are for a model that the pipeline lacks, or do not fit.
        NothingToDoError: no module is wanted.
    """
    named = list(adapters_of(adapters))
    weighted = [split_weight(each) for each in named]
    names = "-".join(adapter_stem(name) for name, _ in weighted)
    target = folder_target(output, f"{adapter_stem(pipeline.name)}-with-{names}", "merged models")
    check_output(target, (pipeline.folder,), force=force)
    given = given_by_part(pipeline, named, reading)
    if not given:
        models = " or ".join(pipeline.chosen) or "any model"
        raise NothingToDoError(f"The adapters change nothing: they hold no factors for {models}.")
    writings = writing_by_part(pipeline, given, writing)
    parts = {part: plan_one(pipeline.folder / part, *each, writings[part]) for part, each in given.items()}
    if writing.size is not None:
        blocks = {part: parts[part].wide_blocks() for part, each in writings.items() if each.requantise}
        for part, size in sizes(pipeline, blocks, writing).items():
            of_part = replace(writings[part], size=size)
            parts[part] = plan_one(pipeline.folder / part, *given[part], of_part)
    reading.blocks.check_parts({part: plan.paths for part, plan in parts.items()})
    return PipelineMergePlan(pipeline, parts, weighted, target, (pipeline.folder,), force, progress)


def given_by_part(
    pipeline: Pipeline, adapters: Given | Sequence[Given], reading: AdapterReading
) -> dict[str, tuple[list[Given], AdapterReading]]:
    """Return the adapters for each part of a pipeline, and how to read of them what is for that part.

    Raises:
        AlignmentError: the pipeline lacks a part that an adapter is for.
    """
    given: dict[str, list[Given]] = defaultdict(list)
    named = [(each, reading.names_in(split_weight(each)[0])) for each in adapters_of(adapters)]
    _check_patterns(pipeline, reading.choice, [name for _, names in named for name in names])
    for each, names in named:
        for part in parts_for(pipeline, split_weight(each)[0], names, reading.choice):
            given[part].append(each)
    return {part: (given[part], _reading_of(part, pipeline, reading)) for part in sorted(given)}


def _check_patterns(pipeline: Pipeline, choice: NameFilter, names: Sequence[str]) -> None:
    """Refuse patterns without a folder that match no name of the files, and folders that no name is for.

    Raises:
        NothingToDoError: there is one.
    """
    parts = sorted({component_of(name, pipeline.parts) for name in names})
    for pattern in (*choice.include, *choice.exclude):
        owner, mark, _ = pattern.partition("/")
        if mark and not any(fnmatchcase(part, owner) for part in parts):
            raise NothingToDoError(
                f"{pattern!r} is about no model that the adapters are for: {', '.join(parts)}."
            )
    include, exclude = (
        [each for each in side if "/" not in each] for side in (choice.include, choice.exclude)
    )
    plain = NameFilter(include, exclude)
    if plain.include or plain.exclude:
        plain.check(f"{name}.weight" for name in names)


def _reading_of(part: str, pipeline: Pipeline, reading: AdapterReading) -> AdapterReading:
    is_wanted = partial(is_for, part, pipeline.parts)
    choice = reading.choice.of_part(part)
    return replace(reading, part=is_wanted, choice=choice, blocks=reading.blocks.of_part(part))


def is_for(part: str, folders: Collection[str], name: str) -> bool:
    """Whether a LoRA file's module is for a part of a pipeline."""
    return component_of(name, folders) == part


def parts_for(pipeline: Pipeline, adapter: str, names: Sequence[str], choice: NameFilter) -> list[str]:
    """List the parts of a pipeline that an adapter is for, but for those that a choice leaves out.

    Raises:
        AlignmentError: the pipeline lacks one.
    """
    by_part: dict[str, list[str]] = defaultdict(list)
    for name in names:
        part = component_of(name, pipeline.parts)
        if pipeline.wants(part) and _may_be_chosen(f"{name}.weight", choice.of_part(part)):
            by_part[part].append(name)
    for part, modules in sorted(by_part.items()):
        if part not in pipeline.parts:
            raise AlignmentError(
                f"{adapter} has {len(modules)} modules for {part}/ ({listed(sorted(modules))}), and "
                f"{pipeline.name} has only {', '.join(pipeline.parts)}. "
                "Check that it was made for this model, or leave them out with --exclude."
            )
    return sorted(by_part)


def _may_be_chosen(name: str, choice: NameFilter) -> bool:
    """Whether a file's parameter is not left out, as far as its name in the file shows that."""
    is_by_name = choice.anywhere.issuperset(choice.include)
    return choice(name) if is_by_name else not choice.excludes(name)
