"""Graft: put adapters into the initializers of a graph that was exported earlier, without tracing the model again.

    for each initializer that changes:  W' = round(W + Σ weightᵢ ΔWᵢ), turned round where the graph holds it as (in, out)
    all others:                         copied by the kernel

Which initializer is which parameter is read off names, off the nodes that read it, and, with a base, off its numbers. What an adapter
changes and the graph does not show is refused. The output is run before it is put in place.

It does not change a graph's shapes (new tokens, new labels), nor quantised weights, nor packed ones (QKV in one matrix).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.arguments import Given, adapters_of, several
from lorasurgery.checkpoint import check_space, output_folder, write_text
from lorasurgery.checkpoint.side_files import note_of_links
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NumericError
from lorasurgery.onnx.grafting import check
from lorasurgery.onnx.grafting.card import model_card
from lorasurgery.onnx.grafting.plan import Change, changes_of, refuse_strays
from lorasurgery.onnx.grafting.report import AgainstTorch, Check, GraftedTensor, GraftReport
from lorasurgery.onnx.grafting.write import Grafted, is_sum, write_graph
from lorasurgery.onnx.graph import runtime
from lorasurgery.onnx.graph.exported import (
    CARD_FILE,
    REPORT_FILE,
    Exported,
    copy_companions,
    read_exported,
)
from lorasurgery.onnx.graph.inputs import shapes_of
from lorasurgery.onnx.graph.matching import matched
from lorasurgery.onnx.graph.reference import check_against_base
from lorasurgery.onnx.tolerance import check_tolerance
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import slips_in
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter, open_weighted
from lorasurgery.surgery.merging.adapter_match import AdapterMatch
from lorasurgery.surgery.output.target import folder_target


def graft(
    model: Path,
    adapters: Given | Sequence[Given],
    output: StrPath | None,
    *,
    base: str | None = None,
    take: str | Sequence[str] = (),
    experts_order: str | None = None,
    atol: float = 1e-4,
    verify: bool = True,
    force: bool = False,
) -> GraftReport:
    """Write the graph that `model` becomes with the adapters merged into it.

    Args:
        model: an .onnx file, its external data beside it.
        adapters: each a folder or Hub name, with a weight after a colon where that is not 1: `style:0.7`.
        output: the folder to write; by default made from all names (`model-with-style`).
        base: the checkpoint that the graph was exported from: tells initializers by their numbers, and what torch says of the result.
        take: `PATTERN=ADAPTER`: as for `merge`.
        experts_order: as for `merge`.
        atol: how far graph and torch may differ, of 1 and of the largest output; 2e-2 at least for half precision.
        verify: run the output before it is put in place.
        force: replace an output of an earlier run.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError, NothingToDoError: see `lorasurgery.errors`.
    """
    check_tolerance(atol)
    named = adapters_of(adapters)
    asked = _prepare(Path(model), named, output, base, several(take, "take"), experts_order)
    file = asked.graph.file
    before = _original_outputs(asked) if verify else None
    with output_folder(asked.target, asked.inputs, force=force) as partial:
        check_space(asked.target, file.nbytes + sum(each.job.nbytes for each in asked.changes))
        grafted = write_graph(file, asked.changes, partial, lambda job: not is_sum(job))
        file.check_unchanged()
        check.check_bytes(partial / file.path.name, grafted)
        copy_companions(file, partial)
        found = _checked(asked, grafted, partial, before, named, atol) if before is not None else None
        report = _report(asked, grafted, partial, found, atol)
        write_text(partial / REPORT_FILE, json.dumps(report.as_json(), indent=2) + "\n")
        write_text(partial / CARD_FILE, model_card(report))
    return report


@dataclass(frozen=True)
class _Asked:
    """What is grafted onto what, all of it found out before anything is written."""

    graph: Exported
    given: tuple[WeightedAdapter, ...]
    take: tuple[str, ...]
    experts_order: str | None
    changes: tuple[Change, ...]
    roles: Mapping[str, str]
    target: Path
    notes: tuple[str, ...]

    @property
    def inputs(self) -> tuple[Path, ...]:
        return (*self.graph.inputs, *(each.folder for each in self.given))


def _prepare(
    path: Path,
    adapters: Sequence[Given],
    output: StrPath | None,
    base: str | None,
    take: Sequence[str],
    experts_order: str | None,
) -> _Asked:
    graph = read_exported(path, base)
    given = tuple(open_weighted(adapters, graph.host, AdapterReading(experts_order=experts_order)))
    view, match = matched(graph, given, take)
    changes = changes_of(graph.file, view, match, graph.uses)
    touched = [view.slots[name] for name in match.jobs if name in view.slots]
    refuse_strays(graph.file, graph.strays, touched)
    if graph.reference and graph.reference.base:
        check_against_base(graph.file, touched, graph.reference)
    return _Asked(
        graph=graph,
        given=given,
        take=tuple(take),
        experts_order=experts_order,
        changes=changes,
        roles={name: slot.role for name, slot in view.slots.items()},
        target=folder_target(output, _default_name(path, given), "exported models"),
        notes=(*slips_in(adapters, given), *_notes(match), *note_of_links(path.parent)),
    )


def _default_name(path: Path, given: Sequence[WeightedAdapter]) -> str:
    return f"{path.stem}-with-{'-'.join(expanded(each.name).resolve().name for each in given)}"


def _notes(match: AdapterMatch) -> list[str]:
    notes = list(match.notes)
    if match.untied:
        names = ", ".join(repr(name) for name in match.untied)
        notes.append(
            f"{names} shared the numbers of another weight, only one of which is changed: they are apart now."
        )
    idle = [path for (_, path), seen in match.checks.items() if seen.is_nothing]
    if idle:
        notes.append(
            f"ΔW is zero in {len(idle)} of {len(match.checks)} modules ({idle[0]!r}): the adapter was not trained there."
        )
    return notes


def _original_outputs(asked: _Asked) -> tuple[list[Any], list[Any]]:
    """Inputs for each run, and what the graph answers before it is changed."""
    runs = runtime.seeded_inputs(asked.graph)
    return runs, runtime.run(asked.graph.file.path, runs)


def _checked(
    asked: _Asked,
    grafted: Sequence[Grafted],
    partial: Path,
    before: tuple[list[Any], list[Any]],
    adapters: Sequence[Given],
    atol: float,
) -> Check:
    runs, old = before
    new = runtime.run(partial / asked.graph.file.path.name, runs)
    change, largest = check.change_of_outputs(old, new)
    if change == 0 and _must_show(asked, grafted):
        raise NumericError(
            f"{asked.graph.file.path} answers after the graft as it did before, though its weights changed. Its outputs do not depend on them, or the change is lost in "
            "rounding. Nothing was put in place; --no-verify goes without this check."
        )
    shapes = [shapes_of(run) for run in runs]
    compared, reason = _against_torch(asked, adapters, partial, runs, new, atol)
    return Check(change, largest, shapes, compared, reason)


def _must_show(asked: _Asked, grafted: Sequence[Grafted]) -> bool:
    """Whether some matrix that multiplies, and no mere row of a table, has other bits than before."""
    from lorasurgery.checkpoint.digest import digest

    multiplied = [each for each in grafted if asked.roles.get(each.change.parameter) in ("linear", "conv")]
    return any(
        each.change.job.base is None or digest(each.change.job.base) != each.digest for each in multiplied
    )


def _against_torch(
    asked: _Asked, adapters: Sequence[Given], partial: Path, runs: list[Any], outputs: list[Any], atol: float
) -> tuple[AgainstTorch | None, str]:
    """Merge into the base and run that, where there is one whose class transformers has."""
    from lorasurgery.surgery.merge import merge

    reference = asked.graph.reference
    if asked.graph.base is None or reference is None:
        return None, "no base was given to compare with"
    if reference.architecture.origin == "names" or not reference.architecture.class_name:
        return None, f"transformers cannot build the model of {asked.graph.base} from its config"
    halves = {each.job.dtype for each in asked.changes} & {Dtype.F16, Dtype.BF16}
    tolerance = max(atol, runtime.HALF_ATOL) if halves else atol
    with tempfile.TemporaryDirectory(dir=partial) as scratch:
        merged = Path(scratch) / "merged"
        merge(
            asked.graph.base,
            list(adapters),
            merged,
            take=asked.take,
            dtype="float32",
            experts_order=asked.experts_order,
            undo=False,
        )
        return check.against_torch(merged, reference.architecture.class_name, runs, outputs, tolerance), ""


def _blind(found: Check, atol: float) -> list[str]:
    """Say where graphs with and without the adapters would pass the same comparison."""
    tolerance = found.against_torch.tolerance if found.against_torch else atol
    if found.change > tolerance * (1 + found.largest):
        return []
    return [
        f"The adapters change the answers by {found.change:.2g} at most, which is within what graph and torch may differ by (--atol): "
        "no comparison of answers could have told the two graphs apart."
    ]


def _report(
    asked: _Asked, grafted: Sequence[Grafted], partial: Path, found: Check | None, atol: float
) -> GraftReport:
    tensors = [
        GraftedTensor(
            parameter=each.change.parameter,
            initializer=each.initializer,
            found_by=each.change.how,
            turned=each.change.turned,
            is_new=each.is_new,
            shape=each.change.job.shape,
            dtype=str(each.change.job.dtype),
            blake3=each.digest,
        )
        for each in grafted
    ]
    written = [
        partial / asked.graph.file.path.name,
        *(partial / location for location in asked.graph.file.data),
    ]
    return GraftReport(
        model=str(asked.graph.file.path),
        adapters=tuple((each.name, each.weight) for each in asked.given),
        output=str(asked.target),
        base=asked.graph.base,
        tensors=tensors,
        nbytes=sum(path.stat().st_size for path in written),
        changed_nbytes=sum(each.change.job.nbytes for each in grafted),
        check=found,
        notes=[*asked.notes, *(_blind(found, atol) if found else ())],
    )
