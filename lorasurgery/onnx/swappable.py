"""Export one base graph whose adapters are inputs, and each adapter as a file that ONNX Runtime loads.

    y' = y + (x @ A) @ B        for every module that any of the adapters changes; A and B are
                                inputs, the scale is in B

An open session serves any of the adapters, a request each (`RunOptions.add_active_adapter`), and
the bare base where none is given. Adapters may have different ranks and modules. A base that is a
checkpoint is exported first; the weights of a graph that was exported earlier are copied by the
kernel and not read.

A change that is not a product of two matrices added to a weight cannot be an input (DoRA, heads,
norms, biases, rows of tokens) and is refused. ONNX Runtime puts one adapter in force at a time: to
have two at once, fuse them first.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Host
from lorasurgery.arguments import Given, adapters_of
from lorasurgery.checkpoint import check_space, output_folder, space_notes, write_text
from lorasurgery.checkpoint.side_files import notes_of_left_out
from lorasurgery.checkpoint.workplace import scratch_folder
from lorasurgery.dtypes import Dtype
from lorasurgery.onnx.export import plan_export_onnx
from lorasurgery.onnx.exporting.settings import check_packages, checked_settings
from lorasurgery.onnx.exporting.trace import OPSET
from lorasurgery.onnx.grafting.write import write_graph
from lorasurgery.onnx.graph import runtime
from lorasurgery.onnx.graph.exported import (
    CARD_FILE,
    REPORT_FILE,
    copy_companions,
)
from lorasurgery.onnx.graph.stated import state_base, stated_host
from lorasurgery.onnx.swapping import check
from lorasurgery.onnx.swapping.branch import SIDES, add_branches, input_name
from lorasurgery.onnx.swapping.card import model_card
from lorasurgery.onnx.swapping.checkpoint_to_swap import (
    CheckpointToSwap,
    open_checkpoint_to_swap,
    place_of_base,
)
from lorasurgery.onnx.swapping.files import WrittenAdapter, write_adapter
from lorasurgery.onnx.swapping.forecast import SwapForecast
from lorasurgery.onnx.swapping.graph_to_swap import GraphToSwap, open_graph_to_swap
from lorasurgery.onnx.swapping.plan import BranchSite
from lorasurgery.onnx.swapping.report import AdapterCheck, BaseCheck, SwapAdapter, SwapModule, SwapReport
from lorasurgery.onnx.swapping.request import SwapRequest
from lorasurgery.onnx.tolerance import check_tolerance
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import as_numbers
from lorasurgery.surgery.adapter_input.slips import slips_in
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import Progress


def plan_export_swappable(
    model: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    base: StrPath | None = None,
    task: str | None = None,
    dtype: str = "float32",
    opset: int = OPSET,
    attn: str = "eager",
    experts_order: str | None = None,
    atol: float = 1e-4,
    verify: bool = True,
    force: bool = False,
    progress: Progress | None = None,
) -> SwappablePlan:
    """Plan one base graph that takes adapters as inputs, and a file `NAME.onnx_adapter` for each of them.

    Args:
        model: a checkpoint, or an .onnx file of the bare model that was exported earlier, its
            external data next to it.
        adapters: each a folder or Hub name, with a weight after a colon where that is not 1:
            `style:0.7`.
        output: the folder to write; `MODEL-swappable` by default.
        base: of an .onnx file: the checkpoint that it was exported from; names weights by their
            numbers where their names are gone.
        task, dtype, opset, attn: of a checkpoint: as for `export_onnx`.
        experts_order: as for `merge`.
        atol: fail if |swapped − merged| > atol · (1 + max |merged|); at least 0.02 in half
            precision.
        verify: run all of it before it is put in place.
        force: replace an output of an earlier run.
        progress: called with the bytes done so far and in all, while a checkpoint is exported.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError,
        NothingToDoError: see `lorasurgery.errors`.
    """
    name = os.fspath(model)
    is_graph = name.endswith(".onnx")
    if not is_graph:
        check_packages()
    settings = None if is_graph else checked_settings(task, dtype, opset, attn)
    check_tolerance(atol)
    request = SwapRequest(
        model=name,
        adapters=adapters_of(adapters),
        output=output,
        base=(None if base is None else os.fspath(base)) if is_graph else name,
        experts_order=experts_order,
        atol=atol,
        verify=verify,
        force=force,
    )
    if settings is None:
        return SwappablePlan(request, open_graph_to_swap(request), progress)
    return SwappablePlan(request, open_checkpoint_to_swap(request, settings), progress)


@dataclass
class SwappablePlan:
    """Adapters held against a base, ready to become its inputs.

    Writing changes a graph in memory: a second run of the plan parses its file again.
    """

    request: SwapRequest
    opened: GraphToSwap | CheckpointToSwap | None
    progress: Progress | None

    def forecast(self) -> SwapForecast:
        """Say which modules would get inputs, what each adapter's file would hold, and how many
        bytes that takes.
        """
        opened = self.opened or open_graph_to_swap(self.request)
        forecast = opened.forecast()
        notes = [*forecast.notes, *space_notes(opened.target, forecast.needed_nbytes)]
        return dataclasses.replace(forecast, notes=notes)

    def run(self, progress: Progress | None = None) -> SwapReport:
        """Write graph and adapters, run them, and return the report."""
        if isinstance(self.opened, CheckpointToSwap):
            return _run_checkpoint(self.opened, progress or self.progress)
        opened, self.opened = self.opened or open_graph_to_swap(self.request), None
        return _run_graph(opened, self.request.model)


export_swappable = at_once(
    plan_export_swappable,
    "export_swappable",
    "Write one ONNX graph of a base whose adapters are files of their own.",
)


def swappable(
    graph: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    base: StrPath | None = None,
    experts_order: str | None = None,
    atol: float = 1e-4,
    verify: bool = True,
    force: bool = False,
) -> SwapReport:
    """Do what `export_swappable` does with an .onnx file; the name that this had first.

    Args:
        graph, adapters, output, base, experts_order, atol, verify, force: as for `export_swappable`.
    """
    check_tolerance(atol)
    request = SwapRequest(
        model=os.fspath(graph),
        adapters=adapters_of(adapters),
        output=output,
        base=None if base is None else os.fspath(base),
        experts_order=experts_order,
        atol=atol,
        verify=verify,
        force=force,
    )
    return SwappablePlan(request, open_graph_to_swap(request), None).run()


def _run_checkpoint(opened: CheckpointToSwap, progress: Progress | None) -> SwapReport:
    """Export the bare base next to the output's place, and make that graph swappable."""
    request, settings = opened.request, opened.settings
    with scratch_folder(place_of_base(opened.target)) as scratch:
        exported = scratch / "base"
        plan_export_onnx(
            request.model,
            (),
            exported,
            task=settings.task,
            dtype=settings.dtype,
            opset=settings.opset,
            attn=settings.attention,
            verify=False,
        ).run(progress)
        of_graph = dataclasses.replace(request, model=str(exported / "model.onnx"), output=opened.target)
        base = stated_host(as_numbers(opened.base.base))
        report = _run_graph(open_graph_to_swap(of_graph), request.model, base)
    return dataclasses.replace(report, notes=[*opened.base.notes, *report.notes])


