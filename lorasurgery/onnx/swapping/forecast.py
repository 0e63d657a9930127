"""What a swappable graph and its adapters' files would be, before anything is written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.dtypes import Dtype
from lorasurgery.onnx.swapping.files import rank_of
from lorasurgery.onnx.swapping.plan import BranchSite
from lorasurgery.onnx.swapping.report import REPORT_VERSION
from lorasurgery.reports import Report
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.text import counted
from lorasurgery.variants.edit import Factors, own_shape


@dataclass(frozen=True)
class AdapterForecast:
    """An adapter's file as it would be. `ranks` are the lowest and the highest."""

    name: str
    weight: float
    file: str
    modules: int
    ranks: tuple[int, int]
    nbytes: int


@dataclass(frozen=True, repr=False)
class SwapForecast(Report):
    """What would be written: a base graph from `graph` with inputs for `modules`, and a file for
    each adapter.

    `nbytes` are those of the graph and its weights; `needed_nbytes` is the disk space that the run
    takes with its check; `peak_nbytes` is about the memory of its process.
    """

    graph: str
    output: str
    base: str | None
    dtype: str
    modules: Sequence[str]
    adapters: Sequence[AdapterForecast]
    nbytes: int
    needed_nbytes: int
    peak_nbytes: int
    is_checked: bool
    notes: Sequence[str]

    ROWS: ClassVar[str] = "adapters"

    @property
    def summary(self) -> str:
        """Modules and adapters, and where the output would be."""
        return (
            f"{counted(len(self.modules), 'module')} with inputs for "
            f"{counted(len(self.adapters), 'adapter')}, "
            f"would write {self.output}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, "dry_run": True, **asdict(self)}


def checking_nbytes(graph_nbytes: int, *, is_checked: bool) -> int:
    """Return the memory of a check: two graphs at a time are run, whose weights are mapped and read."""
    return 2 * graph_nbytes if is_checked else 0


def forecast_in_graph(
    given: WeightedAdapter, file: str, sites: Sequence[BranchSite], fed: Mapping[str, Factors], dtype: Dtype
) -> AdapterForecast:
    """Say what an adapter's file would be for the branches of a graph; `fed` are its factors by module."""
    mine = [site for site in sites if site.module in fed]
    ranks = [rank_of(site.module, fed[site.module], site.shape) for site in mine]
    elements = sum(rank * sum(site.widths) for rank, site in zip(ranks, mine, strict=True))
    return AdapterForecast(
        given.name, given.weight, file, len(mine), (min(ranks), max(ranks)), elements * dtype.itemsize
    )


def forecast_by_itself(given: WeightedAdapter, file: str, dtype: Dtype) -> AdapterForecast:
    """Say what an adapter's file would be for a base that has no graph yet."""
    shapes = {path: own_shape(factors) or (0, 0) for path, factors in given.adapter.modules.items()}
    ranks = {path: rank_of(path, factors, shapes[path]) for path, factors in given.adapter.modules.items()}
    elements = sum(rank * (shapes[path][0] + math.prod(shapes[path][1:])) for path, rank in ranks.items())
    lowest, highest = min(ranks.values()), max(ranks.values())
    return AdapterForecast(
        given.name, given.weight, file, len(ranks), (lowest, highest), elements * dtype.itemsize
    )
