"""A base that is a checkpoint, with the adapters that are to become inputs of its graph, held
against its headers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lorasurgery.checkpoint import check_output
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.exporting.build import build
from lorasurgery.onnx.exporting.forecast import graph_nbytes, writing_peak_nbytes
from lorasurgery.onnx.exporting.merged import MergedWeights, open_merged
from lorasurgery.onnx.exporting.settings import TraceSettings
from lorasurgery.onnx.exporting.tasks import class_of, has_several_graphs
from lorasurgery.onnx.swapping.files import file_names
from lorasurgery.onnx.swapping.forecast import SwapForecast, checking_nbytes, forecast_by_itself
from lorasurgery.onnx.swapping.plan import refuse_at_sight
from lorasurgery.onnx.swapping.request import SwapRequest
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.merging.merge_request import prepare
from lorasurgery.surgery.merging.weight_writing import WeightWriting
from lorasurgery.surgery.output.target import folder_target


@dataclass(frozen=True)
class CheckpointToSwap:
    """A base, and adapters that can be inputs as far as its headers tell.

    `modules` are those that any adapter changes.
    """

    request: SwapRequest
    settings: TraceSettings
    base: MergedWeights
    given: tuple[WeightedAdapter, ...]
    modules: tuple[str, ...]
    target: Path

    def forecast(self) -> SwapForecast:
        """Trace the base without weights, and say what would be written."""
        built = build(self.base, self.settings)
        base_nbytes = built.nbytes + sum(map(graph_nbytes, built.graphs))
        dtype = Dtype.F16 if self.settings.dtype == "float16" else Dtype.F32
        files = zip(self.given, file_names(self.given), strict=True)
        return SwapForecast(
            graph=self.request.model,
            output=str(self.target),
            base=self.request.base,
            dtype=str(dtype),
            modules=self.modules,
            adapters=[forecast_by_itself(given, file, dtype) for given, file in files],
            nbytes=base_nbytes,
            # The base's own graph is written first, and a checked run merges adapters into another
            # copy.
            needed_nbytes=base_nbytes * (3 if self.request.verify else 2),
            peak_nbytes=writing_peak_nbytes(built)
            + checking_nbytes(base_nbytes, is_checked=self.request.verify),
            is_checked=self.request.verify,
            notes=[*self.base.notes, *built.notes],
        )


def open_checkpoint_to_swap(request: SwapRequest, settings: TraceSettings) -> CheckpointToSwap:
    """Open a base, and refuse adapters that do not belong to it or cannot be inputs, before it is exported.

    Raises:
        UnsupportedError: the base is exported as several graphs, or an adapter cannot be an input.
        AlignmentError: an adapter does not fit the base.
    """
    if not request.adapters:
        raise UnsupportedError("No adapter was given: which modules get inputs is read off the adapters.")
    base = open_merged(request.model, (), settings.dtype)
    target = folder_target(request.output, f"{base.name}-swappable", "exported models")
    check_output(target, base.inputs, force=request.force)
    _refuse_several_graphs(base, settings.task)
    reading = AdapterReading(experts_order=request.experts_order)
    writing = WeightWriting.of(settings.dtype)
    given: list[WeightedAdapter] = []
    changed: set[str] = set()
    for each in request.adapters:
        merge_request = prepare(request.model, [each], reading=reading, writing=writing)
        refuse_at_sight(merge_request.adapters[0], merge_request.match)
        given.append(merge_request.adapters[0])
        changed |= {module for _, module in merge_request.match.checks}
    return CheckpointToSwap(request, settings, base, tuple(given), tuple(sorted(changed)), target)


def _refuse_several_graphs(base: MergedWeights, task: str | None) -> None:
    name, class_name = class_of(base.checkpoint.config, task)
    if has_several_graphs(name):
        raise UnsupportedError(
            f"{class_name} is exported as several graphs for {name}, and adapters are swapped in one; "
            "merge them instead (without --swappable)."
        )


def place_of_base(target: Path) -> Path:
    """Return where the base's own graph is written, on the output's disk: `served-base` for an
    output `served`.
    """
    parent = next(parent for parent in target.absolute().parents if parent.is_dir())
    return parent / f"{target.absolute().name}-base"
