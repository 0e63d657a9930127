"""The graphs of an export: traced, made small, and held against the headers of the checkpoint;
then their weights written, and they themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.exporting.datafile import Key, StoredConstant, named_by_content, offsets, write_data
from lorasurgery.onnx.exporting.merged import MergedWeights
from lorasurgery.onnx.exporting.model import weightless
from lorasurgery.onnx.exporting.parameters import Parameters, needed, parameters_of
from lorasurgery.onnx.exporting.report import GraphReport
from lorasurgery.onnx.exporting.settings import TraceSettings
from lorasurgery.onnx.exporting.simplify import simplify
from lorasurgery.onnx.exporting.tasks import ExportTask, GraphSpec, class_of, task_of
from lorasurgery.onnx.exporting.trace import trace
from lorasurgery.onnx.exporting.transposing import transpose_weights
from lorasurgery.surgery.workers import Meter, Progress

if TYPE_CHECKING:
    import onnx_ir as ir
    import torch

# What torch's exporter notes on nodes that only its authors read; names of modules stay.
NOTES_LEFT_OUT = ("pkg.torch.onnx.stack_trace", "pkg.torch.onnx.fx_node")


@dataclass(frozen=True)
class BuiltGraph:
    """A traced graph, and what it wants of each parameter, by the name of the initializer.

    `wanted` is written for it; `referred` stays where it lies.
    """

    graph: GraphSpec
    model: ir.Model
    wanted: Mapping[str, StoredConstant]
    referred: Mapping[str, StoredConstant]
    note: str = ""

    def report(self) -> GraphReport:
        return GraphReport(
            file=f"{self.graph.file}.onnx",
            inputs=[port.name for port in self.graph.inputs],
            outputs=[port.name for port in self.graph.outputs],
            nodes=len(list(self.model.graph)),
            parameters=len(self.wanted) + len(self.referred),
            turned=sum(each.transposed for each in self.wanted.values()),
        )


@dataclass(frozen=True)
class BuiltExport:
    """All graphs of an export.

    `data` are the files of external data: what is in each, once, whichever graphs read it. `read`
    are the tensors on disk of which graphs read something, `notes` what the user should know.
    """

    task: ExportTask
    graphs: tuple[BuiltGraph, ...]
    data: Mapping[str, Mapping[Key, StoredConstant]]
    dtype: torch.dtype
    opset: int
    attention: str
    read: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        return sum(offsets(wanted)[1] for wanted in self.data.values())


def build(merged: MergedWeights, settings: TraceSettings, *, refers: bool = False) -> BuiltExport:
    """Trace the graphs of a task, and find every parameter that they read.

    Args:
        refers: leave parameters in the base's own files, as far as they lie there in one piece.

    Raises:
        UnsupportedError: the model cannot be traced, or is for no task that is known here.
        AlignmentError: the checkpoint lacks parameters, or they have other shapes than its config
            says.
    """
    import torch

    dtype: torch.dtype = getattr(torch, settings.dtype)
    config = merged.checkpoint.config
    name, class_name = class_of(config, settings.task)
    model = weightless(config, class_name, dtype, settings.attention)
    wanted_task = _task(name, model)
    parameters = parameters_of(merged.checkpoint, class_name, model)
    graphs = tuple(
        _built(model, graph, parameters, settings.opset, refers=refers) for graph in wanted_task.graphs
    )
    data: dict[str, dict[Key, StoredConstant]] = {}
    for each in graphs:
        shared = data.setdefault(each.graph.data_file, {})
        shared |= {(stored.name, stored.transposed): stored for stored in each.wanted.values()}
    read = frozenset(
        name
        for each in graphs
        for parameter in (*each.wanted, *each.referred)
        for name in parameters.tensors(parameter)
    )
    notes = (*(each.note for each in graphs if each.note), *_left_out(parameters))
    return BuiltExport(wanted_task, graphs, data, dtype, settings.opset, settings.attention, read, notes)


def _task(name: str, model: Any) -> ExportTask:
    try:
        return task_of(name, model)
    except AttributeError as error:
        raise UnsupportedError(
            f"{type(model).__name__} cannot be exported for {name}: its config has no field "
            f"{error.name!r}, which graphs of that task need; "
            "choose another task with --task, if there is one for it."
        ) from error


def _left_out(parameters: Parameters) -> Iterator[str]:
    """Weights that the class has no place for, where it is the checkpoint's own class; another
    class leaves out heads as a matter of course.
    """
    left = [name for name in parameters.binding.unclaimed if name.endswith(".weight")]
    class_name = parameters.architecture.class_name
    if left and class_name in (parameters.checkpoint.config.get("architectures") or ()):
        yield (
            f"{len(left)} weights of {parameters.checkpoint.name} belong to nothing in {class_name} as its "
            f"config builds it, and are left out ({left[0]!r})."
        )


def _built(
    model: object, graph: GraphSpec, parameters: Parameters, opset: int, *, refers: bool
) -> BuiltGraph:
    def stays(name: str) -> bool:
        tensor = parameters.tensor(name) if refers else None
        return tensor is not None and tensor.place is not None

    found = trace(model, graph, opset)
    traced = found.model
    simplify(traced)
    transposed = transpose_weights(traced, stays)
    _forget(traced)
    stored = {
        name: StoredConstant(name, tensor, name in transposed, _dtype(traced.graph.initializers[name]))
        for name, tensor in needed(traced, parameters, transposed).items()
    }
    referred = {name: each for name, each in stored.items() if stays(name)}
    wanted = {name: each for name, each in stored.items() if name not in referred}
    return BuiltGraph(graph, traced, wanted, referred, found.note)


def _dtype(value: ir.Value) -> torch.dtype:
    """What the graph wants a parameter's numbers to be."""
    from onnx_ir.tensor_adapters import to_torch_dtype

    assert value.dtype is not None
    dtype: torch.dtype = to_torch_dtype(value.dtype)
    return dtype


