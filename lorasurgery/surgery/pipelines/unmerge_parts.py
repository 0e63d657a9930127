"""Undo the last merge into a pipeline: in each of the models that it changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from lorasurgery.checkpoint import check_output, check_space, output_folder, space_notes
from lorasurgery.errors import NothingToDoError
from lorasurgery.paths import StrPath
from lorasurgery.surgery.output.default_name import adapter_stem
from lorasurgery.surgery.output.target import folder_target
from lorasurgery.surgery.pipelines.pipeline_folder import RECORD, Pipeline, write_merges
from lorasurgery.surgery.undo.unmerge_report import UnmergeForecast, UnmergeReport
from lorasurgery.surgery.workers import Progress


class PartUnmerge(Protocol):
    """The undoing of a merge into one model of a pipeline."""

    def at(self, target: Path, /) -> PartUnmerge:
        """Return the same work with its output elsewhere."""
        ...

    @property
    def foreseen(self) -> UnmergeForecast:
        """See `UnmergePlan.foreseen`."""
        ...

    def run(self, progress: Progress | None = None) -> UnmergeReport:
        """See `Plan.run`."""
        ...


@dataclass(frozen=True)
class PipelineUnmergePlan:
    """The undoing of the last merge into a pipeline, checked against headers and records, and not begun."""

    pipeline: Pipeline
    parts: Mapping[str, PartUnmerge]
    left: Sequence[Sequence[str]]
    target: Path
    force: bool = False
    progress: Progress | None = None

    def forecast(self) -> UnmergeForecast:
        """Return what `run` would write; see `UnmergePlan.forecast`."""
        foreseen = self.foreseen
        return replace(foreseen, notes=(*foreseen.notes, *space_notes(self.target, foreseen.nbytes)))

    @cached_property
    def foreseen(self) -> UnmergeForecast:
        """What `run` would write, whether or not the disk can hold it."""
        found = {part: plan.foreseen for part, plan in self.parts.items()}
        return UnmergeForecast(
            merged=self.pipeline.name,
            output=str(self.target),
            adapters=tuple(dict.fromkeys(name for each in found.values() for name in each.adapters)),
            restored=sum(each.restored for each in found.values()),
            copied=sum(each.copied for each in found.values()),
            removed=sum(each.removed for each in found.values()),
            nbytes=sum(each.nbytes for each in found.values()) + self.pipeline.rest_nbytes(self.parts),
            left=len(self.left),
            peak_nbytes=max(each.peak_nbytes for each in found.values()),
            notes=(
                *self.pipeline.notes(),
                *(f"{part}: {note}" for part, each in found.items() for note in each.notes),
            ),
        )

    def run(self, progress: Progress | None = None) -> UnmergeReport:
        """Write the pipeline as it was before; every tensor is checked by its hash."""
        shown = self.progress if progress is None else progress
        forecast = self.foreseen
        with output_folder(self.target, (self.pipeline.folder,), force=self.force) as partial:
            check_space(self.target, forecast.nbytes)
            self.pipeline.copy_rest(self.parts, partial)
            for part, plan in self.parts.items():
                plan.at(partial / part).run(shown)
            write_merges(partial, self.left)
        return UnmergeReport.of(forecast)


def plan_pipeline_unmerge(
    pipeline: Pipeline,
    output: StrPath | None,
    plan_one: Callable[[Path, Path], PartUnmerge],
    *,
    force: bool,
    progress: Progress | None,
) -> PipelineUnmergePlan:
    """Plan the undoing of the last merge.

    Args:
        plan_one: plans it for the model in a folder, with its output in another.

    Raises:
        NothingToDoError: there is no record.
    """
    merges = pipeline.merges
    if not merges:
        raise NothingToDoError(
            f"{pipeline.folder} has no {RECORD}, where `merge` keeps the names of the models that it "
            "changed. Undo one model alone, by the name of its folder."
        )
    target = folder_target(output, f"{adapter_stem(pipeline.name)}-unmerged", "models")
    check_output(target, (pipeline.folder,), force=force)
    parts = {part: plan_one(pipeline.folder / part, target / part) for part in merges[-1]}
    return PipelineUnmergePlan(pipeline, parts, merges[:-1], target, force, progress)