def _run_graph(opened: GraphToSwap, source: str, base: Host | None = None) -> SwapReport:
    """Write a graph with inputs for adapters.

    Args:
        source: what the report calls the graph that it was made from.
        base: the model that it was exported from, where that was done just now.
    """
    request, file = opened.request, opened.graph.file
    base = base or opened.graph.stated_host
    runs = runtime.seeded_inputs(opened.graph) if request.verify else []
    with output_folder(opened.target, opened.inputs, force=request.force) as partial:
        check_space(opened.target, opened.needed_nbytes)
        written = partial / file.path.name
        nodes = add_branches(opened.graph, opened.branches.sites, opened.dtype)
        state_base(file.model, base)
        write_graph(file, (), partial, lambda _: False)
        file.check_unchanged()
        check.check_graph(file.path, written)
        adapters_written = _write_adapters(opened, partial, base)
        copy_companions(file, partial)
        checks = _checked(opened, written, runs) if request.verify else None
        report = _report(opened, source, partial, nodes, adapters_written, checks)
        write_text(partial / REPORT_FILE, json.dumps(report.as_json(), indent=2) + "\n")
        write_text(partial / CARD_FILE, model_card(report))
    return report


def _write_adapters(opened: GraphToSwap, folder: Path, base: Host) -> list[WrittenAdapter]:
    return [
        write_adapter(folder / file, each, opened.branches.sites, fed, opened.dtype, base)
        for file, each, fed in zip(opened.files, opened.given, opened.branches.fed, strict=True)
    ]