def _forget(traced: ir.Model) -> None:
    """Drop notes that speak of the machine on which a graph was traced."""
    for node in traced.graph.all_nodes():
        for key in NOTES_LEFT_OUT:
            node.metadata_props.pop(key, None)


def write_graphs(
    built: BuiltExport, folder: Path, progress: Progress | None = None, *, by_content: bool = False
) -> list[str]:
    """Write data files and graphs into a folder; the names of the data files.

    Args:
        by_content: give a data file a name that tells what is in it.

    Raises:
        NoSpaceError: the disk is full.
        NumericError: a weight is beyond the dtype's reach, or not finite.
    """
    import onnx_ir as ir

    total = sum(stored.nbytes for wanted in built.data.values() for stored in wanted.values())
    meter = Meter(total, progress)
    places, names = {}, {}
    for file, wanted in built.data.items():
        if not wanted:
            continue
        places[file], _ = offsets(wanted)
        write_data(folder / file, wanted, places[file], meter.add)
        names[file] = named_by_content(folder / file) if by_content else file
    for each in built.graphs:
        file = each.graph.data_file
        for name, stored in each.wanted.items():
            value = each.model.graph.initializers[name]
            value.const_value = external(
                value, stored, folder, names[file], places[file][stored.name, stored.transposed]
            )
        path = folder / f"{each.graph.file}.onnx"
        try:
            ir.save(each.model, path)
        except OSError as error:
            raise write_failed(path, error) from None
    return sorted(names.values())


def external(
    value: ir.Value, stored: StoredConstant, folder: Path, location: str, offset: int
) -> ir.ExternalTensor:
    """An initializer's value: so many bytes of a file."""
    import onnx_ir as ir

    assert value.dtype is not None
    return ir.ExternalTensor(
        location,
        offset,
        stored.nbytes,
        value.dtype,
        shape=ir.Shape(stored.shape),
        name=stored.name,
        base_dir=folder,
    )
