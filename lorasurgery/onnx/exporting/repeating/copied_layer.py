"""One layer that is a copy of another: its nodes, the values that they make, and what is its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lorasurgery.onnx.exporting.repeating.segments import INSIDE, SCOPES
from lorasurgery.onnx.exporting.tasks.value import layer_of_port

if TYPE_CHECKING:
    import onnx_ir as ir

# Where torch's exporter says which module a node belongs to.
_NAMED = ("namespace", SCOPES)


class CopiedLayer:
    """A copy of the layer `stand` as the layer `layer`.

    `values` has, for each value of the original, that of the copy; `inputs` the graph inputs that
    are the copy's own, by name.
    """

    def __init__(self, stack_name: str, stand: int, layer: int, values: Mapping[ir.Value, ir.Value]) -> None:
        self.values, self.inputs = dict(values), dict[str, "ir.Value"]()
        self._stand, self._layer, self._stack = stand, layer, stack_name
        self._parameters: list[ir.Value] = []

    def add(self, node: ir.Node) -> ir.Node:
        """Copy one node; those whose values it reads have been copied before."""
        import onnx_ir as ir

        outputs = [self._new(value, f"{value.name}_layer_{self._layer}") for value in node.outputs]
        self.values |= zip(node.outputs, outputs, strict=True)
        return ir.Node(
            node.domain,
            node.op_type,
            [value if value is None else self._read(value) for value in node.inputs],
            node.attributes.values(),
            overload=node.overload,
            outputs=outputs,
            version=node.version,
            name=f"{node.name}_layer_{self._layer}",
            metadata_props={
                key: self._placed(text) if key in _NAMED else text
                for key, text in node.metadata_props.items()
            },
        )

    def renamed(self, port: str) -> str:
        """The name that an input or output of the original has for the copy."""
        return port.replace(f".{self._stand}.", f".{self._layer}.", 1)

    def finish(self, graph: ir.Graph) -> None:
        """Give the graph the copy's own parameters."""
        for value in self._parameters:
            graph.initializers[str(value.name)] = value

    def _read(self, value: ir.Value) -> ir.Value:
        """What the copy reads where its original reads a value."""
        known = self.values.get(value)
        if known is not None:
            return known
        name, own = str(value.name), f"{self._stack}.{self._stand}."
        if value.is_initializer() and name.startswith(own):
            new = self._new(value, f"{self._stack}.{self._layer}.{name.removeprefix(own)}")
            self._parameters.append(new)
        elif value.is_graph_input() and layer_of_port(name) == self._stand:
            new = self._new(value, self.renamed(name))
            self.inputs[str(new.name)] = new
        else:
            return value
        self.values[value] = new
        return new

    def _new(self, value: ir.Value, name: str) -> ir.Value:
        import onnx_ir as ir

        numbers = value.const_value
        if numbers is not None and value.is_initializer():
            numbers = ir.Tensor(numbers.numpy(), dtype=numbers.dtype, name=name)
        return ir.Value(
            name=name,
            shape=None if value.shape is None else value.shape.copy(),
            type=value.type,
            const_value=numbers,
        )

    def _placed(self, text: str) -> str:
        """The modules of the original as those of the copy, in what torch's exporter wrote."""
        old, new = (f"{INSIDE}{self._stack}.{layer}" for layer in (self._stand, self._layer))
        for end in (".", "'", ":"):
            text = text.replace(f"{old}{end}", f"{new}{end}")
        return text
