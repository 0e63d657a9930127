"""Swappable: one base graph whose adapters are inputs, and each adapter as a file that ONNX Runtime loads beside it.

    y' = y + (x @ A) @ B        for every module that any of the adapters touches; A and B are inputs, the scale lies in B

A session that is open serves any of them, a request each (`RunOptions.add_active_adapter`), and the bare base where none is given. Adapters may
have different ranks and modules. The graph is one that was exported earlier; its weights are copied by the kernel and not looked into.

What is no product of two matrices beside a weight cannot be an input (DoRA, heads, norms, biases, rows of tokens) and is refused. ONNX Runtime
puts one adapter in force at a time: to have two at once, fuse them first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.arguments import Given, adapters_of
from lorasurgery.checkpoint import check_space, output_folder, write_text
from lorasurgery.checkpoint.side_files import note_of_links
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.grafting.plan import refuse_strays
from lorasurgery.onnx.grafting.write import write_graph
from lorasurgery.onnx.graph import runtime
from lorasurgery.onnx.graph.exported import (
    CARD_FILE,
    REPORT_FILE,
    Exported,
    copy_companions,
    read_exported,
)
from lorasurgery.onnx.graph.reference import check_against_base
from lorasurgery.onnx.swapping import check
from lorasurgery.onnx.swapping.branch import SIDES, add_branches, input_name
from lorasurgery.onnx.swapping.card import model_card
from lorasurgery.onnx.swapping.files import WrittenAdapter, file_names, write_adapter
from lorasurgery.onnx.swapping.plan import Plan, Site, plan_of
from lorasurgery.onnx.swapping.report import AdapterCheck, BaseCheck, SwapAdapter, SwapModule, SwapReport
from lorasurgery.onnx.tolerance import check_tolerance
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import slips_in
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter, open_weighted
from lorasurgery.surgery.output.target import folder_target


def swappable(
    graph: Path,
    adapters: Given | Sequence[Given],
    output: StrPath | None,
    *,
    base: str | None = None,
    experts_order: str | None = None,
    atol: float = 1e-4,
    verify: bool = True,
    force: bool = False,
    source: str | None = None,
) -> SwapReport:
    """Write a base graph that takes adapters as inputs, and a file `NAME.onnx_adapter` for each of them.

    Args:
        graph: an .onnx file of the bare model, its external data beside it.
        adapters: each a folder or Hub name, with a weight after a colon where that is not 1: `style:0.7`.
        output: the folder to write; `model-swappable` by default.
        base: the checkpoint that the graph was exported from: tells weights by their numbers where their names are gone.
        experts_order: as for `merge`.
        atol: how far a swapped adapter and a merged one may differ, of 1 and of the largest output; 2e-2 at least for half precision.
        verify: run all of it before it is put in place.
        force: replace an output of an earlier run.
        source: what the report calls the graph, where it lies in a folder that will be gone.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError, NothingToDoError: see `lorasurgery.errors`.
    """
    check_tolerance(atol)
    asked = _prepare(Path(graph), adapters_of(adapters), output, base, experts_order)
    file = asked.graph.file
    runs = runtime.seeded_inputs(asked.graph) if verify else []
    with output_folder(asked.target, asked.inputs, force=force) as partial:
        check_space(asked.target, file.nbytes * (2 if verify else 1))
        written = partial / file.path.name
        nodes = add_branches(asked.graph, asked.plan.sites, asked.dtype)
        write_graph(file, (), partial, lambda job: False)
        file.check_unchanged()
        check.check_graph(file.path, written)
        adapters_written = _write_adapters(asked, partial)
        copy_companions(file, partial)
        found = _checked(asked, written, runs, atol) if verify else None
        report = _report(asked, source or str(graph), partial, nodes, adapters_written, found)
        write_text(partial / REPORT_FILE, json.dumps(report.as_json(), indent=2) + "\n")
        write_text(partial / CARD_FILE, model_card(report))
    return report


@dataclass(frozen=True)
class _Asked:
    """What is made swappable for whom, all of it found out before anything is written. `files` are the names of the adapters' files."""

    graph: Exported
    given: tuple[WeightedAdapter, ...]
    texts: tuple[Given, ...]
    files: tuple[str, ...]
    plan: Plan
    dtype: Dtype
    target: Path

    @property
    def inputs(self) -> tuple[Path, ...]:
        return (*self.graph.inputs, *(each.folder for each in self.given))


