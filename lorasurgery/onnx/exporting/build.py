"""The graphs of an export: traced, made small, and held against the headers of the checkpoint; then their weights written, and they themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.onnx.exporting.datafile import Key, Stored, offsets, write_data
from lorasurgery.onnx.exporting.merged import Merged
from lorasurgery.onnx.exporting.model import weightless
from lorasurgery.onnx.exporting.parameters import Parameters, needed, parameters_of
from lorasurgery.onnx.exporting.report import GraphReport
from lorasurgery.onnx.exporting.simplify import simplify
from lorasurgery.onnx.exporting.tasks import Graph, Task, class_of, task_of
from lorasurgery.onnx.exporting.trace import trace
from lorasurgery.onnx.exporting.turning import turn
from lorasurgery.surgery.workers import Progress

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

    graph: Graph
    model: ir.Model
    wanted: Mapping[str, Stored]
    referred: Mapping[str, Stored]

    def report(self) -> GraphReport:
        return GraphReport(
            file=f"{self.graph.file}.onnx",
            inputs=[port.name for port in self.graph.inputs],
            outputs=[port.name for port in self.graph.outputs],
            nodes=len(list(self.model.graph)),
            parameters=len(self.wanted) + len(self.referred),
            turned=sum(each.turned for each in self.wanted.values()),
        )


@dataclass(frozen=True)
class Built:
    """All graphs of an export. `data` are the files of external data: what is in each, once, whichever graphs read it."""

    task: Task
    graphs: tuple[BuiltGraph, ...]
    data: Mapping[str, Mapping[Key, Stored]]
    dtype: torch.dtype
    opset: int
    attention: str

    @property
    def nbytes(self) -> int:
        return sum(offsets(wanted)[1] for wanted in self.data.values())


def build(
    merged: Merged, task: str | None, dtype: str, opset: int, attention: str, *, refers: bool = False
) -> Built:
    """Trace the graphs of a task, and find every parameter that they read.

    Args:
        refers: leave parameters in the base's own files, as far as they lie there in one piece.

    Raises:
        UnsupportedError: the model cannot be traced, or is for no task that is known here.
        AlignmentError: the checkpoint lacks parameters, or they have other shapes than its config says.
    """
    import torch

    number: torch.dtype = getattr(torch, dtype)
    config = merged.checkpoint.config
    name, class_name = class_of(config, task)
    model = weightless(config, class_name, number, attention)
    wanted_task = task_of(name, model)
    parameters = parameters_of(merged.checkpoint, class_name)
    graphs = tuple(_built(model, graph, parameters, opset, refers=refers) for graph in wanted_task.graphs)
    data: dict[str, dict[Key, Stored]] = {}
    for each in graphs:
        shared = data.setdefault(each.graph.data_file, {})
        shared |= {(stored.name, stored.turned): stored for stored in each.wanted.values()}
    return Built(wanted_task, graphs, data, number, opset, attention)


def _built(model: object, graph: Graph, parameters: Parameters, opset: int, *, refers: bool) -> BuiltGraph:
    def stays(name: str) -> bool:
        tensor = parameters.tensor(name) if refers else None
        return tensor is not None and tensor.place is not None

    traced = trace(model, graph, opset)
    simplify(traced)
    turned = turn(traced, stays)
    _forget(traced)
    stored = {
        name: Stored(name, tensor, name in turned, _dtype(traced.graph.initializers[name]))
        for name, tensor in needed(traced, parameters, turned).items()
    }
    referred = {name: each for name, each in stored.items() if stays(name)}
    wanted = {name: each for name, each in stored.items() if name not in referred}
    return BuiltGraph(graph, traced, wanted, referred)


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


def write_graphs(built: Built, folder: Path, progress: Progress | None = None) -> None:
    """Write data files and graphs into a folder.

    Raises:
        NoSpaceError: the disk is full.
        NumericError: a weight is beyond the dtype's reach, or not finite.
    """
    import onnx_ir as ir

    total = sum(stored.nbytes for wanted in built.data.values() for stored in wanted.values())
    done = 0

    def advance(nbytes: int) -> None:
        nonlocal done
        done += nbytes
        if progress:
            progress(done, total)

    places = {}
    for file, wanted in built.data.items():
        if not wanted:
            continue
        places[file], _ = offsets(wanted)
        write_data(folder / file, wanted, places[file], advance)
    for each in built.graphs:
        file = each.graph.data_file
        for name, stored in each.wanted.items():
            value = each.model.graph.initializers[name]
            value.const_value = external(
                value, stored, folder, file, places[file][stored.name, stored.turned]
            )
        ir.save(each.model, folder / f"{each.graph.file}.onnx")


def external(value: ir.Value, stored: Stored, folder: Path, location: str, offset: int) -> ir.ExternalTensor:
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
