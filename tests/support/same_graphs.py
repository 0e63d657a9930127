"""Whether two graphs are the same but for the names of what is neither parameter, input nor output."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import onnx_ir as ir


def described(graph: ir.Graph) -> list[tuple[Any, ...]]:
    """Each node with its attributes, what it reads and where it belongs; at last the outputs.

    Values are called after the node that makes them, constants after their numbers, parameters,
    inputs and outputs by their names. An axis of an input is called by its name, whichever of the
    inputs that have it is asked for it.
    """
    called: dict[ir.Value | None, Any] = {None: None}
    for value in graph.inputs:
        called[value] = ("input", value.name, str(value.shape), value.dtype)
    for name, value in graph.initializers.items():
        known = value.const_value
        called[value] = ("parameter", name, str(value.shape)) if known is None else _numbers(known)
    lines: list[tuple[Any, ...]] = []
    for index, node in enumerate(graph):
        attributes = {key: _plain(each) for key, each in sorted(node.attributes.items())}
        given = [called[value] for value in node.inputs]
        if node.op_type == "Shape" and given[0][0] == "input" and attributes.get("end") is not None:
            (given,) = ([re.split(r"[\[\],]", given[0][2])[1 + attributes["start"]]],)
            attributes = {}
        lines.append((node.domain, node.op_type, tuple(attributes.items()), tuple(given), _scope(node)))
        for place, value in enumerate(node.outputs):
            called[value] = ("made", index, place, str(value.shape), value.dtype)
    lines.append(tuple((value.name, called[value]) for value in graph.outputs))
    return lines


def _plain(attribute: ir.Attr) -> Any:
    if attribute.type == ir.AttributeType.TENSOR:
        return _numbers(attribute.as_tensor())
    return attribute.value


def _numbers(tensor: ir.TensorProtocol) -> tuple[Any, ...]:
    return ("constant", tensor.dtype, tuple(tensor.shape), hashlib.sha256(tensor.tobytes()).hexdigest())


def _scope(node: ir.Node) -> str:
    """The module that a node is in, as torch's exporter notes it; its last part is a name in the trace."""
    scopes = node.metadata_props.get("pkg.torch.onnx.name_scopes", "")
    return scopes.rpartition(",")[0]
