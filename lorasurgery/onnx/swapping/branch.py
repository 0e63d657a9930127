"""Branches: beside each product with a module's matrix, the product with two more, which are
inputs of the graph.

    linear        y' = y + (x @ A) @ B            A (in, r)         B (r, out)
    table         y' = y + A[i] @ B               A (rows, r)       B (r, width)
    convolution   y' = y + Conv₁(Conv(x, A), B)   A (in · kernel, r), transposed and folded in the
                                                  graph; B (r, out)

The scale lies in B. Both are called `<module>.lora_A.weight` and `<module>.lora_B.weight`, as by
Olive's tools and in .onnx_adapter files. Each module has a rank dimension of its own
(`lora_r.<module>`), so that an adapter may leave modules out and bring any rank to each. Empty
initializers of the same names (rank 0) stand in for what is not given: the same file is the bare
base.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.graph.exported import ExportedGraph
from lorasurgery.onnx.graph.file import GraphFile, graphs, number_of
from lorasurgery.onnx.graph.uses import WeightUse
from lorasurgery.onnx.swapping.plan import BranchSite

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, NodeProto

SIDES = ("A", "B")
OVERRIDABLE_IR_VERSION = 4


def input_name(module: str, side: str) -> str:
    """What a factor is called in the graph and in adapters' files."""
    return f"{module}.lora_{side}.weight"


def add_branches(
    graph: ExportedGraph, sites: Sequence[BranchSite], dtype: Dtype
) -> dict[str, tuple[str, ...]]:
    """Change a parsed graph: inputs of one dtype with their empty defaults, and the branches.

    Gives the names of the new nodes by module.

    Raises:
        UnsupportedError: the graph has such inputs already.
    """
    _refuse_names(graph.file, sites)
    wiring = _Wiring(graph, dtype)
    for site in sites:
        for number, (use, computed) in enumerate(zip(site.uses, site.dtypes, strict=True)):
            wiring.add(site, use, computed, number)
    wiring.place()
    # Before this version, an initializer stands for its input for good.
    graph.file.model.ir_version = max(graph.file.model.ir_version, OVERRIDABLE_IR_VERSION)
    for site in sites:
        _add_inputs(graph.file.model.graph, site, number_of(dtype))
    return {module: tuple(names) for module, names in wiring.names.items()}


def _refuse_names(file: GraphFile, sites: Iterable[BranchSite]) -> None:
    known = {value.name for value in (*file.model.graph.input, *file.model.graph.initializer)}
    named = list(sites)
    taken = [site.module for site in named if known & {input_name(site.module, side) for side in SIDES}]
    if taken:
        raise UnsupportedError(
            f"{file.path} has {input_name(taken[0], 'A')!r} already, an input of its own for {len(taken)} "
            f"of {len(named)} modules: it is swappable. "
            "Further adapters need only be written for it: lorasurgery convert ADAPTER --format onnx."
        )


def _add_inputs(graph: GraphProto, site: BranchSite, kind: int) -> None:
    rank, (taken, given) = f"lora_r.{site.module}", site.widths
    for side, shape in (("A", (taken, rank)), ("B", (rank, given))):
        value = graph.input.add()
        value.name = input_name(site.module, side)
        value.type.tensor_type.elem_type = kind
        for size in shape:
            dim = value.type.tensor_type.shape.dim.add()
            if isinstance(size, str):
                dim.dim_param = size
            else:
                dim.dim_value = size
        empty = graph.initializer.add()
        empty.name, empty.data_type, empty.raw_data = value.name, kind, b""
        empty.dims.extend(0 if isinstance(size, str) else size for size in shape)