def _checked(opened: GraphToSwap, written: Path, runs: Sequence[Any]) -> tuple[BaseCheck, list[AdapterCheck]]:
    original = opened.graph.file.path
    weights = opened.graph.file.weights
    dtypes = {dtype for site in opened.branches.sites for dtype in site.dtypes}
    dtypes |= {weights[site.slot.weight].tensor.dtype for site in opened.branches.sites}
    halves = dtypes & {Dtype.F16, Dtype.BF16}
    atol = opened.request.atol
    tolerance = max(atol, runtime.HALF_ATOL) if halves else atol
    of_base = check.check_base(original, written, runs, tolerance)
    files = {
        text: written.parent / file for text, file in zip(opened.request.adapters, opened.files, strict=True)
    }
    return of_base, check.check_adapters(original, written, files, runs, tolerance, opened.graph.base)


def _report(
    opened: GraphToSwap,
    source: str,
    folder: Path,
    nodes: Mapping[str, Sequence[str]],
    written_adapters: Sequence[WrittenAdapter],
    checks: tuple[BaseCheck, list[AdapterCheck]] | None,
) -> SwapReport:
    adapter_checks = checks[1] if checks else [None] * len(opened.given)
    adapters = list(map(_adapter, opened.given, opened.files, written_adapters, adapter_checks))
    file = opened.graph.file
    written = [folder / file.path.name, *(folder / location for location in file.data)]
    return SwapReport(
        graph=source,
        file=file.path.name,
        output=str(opened.target),
        base=opened.graph.base,
        dtype=str(opened.dtype),
        modules=[_module(site, nodes[site.module]) for site in opened.branches.sites],
        adapters=adapters,
        nbytes=sum(path.stat().st_size for path in written),
        check=checks[0] if checks else None,
        notes=[
            *slips_in(opened.request.adapters, opened.given),
            *opened.branches.notes,
            *_notes(adapters),
            *notes_of_left_out(file.path.parent),
        ],
    )


def _module(site: BranchSite, nodes: Sequence[str]) -> SwapModule:
    first, second = (input_name(site.module, side) for side in SIDES)
    return SwapModule(site.module, site.slot.role, (first, second), *site.widths, tuple(nodes))


def _adapter(
    given: WeightedAdapter, file: str, written: WrittenAdapter, seen: AdapterCheck | None
) -> SwapAdapter:
    ranks = (min(written.ranks), max(written.ranks))
    return SwapAdapter(given.name, given.weight, file, len(written.ranks), ranks, written.nbytes, seen)


def _notes(adapters: Sequence[SwapAdapter]) -> list[str]:
    return [
        f"{each.file} changes the answers by {each.check.effect:.2g} at most, and may differ from the "
        f"merged graph by {each.check.allowed:.2g} (--atol): "
        "the check cannot tell whether it has any effect."
        for each in adapters
        if each.check is not None and each.check.effect <= each.check.allowed
    ]
