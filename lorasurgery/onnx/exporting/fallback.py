"""A graph, traced by transformers' own exporter, where torch's by itself fails: it mends operators
and models while it traces.

The same model is called for the same inputs and outputs, so that nothing downstream sees a
difference; only the names of free axes are put back.

Source: `transformers.exporters.OnnxExporter`, there since transformers 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lorasurgery.onnx.exporting.tasks import GraphSpec

if TYPE_CHECKING:
    import onnx_ir as ir
    from torch import Tensor

_INPUT = "input_"


def trace_by_transformers(
    model: Any, graph: GraphSpec, example: Mapping[str, Tensor], opset: int
) -> ir.Model:
    """Trace one graph; inputs and outputs are in the order of the graph's.

    Raises:
        Exception: of any kind; ImportError where transformers has no such exporter.
    """
    import torch
    from transformers.exporters import OnnxConfig, OnnxExporter

    # Its signatures are made of these, and a port's own name may have dots.
    named = {f"{_INPUT}{i}": port for i, port in enumerate(graph.inputs)}
    free = torch.export.Dim.DYNAMIC
    axes = {
        name: {i: free for i, axis in enumerate(port.axes) if isinstance(axis, str)}
        for name, port in named.items()
    }
    config = OnnxConfig(dynamic=True, dynamic_shapes=axes, opset_version=opset, optimize=False)
    given = {name: example[port.name] for name, port in named.items()}
    traced: ir.Model
    traced, _ = OnnxExporter().export_program(_named(model, graph), given, config)
    assert [value.name for value in traced.graph.inputs] == list(named)
    _name_axes(traced, graph)
    return traced


def _named(model: Any, graph: GraphSpec) -> Any:
    """The model as a function of tensors by name."""
    from torch import nn

    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, **tensors: Tensor) -> dict[str, Tensor]:
            feed = {port.name: tensors[f"{_INPUT}{i}"] for i, port in enumerate(graph.inputs)}
            return {f"output_{i}": each for i, each in enumerate(graph.call(self.model, feed))}

    return Named().eval()


def _name_axes(traced: ir.Model, graph: GraphSpec) -> None:
    """Call free axes as the ports do, wherever they appear."""
    import onnx_ir as ir

    called: dict[object, str] = {}
    for value, port in zip(traced.graph.inputs, graph.inputs, strict=True):
        assert value.shape is not None
        for dim, axis in zip(value.shape, port.axes, strict=True):
            if isinstance(axis, str) and isinstance(dim, ir.SymbolicDim):
                called.setdefault(dim.value, axis)
    inner = [value for node in traced.graph.all_nodes() for value in node.outputs]
    for value in (*traced.graph.inputs, *inner):
        if value.shape is not None:
            value.shape = ir.Shape(
                [
                    called.get(dim.value, dim.value) if isinstance(dim, ir.SymbolicDim) else dim
                    for dim in value.shape
                ]
            )
