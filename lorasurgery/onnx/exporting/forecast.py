"""What an export would write, found by tracing the model without its weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.onnx.exporting.build import BuiltExport, BuiltGraph
from lorasurgery.onnx.exporting.merged import MergedWeights
from lorasurgery.onnx.exporting.model import quiet
from lorasurgery.onnx.exporting.report import REPORT_VERSION, GraphReport
from lorasurgery.reports import Report
from lorasurgery.text import counted

# What the interpreter takes with torch, transformers and onnxscript loaded, and the check's own
# process with ONNX Runtime instead; both measured on a model of 1 MB.
EXPORT_LIBRARY_BYTES, CHECK_LIBRARY_BYTES = 690 * 10**6, 640 * 10**6
# What a graph says of a weight in another file, besides its name: shape, location, offset and
# length.
EXTERNAL_RECORD_BYTES = 70


@dataclass(frozen=True, repr=False)
class ExportForecast(Report):
    """What an export would write.

    `nbytes` are those of graphs and data files, quantised graphs left out; `referred_nbytes` stay
    in the base's own files. `peak_nbytes` is the memory of the larger of two processes: the
    export's, and the check's, which holds torch's model in float32 and the graph's weights.
    """

    model: str
    adapters: Sequence[tuple[str, float]]
    output: str
    task: str
    model_class: str
    dtype: str
    opset: int
    attention: str
    graphs: Sequence[GraphReport]
    nbytes: int
    changed: int
    referred_nbytes: int
    int8: bool
    is_checked: bool
    peak_nbytes: int
    notes: Sequence[str]

    ROWS: ClassVar[str] = "graphs"

    @property
    def summary(self) -> str:
        """Graphs, task and dtype, and where the output would be."""
        return (
            f"{counted(len(self.graphs), 'graph')} for {self.task}, {self.dtype}, would write {self.output}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        return {"version": REPORT_VERSION, "dry_run": True, **asdict(self)}


def forecast_of(
    merged: MergedWeights, built: BuiltExport, output: str, *, int8: bool, is_checked: bool
) -> ExportForecast:
    """Say what was traced, and the bytes and memory that writing and checking it take."""
    numbers = sum(tensor.numel for tensor in merged.checkpoint.tensors.values())
    referred_nbytes = sum(each.tensor.nbytes for graph in built.graphs for each in graph.referred.values())
    # The check holds torch's model and the graph's weights.
    export_peak = writing_peak_nbytes(built)
    check_peak = CHECK_LIBRARY_BYTES + 4 * numbers + built.nbytes + referred_nbytes
    return ExportForecast(
        model=merged.base.name,
        adapters=merged.adapters,
        output=output,
        task=built.task.name,
        model_class=built.task.class_name,
        dtype=str(built.dtype).removeprefix("torch."),
        opset=built.opset,
        attention=built.attention,
        graphs=[each.report() for each in built.graphs],
        nbytes=built.nbytes + sum(map(graph_nbytes, built.graphs)),
        changed=len(merged.touched),
        referred_nbytes=referred_nbytes,
        int8=int8,
        is_checked=is_checked,
        peak_nbytes=max(export_peak, check_peak) if is_checked else export_peak,
        notes=[*merged.notes, *built.notes, *unread_notes(merged, built)],
    )


def writing_peak_nbytes(built: BuiltExport) -> int:
    """Return the memory of writing graphs: libraries, and the largest tensor read, cast and transposed."""
    stored = [each for graph in built.graphs for each in (*graph.wanted.values(), *graph.referred.values())]
    return EXPORT_LIBRARY_BYTES + 4 * max((each.nbytes for each in stored), default=0)


def graph_nbytes(graph: BuiltGraph) -> int:
    """Return the bytes of an .onnx file without its weights, within some hundred."""
    import onnx_ir as ir

    with quiet():  # it warns of every weight that has no value yet
        message = ir.to_proto(graph.model)
    return int(message.ByteSize()) + sum(
        EXTERNAL_RECORD_BYTES + len(name) for name in (*graph.wanted, *graph.referred)
    )


def unread_notes(merged: MergedWeights, built: BuiltExport) -> Iterator[str]:
    """Name the tensors that the adapters change and no graph reads."""
    lost = sorted(merged.touched - built.read)
    if lost:
        yield (
            f"{len(lost)} of the {len(merged.touched)} tensors that the adapters change are read by no "
            f"graph of {built.task.class_name} "
            f"for {built.task.name} ({lost[0]!r})."
        )
