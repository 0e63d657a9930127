"""A graph and the adapters that go into it, opened and held against each other before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.arguments import Given
from lorasurgery.checkpoint.side_files import notes_of_left_out
from lorasurgery.onnx.grafting.plan import GraftChange, changes_of, refuse_strays
from lorasurgery.onnx.grafting.report import GraftForecast, TensorToGraft
from lorasurgery.onnx.graph.exported import ExportedGraph, read_exported
from lorasurgery.onnx.graph.matching import matched
from lorasurgery.onnx.graph.reference import check_against_base
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import slips_in
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter, open_weighted
from lorasurgery.surgery.merging.adapter_match import AdapterMatch
from lorasurgery.surgery.output.target import folder_target


@dataclass(frozen=True)
class GraftRequest:
    """Which adapters go into which graph, as the user said it.

    `base` is the checkpoint of the graph, if given.
    """

    model: Path
    adapters: tuple[Given, ...]
    output: StrPath | None
    base: str | None
    take: tuple[str, ...]
    experts_order: str | None


@dataclass(frozen=True)
class OpenedGraft:
    """A graph and the changes that adapters make to it, all found before anything is written.

    `roles` says of each parameter how the graph reads it (`linear`, `embedding`, ...).
    """

    request: GraftRequest
    graph: ExportedGraph
    given: tuple[WeightedAdapter, ...]
    changes: tuple[GraftChange, ...]
    roles: Mapping[str, str]
    target: Path
    notes: tuple[str, ...]

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Return what the output must not overwrite."""
        return (*self.graph.inputs, *(each.folder for each in self.given))

    @property
    def nbytes(self) -> int:
        """Return the most bytes that the new graph takes."""
        return self.graph.file.nbytes + sum(each.job.nbytes for each in self.changes)


def open_to_graft(request: GraftRequest) -> OpenedGraft:
    graph = read_exported(request.model, request.base)
    reading = AdapterReading(experts_order=request.experts_order)
    given = tuple(open_weighted(request.adapters, graph.host, reading))
    view, match = matched(graph, given, request.take)
    changes = changes_of(graph.file, view, match, graph.uses)
    touched = [view.slots[name] for name in match.jobs if name in view.slots]
    refuse_strays(graph.file, graph.strays, touched)
    if graph.reference and graph.reference.base:
        check_against_base(graph.file, touched, graph.reference)
    return OpenedGraft(
        request=request,
        graph=graph,
        given=given,
        changes=changes,
        roles={name: slot.role for name, slot in view.slots.items()},
        target=folder_target(request.output, _default_name(request.model, given), "exported models"),
        notes=(
            *slips_in(request.adapters, given),
            *_notes(match),
            *notes_of_left_out(request.model.parent),
        ),
    )


def _default_name(path: Path, given: Sequence[WeightedAdapter]) -> str:
    return f"{path.stem}-with-{'-'.join(expanded(each.name).resolve().name for each in given)}"


def _notes(match: AdapterMatch) -> list[str]:
    notes = list(match.notes)
    if match.untied:
        names = ", ".join(repr(name) for name in match.untied)
        notes.append(
            f"{names} shared the numbers of another weight, and only one of the two is changed: "
            "they are separate now."
        )
    idle = [path for (_, path), seen in match.checks.items() if seen.is_nothing]
    if idle:
        notes.append(
            f"ΔW is zero in {len(idle)} of {len(match.checks)} modules ({idle[0]!r}): the adapter was not "
            "trained there."
        )
    return notes


def forecast_of(opened: OpenedGraft) -> GraftForecast:
    """Say which initializers would change, and how many bytes would be written."""
    tensors = [
        TensorToGraft(
            parameter=each.parameter,
            initializer=each.weight,
            found_by=each.how,
            transposed=each.transposed,
            shape=each.job.shape,
            dtype=str(each.job.dtype),
        )
        for each in opened.changes
    ]
    return GraftForecast(
        model=str(opened.graph.file.path),
        adapters=tuple((each.name, each.weight) for each in opened.given),
        output=str(opened.target),
        base=opened.graph.base,
        tensors=tensors,
        nbytes=opened.nbytes,
        changed_nbytes=sum(each.job.nbytes for each in opened.changes),
        notes=list(opened.notes),
    )
