"""The part of a traced graph that belongs to each layer of a stack, and whether two of them are the same."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx_ir as ir

SCOPES = "pkg.torch.onnx.name_scopes"
# The model is called `model` in what is traced.
INSIDE = "model."


@dataclass(frozen=True)
class Segment:
    """The nodes of one layer, in the graph's order, and the prefix of its parameters' names."""

    prefix: str
    nodes: tuple[ir.Node, ...]

    @cached_property
    def own(self) -> frozenset[ir.Node | None]:
        """The nodes, to look one up."""
        return frozenset(self.nodes)

    def makes(self, value: ir.Value) -> bool:
        """Whether a value comes from this layer."""
        return value.producer() in self.own

    def lends(self, node: ir.Node) -> bool:
        """Whether a node of this layer is a constant that others read as well: they share it."""
        return node.op_type == "Constant" and any(use.node not in self.own for use in node.outputs[0].uses())


def segments(graph: ir.Graph, stack_name: str, count: int) -> list[Segment] | None:
    """The nodes of each layer; None where they are not one piece after the other."""
    sections = [_layer(node, f"{INSIDE}{stack_name}.") for node in graph]
    places = [place for place, layer in enumerate(sections) if layer is not None]
    if not places or None in sections[places[0] : places[-1] + 1]:
        return None
    inner = [layer for layer in sections if layer is not None]
    if inner != sorted(inner) or set(inner) != set(range(count)):
        return None
    nodes = list(graph)
    return [
        Segment(
            f"{stack_name}.{layer}.",
            tuple(node for node, section in zip(nodes, sections, strict=True) if section == layer),
        )
        for layer in range(count)
    ]


def _layer(node: ir.Node, prefix: str) -> int | None:
    stated = node.metadata_props.get(SCOPES)
    scopes = ast.literal_eval(stated) if stated else []
    inside = (scope.removeprefix(prefix) for scope in scopes if scope.startswith(prefix))
    number = next((rest.partition(".")[0] for rest in inside), "")
    return int(number) if number.isdigit() else None


def constant_of(value: ir.Value) -> ir.TensorProtocol | None:
    """The numbers of a value that is a constant wherever it is computed."""
    import onnx_ir as ir

    node = value.producer()
    if node is None or node.op_type != "Constant" or node.domain != "":
        return None
    return ir.convenience.get_const_tensor(value)


def are_same(one: Segment, other: Segment) -> bool:
    """Whether two layers are the same function of what comes from elsewhere.

    Their nodes are compared one by one, constants by their numbers, parameters by their names
    within the layer and their shapes; what comes from elsewhere has to correspond one to one.
    """
    left, right = _working(one), _working(other)
    if len(left) != len(right):
        return False
    there: dict[ir.Value, ir.Value] = {}
    back: dict[ir.Value, ir.Value] = {}
    for a, b in zip(left, right, strict=True):
        if (a.domain, a.op_type, a.overload) != (b.domain, b.op_type, b.overload):
            return False
        if not _same_attributes(a, b) or len(a.outputs) != len(b.outputs) or len(a.inputs) != len(b.inputs):
            return False
        for x, y in zip(a.inputs, b.inputs, strict=True):
            if x is None or y is None:
                if x is not y:
                    return False
            elif not _corresponds(x, y, one, other) or (
                constant_of(x) is None and (there.setdefault(x, y) is not y or back.setdefault(y, x) is not x)
            ):
                return False
        for x, y in zip(a.outputs, b.outputs, strict=True):
            if (str(x.shape), x.dtype) != (str(y.shape), y.dtype):
                return False
            there[x], back[y] = y, x
    return True


def _corresponds(x: ir.Value, y: ir.Value, one: Segment, other: Segment) -> bool:
    """Whether two values may stand in each other's place."""
    first, second = constant_of(x), constant_of(y)
    if first is not None or second is not None:
        return first is not None and second is not None and same_numbers(first, second)
    if x.is_initializer() != y.is_initializer() or one.makes(x) != other.makes(y):
        return False
    if (str(x.shape), x.dtype) != (str(y.shape), y.dtype):
        return False
    if not x.is_initializer():
        return True
    names = [str(value.name).removeprefix(part.prefix) for value, part in ((x, one), (y, other))]
    return names[0] == names[1]


def same_numbers(one: ir.TensorProtocol, other: ir.TensorProtocol) -> bool:
    """Whether two constants are equal bit for bit."""
    shapes = [(tensor.dtype, tuple(tensor.shape)) for tensor in (one, other)]
    return shapes[0] == shapes[1] and one.tobytes() == other.tobytes()


def _working(segment: Segment) -> list[ir.Node]:
    """The nodes that are no constants: a constant is in whichever layer needs it first."""
    return [node for node in segment.nodes if node.op_type != "Constant"]


def _same_attributes(one: ir.Node, other: ir.Node) -> bool:
    import onnx_ir as ir

    if one.attributes.keys() != other.attributes.keys():
        return False
    for key, mine in one.attributes.items():
        theirs = other.attributes[key]
        if mine.type != theirs.type:
            return False
        if mine.type == ir.AttributeType.TENSOR:
            if not same_numbers(mine.as_tensor(), theirs.as_tensor()):
                return False
        elif mine.value != theirs.value:
            return False
    return True


def has_subgraphs(parts: Sequence[Segment]) -> bool:
    """Whether a node of any layer has a graph of its own (`If`, `Loop`)."""
    import onnx_ir as ir

    graphs = (ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS)
    nodes = itertools.chain.from_iterable(part.nodes for part in parts)
    return any(each.type in graphs for node in nodes for each in node.attributes.values())


def used_later(part: Segment) -> Iterator[ir.Value]:
    """The values of a layer that nodes after it read, constants left out."""
    for value in itertools.chain.from_iterable(node.outputs for node in part.nodes):
        if constant_of(value) is None and any(use.node not in part.own for use in value.uses()):
            yield value
