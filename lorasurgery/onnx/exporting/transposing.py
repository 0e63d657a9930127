"""Which matrices a graph transposes before it multiplies, so that they can be stored transposed.

    MatMul(x, Transpose(W))  with W (out, in)   becomes   MatMul(x, W')  with W' (in, out)

ONNX Runtime would do the same when it opens the graph, and hold both copies while it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx_ir as ir


def transpose_weights(model: ir.Model, stays: Callable[[str], bool] = lambda _: False) -> frozenset[str]:
    """Take out the transposition of every parameter that is read by nothing else, in place; the
    names of those parameters.

    A parameter has no value yet. One that serves a table of tokens as well stays as it is, and so
    does one that `stays`.
    """
    import onnx_ir as ir

    transposed = set()
    for name, value in model.graph.initializers.items():
        uses = value.uses()
        if value.const_value is not None or value.shape is None or not uses or stays(name):
            continue
        nodes = [use.node for use in uses]
        if not all(_swaps(node, len(value.shape)) for node in nodes):
            continue
        for node in nodes:
            node.outputs[0].replace_all_uses_with(value)
            model.graph.remove(node, safe=True)
        value.shape = ir.Shape(tuple(value.shape)[::-1])
        transposed.add(name)
    return frozenset(transposed)


def _swaps(node: ir.Node, dimensions: int) -> bool:
    """Whether a node transposes a matrix, and its result is no output of the graph."""
    if node.op_type != "Transpose" or node.domain not in ("", "ai.onnx") or dimensions != 2:
        return False
    order = node.attributes.get("perm")
    return (order is None or list(order.as_ints()) == [1, 0]) and not node.outputs[0].is_graph_output()
