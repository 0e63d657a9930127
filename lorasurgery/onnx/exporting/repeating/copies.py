"""Layers put into a traced graph as copies of one that was traced.

    before  ·  layer 0  ·  layer 1  ·  after                          traced
    before  ·  layer 0  ·  layer 1  ·  layer 2  ·  ...  ·  after      with copies

A copy reads its own parameters, buffers and inputs, and where its original reads the result of the
layer before, that of the layer before the copy. Anything else that the original reads, it reads too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lorasurgery.onnx.exporting.repeating.copied_layer import CopiedLayer
from lorasurgery.onnx.exporting.repeating.kinds import Prefix
from lorasurgery.onnx.exporting.repeating.reading import NotAlikeError, OutsideValues, only_result, reading_of
from lorasurgery.onnx.exporting.repeating.segments import Segment, are_same, has_subgraphs, segments
from lorasurgery.onnx.exporting.repeating.stack import LayerStack
from lorasurgery.onnx.exporting.tasks.value import GraphSpec, layer_of_port

if TYPE_CHECKING:
    import onnx_ir as ir


def add_copies(graph: ir.Graph, spec: GraphSpec, stack: LayerStack, prefix: Prefix) -> None:
    """Put the layers that were left out into a graph, in place.

    Args:
        spec: inputs and outputs of the whole graph.

    Raises:
        NotAlikeError: the traced layers are not what they were taken for; nothing was changed.
    """
    parts = segments(graph, stack.name, prefix.count)
    if parts is None or has_subgraphs(parts):
        raise NotAlikeError
    _check(parts, prefix)
    readings = {stand: reading_of(graph, parts, stand) for stand in set(prefix.stands_for.values())}
    results = {stand: only_result(graph, parts[stand]) for stand in readings}
    end = only_result(graph, parts[-1])
    later = [use for use in end.uses() if use.node not in parts[-1].own]
    new = _copied(graph, stack, prefix, parts, readings, results, end)
    result = new[-1].values[results[prefix.stands_for[stack.depth - 1]]]
    for use in later:
        use.node.replace_input_with(use.idx, result)
    for layer in new:
        layer.finish(graph)
    _finish_rim(graph, spec, new, end, result)


def _check(parts: Sequence[Segment], prefix: Prefix) -> None:
    """See that each layer that is copied is in the graph what another traced layer is there, up to
    what they read.
    """
    for stand in set(prefix.stands_for.values()):
        others = (part for layer, part in enumerate(parts) if layer != stand)
        if not any(are_same(other, parts[stand]) for other in others):
            raise NotAlikeError


def _copied(
    graph: ir.Graph,
    stack: LayerStack,
    prefix: Prefix,
    parts: Sequence[Segment],
    readings: Mapping[int, OutsideValues],
    results: Mapping[int, ir.Value],
    end: ir.Value,
) -> list[CopiedLayer]:
    """The copies in their order, their nodes put behind those of the last traced layer."""
    made, result, place = [], end, parts[-1].nodes[-1]
    feeders = [node for stand in sorted(readings) for node in readings[stand].feeders]
    feeder = feeders[-1] if feeders else None
    for layer, stand in sorted(prefix.stands_for.items()):
        copy = CopiedLayer(stack.name, stand, layer, {readings[stand].carried: result})
        if feeder is not None and readings[stand].feeders:
            fed = [copy.add(node) for node in readings[stand].feeders]
            graph.insert_after(feeder, fed)
            feeder = fed[-1]
        nodes = [copy.add(node) for node in parts[stand].nodes if not parts[stand].lends(node)]
        graph.insert_after(place, nodes)
        place, result = nodes[-1], copy.values[results[stand]]
        made.append(copy)
    return made


def _finish_rim(
    graph: ir.Graph, spec: GraphSpec, new: Sequence[CopiedLayer], end: ir.Value, result: ir.Value
) -> None:
    """Put inputs and outputs in the order of the whole graph."""
    inputs = {str(value.name): value for value in graph.inputs}
    outputs = {str(value.name): value for value in graph.outputs}
    if end.is_graph_output() and layer_of_port(str(end.name)) is None:
        outputs[str(end.name)] = result
    names = {value: name for name, value in outputs.items()}
    for copy in new:
        inputs |= copy.inputs
        outputs |= {copy.renamed(names[old]): value for old, value in copy.values.items() if old in names}
    graph.inputs.clear()
    graph.inputs.extend(inputs[port.name] for port in spec.inputs)
    graph.outputs.clear()
    graph.outputs.extend(outputs[port.name] for port in spec.outputs)
    if end.name in outputs and outputs[end.name] is result:
        end.name = f"{end.name}_"
    for port in spec.outputs:
        outputs[port.name].name = port.name