def _prepare(
    path: Path,
    adapters: Sequence[Given],
    output: StrPath | None,
    base: str | None,
    experts_order: str | None,
) -> _Asked:
    if not adapters:
        raise UnsupportedError("No adapter was given: which modules get inputs is read off the adapters.")
    graph = read_exported(path, base)
    given = tuple(open_weighted(adapters, graph.host, AdapterReading(experts_order=experts_order)))
    files = file_names(given)
    plan = plan_of(graph, given)
    slots = [site.slot for site in plan.sites]
    refuse_strays(graph.file, graph.strays, slots)
    if graph.reference and graph.reference.base:
        check_against_base(graph.file, slots, graph.reference)
    target = folder_target(output, f"{path.stem}-swappable", "exported models")
    return _Asked(graph, given, tuple(adapters), files, plan, _dtype(plan.sites), target)


def _dtype(sites: Sequence[Site]) -> Dtype:
    """That of all inputs: half precision where all products are; an adapter's file has one dtype only."""

    computed = {dtype for site in sites for dtype in site.dtypes}
    return Dtype.F16 if computed == {Dtype.F16} else Dtype.F32


def _write_adapters(asked: _Asked, folder: Path) -> list[WrittenAdapter]:
    return [
        write_adapter(folder / file, each, asked.plan.sites, fed, asked.dtype)
        for file, each, fed in zip(asked.files, asked.given, asked.plan.fed, strict=True)
    ]


def _checked(
    asked: _Asked, written: Path, runs: Sequence[Any], atol: float
) -> tuple[BaseCheck, list[AdapterCheck]]:

    original = asked.graph.file.path
    weights = asked.graph.file.weights
    dtypes = {dtype for site in asked.plan.sites for dtype in site.dtypes}
    dtypes |= {weights[site.slot.weight].tensor.dtype for site in asked.plan.sites}
    halves = dtypes & {Dtype.F16, Dtype.BF16}
    tolerance = max(atol, runtime.HALF_ATOL) if halves else atol
    of_base = check.check_base(original, written, runs, tolerance)
    files = {text: written.parent / file for text, file in zip(asked.texts, asked.files, strict=True)}
    return of_base, check.check_adapters(original, written, files, runs, tolerance, asked.graph.base)


def _report(
    asked: _Asked,
    source: str,
    folder: Path,
    nodes: Mapping[str, Sequence[str]],
    written_adapters: Sequence[WrittenAdapter],
    found: tuple[BaseCheck, list[AdapterCheck]] | None,
) -> SwapReport:
    checks = found[1] if found else [None] * len(asked.given)
    adapters = list(map(_adapter, asked.given, asked.files, written_adapters, checks))
    file = asked.graph.file
    written = [folder / file.path.name, *(folder / location for location in file.data)]
    return SwapReport(
        graph=source,
        file=file.path.name,
        output=str(asked.target),
        base=asked.graph.base,
        dtype=str(asked.dtype),
        modules=[_module(site, nodes[site.module]) for site in asked.plan.sites],
        adapters=adapters,
        nbytes=sum(path.stat().st_size for path in written),
        check=found[0] if found else None,
        notes=[
            *slips_in(asked.texts, asked.given),
            *asked.plan.notes,
            *_notes(adapters),
            *note_of_links(file.path.parent),
        ],
    )


def _module(site: Site, nodes: Sequence[str]) -> SwapModule:
    first, second = (input_name(site.module, side) for side in SIDES)
    return SwapModule(site.module, site.slot.role, (first, second), *site.widths, tuple(nodes))


def _adapter(
    given: WeightedAdapter, file: str, written: WrittenAdapter, seen: AdapterCheck | None
) -> SwapAdapter:
    ranks = (min(written.ranks), max(written.ranks))
    return SwapAdapter(given.name, given.weight, file, len(written.ranks), ranks, written.nbytes, seen)


def _notes(adapters: Sequence[SwapAdapter]) -> list[str]:
    return [
        f"{each.file} changes the answers by {each.check.effect:.2g} at most, and may differ from the merged graph by {each.check.allowed:.2g} (--atol): "
        "the check could not have told whether it is in force."
        for each in adapters
        if each.check is not None and each.check.effect <= each.check.allowed
    ]
