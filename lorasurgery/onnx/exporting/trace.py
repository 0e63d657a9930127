"""A graph, traced: torch's exporter over a model without weights, with free axes and the names
that the task gives.

Initializers keep the names of the model's parameters. Where a matrix is transposed before it
multiplies, the graph is left to say so (`Transpose`): `weights.py` decides whether to store it
transposed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.exporting.fallback import trace_by_transformers
from lorasurgery.onnx.exporting.model import is_fake, quiet
from lorasurgery.onnx.exporting.repeating.repeated import trace_few_layers
from lorasurgery.onnx.exporting.sample import draw
from lorasurgery.onnx.exporting.tasks import GraphSpec
from lorasurgery.text import innermost, reason_of

if TYPE_CHECKING:
    import onnx_ir as ir
    from torch import Tensor

_LOG = logging.getLogger(__name__)

# An axis of length 0 or 1, or two of one length, would be taken for fixed.
EXAMPLE_SIZES = {
    "batch_size": 2,
    "sequence_length": 3,
    "past_sequence_length": 5,
    "total_sequence_length": 8,
    "encoder_sequence_length": 7,
    "encoder_sequence_length_out": 7,
    "past_decoder_sequence_length": 5,
    "decoder_sequence_length": 3,
}
OPSET = 20
# Beyond the newest, torch's exporter writes broken graphs without a word (seen with torch 2.13: a
# graph of 25 values for 1 input).
OLDEST_OPSET, NEWEST_OPSET = 18, 25
_INSIDE = "model."


@dataclass(frozen=True)
class TracedGraph:
    """A graph, what the user should know of how it came about, and how many layers are copies of others."""

    model: ir.Model
    note: str = ""
    copied: int = 0


def trace(model: Any, graph: GraphSpec, opset: int = OPSET) -> TracedGraph:
    """Trace one graph of a model whose parameters may be fake.

    Parameters without numbers are initializers without a value.

    Torch's exporter does it; where it fails, transformers' own, which is slower.

    Raises:
        UnsupportedError: neither can do this model; with the reasons of both.
    """
    import torch

    example = draw(graph.inputs, EXAMPLE_SIZES, model.config, dtype=model.dtype)
    note, way, copied = "", "", 0

    def by_torch(spec: GraphSpec, fed: Mapping[str, Tensor]) -> ir.Model:
        return _with_names(_trace_by_torch(model, spec, fed, opset), spec)

    with quiet(), torch.no_grad():
        try:
            repeated, way = trace_few_layers(model, graph, example, by_torch)
            copied = repeated.copied if repeated is not None else 0
            traced = repeated.model if repeated is not None else by_torch(graph, example)
        except Exception as error:  # torch's exporter lets through whatever a model raises
            try:
                traced = _with_names(trace_by_transformers(model, graph, example, opset), graph)
            except Exception as other:
                raise UnsupportedError(_why(model, graph, error, other)) from error
            note = (
                f"{graph.file} was traced by transformers' exporter, for torch's own fails: "
                f"{reason_of(innermost(error))}."
            )
    _LOG.info("%s: %s", graph.file, note or way)
    return TracedGraph(traced, note, copied)


def _with_names(traced: ir.Model, graph: GraphSpec) -> ir.Model:
    """The graph with the names that the task and the parameters have, and without false numbers."""
    _name_rim(traced, graph)
    _drop_fakes(traced)
    return traced


def _trace_by_torch(model: Any, graph: GraphSpec, example: Mapping[str, Tensor], opset: int) -> ir.Model:
    import torch

    names = [port.name for port in graph.inputs]
    axes = tuple(
        {i: axis for i, axis in enumerate(port.axes) if isinstance(axis, str)} for port in graph.inputs
    )
    program = torch.onnx.export(
        _flat(model, graph, names),
        tuple(example[name] for name in names),
        dynamo=True,
        optimize=False,
        verbose=False,
        dynamic_shapes=(axes,),
        opset_version=opset,
    )
    assert program is not None
    traced: ir.Model = program.model
    return traced


def _flat(model: Any, graph: GraphSpec, names: Sequence[str]) -> Any:
    """The model as a function of a row of tensors."""
    from torch import nn

    class Flat(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
            return tuple(graph.call(self.model, dict(zip(names, tensors, strict=True))))

    return Flat().eval()


def _name_rim(traced: ir.Model, graph: GraphSpec) -> None:
    """Give inputs, outputs and initializers their names."""
    inner = traced.graph
    taken = {port.name for port in (*graph.inputs, *graph.outputs)}
    for node in inner:
        for value in node.outputs:
            if value.name in taken:
                value.name = f"{value.name}_"
    for values, ports in ((inner.inputs, graph.inputs), (inner.outputs, graph.outputs)):
        assert len(values) == len(ports), f"{graph.file}: {len(values)} values for {len(ports)} ports"
        for value, port in zip(values, ports, strict=True):
            value.name = port.name
    for name in list(inner.initializers):
        if name.startswith(_INSIDE):
            inner.initializers[name].name = name.removeprefix(_INSIDE)


def _drop_fakes(traced: ir.Model) -> None:
    """Leave parameters without a value, so that nothing downstream takes their emptiness for numbers."""
    for value in traced.graph.initializers.values():
        if is_fake(getattr(value.const_value, "raw", None)):
            value.const_value = None


def _why(model: Any, graph: GraphSpec, error: BaseException, other: BaseException) -> str:
    """What both exporters say in their innermost errors, in one line."""
    reasons = [reason_of(innermost(each)) for each in (error, other)]
    second = "says the same" if reasons[0] == reasons[1] else f"neither: {reasons[1]}"
    attention = getattr(model.config, "_attn_implementation", "eager")
    way_out = "" if attention == "eager" else " Try --attn eager."
    return (
        f"torch cannot trace {type(model).__name__} ({graph.file}): {reasons[0]}. "
        f"transformers' own exporter {second}.{way_out}"
    )