class _Wiring:
    """New nodes by the value behind which they stand."""

    def __init__(self, graph: ExportedGraph, dtype: Dtype) -> None:
        self.dtype = dtype
        self.graphs = list(graphs(graph.file.model.graph))
        self.outputs = {value.name for each in self.graphs for value in each.output}
        self.readers: dict[str, list[NodeProto]] = defaultdict(list)
        for each in self.graphs:
            for node in each.node:
                for value in node.input:
                    self.readers[value].append(node)
        made = {value for each in self.graphs for node in each.node for value in node.output}
        self.taken = {*self.readers, *self.outputs, *made}
        # Sums with a vector that is a weight.
        self.biased = {
            use.node.output[0] for use in graph.uses if use.role == "bias" and use.node.op_type == "Add"
        }
        self.behind: dict[str, list[NodeProto]] = {}
        self.names: dict[str, list[str]] = defaultdict(list)

    def add(self, site: BranchSite, use: WeightUse, computed: Dtype, number: int) -> None:
        """Make the nodes of one branch; its sum takes over the name of what it is added to."""
        last = self._last(use)
        result = last.output[0]
        new = _Nodes(f"{site.module}/lora" + (f".{number}" if number else ""), self.taken, type(last))
        value = PRODUCTS[site.slot.role](new, site, use, computed, self.dtype)
        value = new.cast(value, self.dtype, computed)
        last.output[0] = new.fresh("base")
        new.add("Add", [last.output[0], value], result)
        self.behind[last.output[0]] = new.nodes
        self.names[site.module] += [node.name for node in new.nodes]

    def _last(self, use: WeightUse) -> NodeProto:
        """The node whose output is the module's: the sum with its bias, where that is a node of its own.

        A product and its bias stay side by side, as optimisers look for them.
        """
        value = use.node.output[0]
        readers = self.readers[value]
        if use.node.op_type != "MatMul" or len(readers) != 1 or value in self.outputs:
            return use.node
        is_bias = readers[0].op_type == "Add" and readers[0].output[0] in self.biased
        return readers[0] if is_bias else use.node

    def place(self) -> None:
        """Put all new nodes behind those that they follow."""
        for graph in self.graphs:
            ordered: list[NodeProto] = []
            for node in graph.node:
                ordered.append(node)
                ordered += self.behind.get(node.output[0], []) if node.output else []
            if len(ordered) != len(graph.node):
                del graph.node[:]
                graph.node.extend(ordered)


class _Nodes:
    """The nodes of one branch, as they are made; names of values are fresh in the whole graph."""

    def __init__(self, scope: str, taken: set[str], kind: type[NodeProto]) -> None:
        self.scope = scope
        self.taken = taken
        self.kind = kind
        self.nodes: list[NodeProto] = []

    def fresh(self, name: str) -> str:
        """A name for a value that no other has."""
        spellings = (f"{self.scope}/{name}" + (f".{number}" if number else "") for number in count())
        found = next(spelling for spelling in spellings if spelling not in self.taken)
        self.taken.add(found)
        return found

    def add(
        self,
        operation: str,
        inputs: Sequence[str],
        output: str = "",
        *,
        name: str = "",
        attributes: Iterable[AttributeProto] = (),
    ) -> str:
        """Make a node; gives the name of its output."""
        node = self.kind()
        node.op_type = operation
        node.name = self.fresh(name or operation)
        node.input.extend(inputs)
        node.output.append(output or f"{node.name}/out")
        node.attribute.extend(attributes)
        self.nodes.append(node)
        return str(node.output[0])

    def cast(self, value: str, old: Dtype, new: Dtype) -> str:
        """A value in another dtype, if it is another."""
        from onnx.helper import make_attribute

        if old == new:
            return value
        return self.add("Cast", [value], attributes=[make_attribute("to", number_of(new))])

    def reshaped(self, value: str, shape: Sequence[int]) -> str:
        """A value transposed and in another shape, in which 0 stands for a dimension that stays."""
        import numpy as np
        from onnx import numpy_helper
        from onnx.helper import make_attribute

        sizes = numpy_helper.from_array(np.array(shape, np.int64))
        transposed = self.add("Transpose", [value], attributes=[make_attribute("perm", [1, 0])])
        constant = self.add("Constant", [], attributes=[make_attribute("value", sizes)])
        return self.add("Reshape", [transposed, constant])


def _linear(new: _Nodes, site: BranchSite, use: WeightUse, computed: Dtype, dtype: Dtype) -> str:
    A, B = (input_name(site.module, side) for side in SIDES)
    value = new.cast(use.node.input[0], computed, dtype)
    return new.add("MatMul", [new.add("MatMul", [value, A], name="A"), B], name="B")


def _table(new: _Nodes, site: BranchSite, use: WeightUse, _computed: Dtype, _dtype: Dtype) -> str:
    A, B = (input_name(site.module, side) for side in SIDES)
    return new.add("MatMul", [new.add("Gather", [A, use.node.input[1]], name="A"), B], name="B")


def _convolution(new: _Nodes, site: BranchSite, use: WeightUse, computed: Dtype, dtype: Dtype) -> str:
    A, B = (input_name(site.module, side) for side in SIDES)
    kernel = new.reshaped(A, [0, *site.shape[1:]])
    point = new.reshaped(B, [0, 0, *(1 for _ in site.shape[2:])])
    value = new.cast(use.node.input[0], computed, dtype)
    inner = new.add("Conv", [value, kernel], name="A", attributes=use.node.attribute)
    return new.add("Conv", [inner, point], name="B")


PRODUCTS = {"linear": _linear, "embedding": _table, "conv": _convolution}
