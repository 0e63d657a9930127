"""A graph that was exported earlier, with the adapters that are to become its inputs, held against
its wiring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.checkpoint import check_output
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.grafting.plan import refuse_strays
from lorasurgery.onnx.graph.exported import ExportedGraph, read_exported
from lorasurgery.onnx.graph.reference import check_against_base
from lorasurgery.onnx.swapping.files import file_names
from lorasurgery.onnx.swapping.forecast import SwapForecast, checking_nbytes, forecast_in_graph
from lorasurgery.onnx.swapping.plan import BranchPlan, BranchSite, branch_plan
from lorasurgery.onnx.swapping.request import SwapRequest
from lorasurgery.paths import expanded
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import slips_in
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter, open_weighted
from lorasurgery.surgery.output.target import folder_target

# What the interpreter takes with onnx and ONNX Runtime loaded, and the base's config read.
LIBRARY_BYTES = 560 * 10**6


@dataclass(frozen=True)
class GraphToSwap:
    """A graph and the adapters that become its inputs, all held against each other before anything
    is written.

    `files` are the names of the adapters' files.
    """

    request: SwapRequest
    graph: ExportedGraph
    given: tuple[WeightedAdapter, ...]
    files: tuple[str, ...]
    branches: BranchPlan
    dtype: Dtype
    target: Path

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Return what the output must not overwrite."""
        return (*self.graph.inputs, *(each.folder for each in self.given))

    @property
    def needed_nbytes(self) -> int:
        """Return the disk space of a run: the check merges each adapter into a copy of the graph."""
        return self.graph.file.nbytes * (2 if self.request.verify else 1)

    def forecast(self) -> SwapForecast:
        """Say what would be written for the graph."""
        each_file = zip(self.given, self.files, self.branches.fed, strict=True)
        sites = self.branches.sites
        return SwapForecast(
            graph=self.request.model,
            output=str(self.target),
            base=self.graph.base,
            dtype=str(self.dtype),
            modules=[site.module for site in sites],
            adapters=[
                forecast_in_graph(given, file, sites, fed, self.dtype) for given, file, fed in each_file
            ],
            nbytes=self.graph.file.nbytes,
            needed_nbytes=self.needed_nbytes,
            peak_nbytes=LIBRARY_BYTES
            + checking_nbytes(self.graph.file.nbytes, is_checked=self.request.verify),
            is_checked=self.request.verify,
            notes=[*slips_in(self.request.adapters, self.given), *self.branches.notes],
        )


def open_graph_to_swap(request: SwapRequest) -> GraphToSwap:
    """Hold adapters against an exported graph, and the output against what is there."""
    if not request.adapters:
        raise UnsupportedError("No adapter was given: which modules get inputs is read off the adapters.")
    path = expanded(request.model)
    graph = read_exported(path, request.base)
    reading = AdapterReading(experts_order=request.experts_order)
    given = tuple(open_weighted(request.adapters, graph.host, reading))
    files = file_names(given)
    branches = branch_plan(graph, given)
    slots = [site.slot for site in branches.sites]
    refuse_strays(graph.file, graph.strays, slots)
    if graph.reference and graph.reference.base:
        check_against_base(graph.file, slots, graph.reference)
    target = folder_target(request.output, f"{path.stem}-swappable", "exported models")
    opened = GraphToSwap(request, graph, given, files, branches, _dtype(branches.sites), target)
    check_output(target, opened.inputs, force=request.force)
    return opened


def _dtype(sites: Sequence[BranchSite]) -> Dtype:
    """Return the dtype of all inputs: half precision where all products are; an adapter's file has
    one dtype only.
    """
    computed = {dtype for site in sites for dtype in site.dtypes}
    return Dtype.F16 if computed == {Dtype.F16} else Dtype.F32
