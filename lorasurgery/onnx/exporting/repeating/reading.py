"""What a traced layer reads that is not its own, and whether a copy of it can read the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.onnx.exporting.repeating.segments import Segment, constant_of, used_later
from lorasurgery.onnx.exporting.tasks.value import layer_of_port

if TYPE_CHECKING:
    import onnx_ir as ir


class NotAlikeError(Exception):
    """A graph of whose layers not all can be copied; raised and caught within this package."""


@dataclass(frozen=True)
class OutsideValues:
    """What a layer reads.

    `carried` is the result of the layer before. `feeders` are nodes before all layers that work on
    the layer's own inputs, in the graph's order.
    """

    carried: ir.Value
    feeders: tuple[ir.Node, ...]


def only_result(graph: ir.Graph, part: Segment) -> ir.Value:
    """The one value that a layer hands on; its keys and values, which are outputs, left out.

    Raises:
        NotAlikeError: there are several.
    """
    given_out = (
        value
        for value in graph.outputs
        if value.producer() in part.own and layer_of_port(str(value.name)) is None
    )
    found = {*used_later(part), *given_out}
    if len(found) != 1:
        raise NotAlikeError
    return found.pop()


def reading_of(graph: ir.Graph, parts: list[Segment], layer: int) -> OutsideValues:
    """What a layer reads from elsewhere, each of it known to be the same for its copies or their own.

    Raises:
        NotAlikeError: it reads more of the layer before than its result, or another layer's inputs.
    """
    part, carried = parts[layer], only_result(graph, parts[layer - 1])
    outside = {
        value
        for node in part.nodes
        for value in node.inputs
        if value is not None and value.producer() not in part.own and constant_of(value) is None
    }
    if any(value is not carried and parts[layer - 1].makes(value) for value in outside):
        raise NotAlikeError
    if carried not in outside:
        raise NotAlikeError
    own = _of_layers(graph, parts[0].nodes[0])
    wanted, feeders = outside, []
    for node in reversed(list(own)):
        if wanted.isdisjoint(node.outputs):
            continue
        if own[node] != {layer}:
            raise NotAlikeError
        feeders.append(node)
        wanted = {*wanted, *(value for value in node.inputs if value is not None)}
    ports = {layer_of_port(str(value.name)) for value in wanted if value.is_graph_input()}
    if not ports <= {None, layer}:
        raise NotAlikeError
    return OutsideValues(carried, tuple(reversed(feeders)))


def _of_layers(graph: ir.Graph, first: ir.Node) -> dict[ir.Node, set[int]]:
    """The nodes before the layers that work on inputs of single ones, with the layers' numbers.

    The lengths of an input's axes are no layer's: inputs agree in them.
    """
    found: dict[ir.Node, set[int]] = {}
    for node in graph:
        if node is first:
            break
        if node.op_type == "Shape":
            continue
        layers: set[int] = set()
        for value in node.inputs:
            producer = value.producer() if value is not None else None
            if producer in found:
                layers |= found[producer]
            elif value is not None and value.is_graph_input():
                port = layer_of_port(str(value.name))
                layers |= set() if port is None else {port}
        if layers:
            found[node] = layers
    return found
