"""Who reads the weights of a graph: for each reading, the module that it belongs to and what the
weight is there.

    MatMul(x, W)        W is (in, out)      Gemm(x, W, c)   W is (in, out), or (out, in) with transB
    Conv(x, W, b)       (out, in, *kernel)  Gather(W, i)    (rows, width)

The way from a node back to its weight may lead through Identity, Cast and Transpose. Which module a
node belongs to is written in its metadata (`pkg.torch.onnx.name_scopes`, by torch's exporter of
today) or in its name (`/model/layers.0/q_proj/MatMul`, by the older one and by optimum). Names of
initializers alone do not tell: exporters give equal tensors one name, that of the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lorasurgery.onnx.graph.file import GraphFile, GraphWeight, graphs

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

Role = Literal["linear", "conv", "embedding", "norm", "bias", "factor", "codes", "other"]

SCOPES = "pkg.torch.onnx.name_scopes"
PASSING = ("Identity", "Cast", "Transpose")
NORMS = (
    "LayerNormalization",
    "SimplifiedLayerNormalization",
    "RMSNormalization",
    "GroupNormalization",
    "InstanceNormalization",
    "BatchNormalization",
)
# A parameter's own name, as torch spells it; what exporters make up (`val_79`, `onnx::MatMul_12`)
# has no dot.
PARAMETER = re.compile(r"[A-Za-z_]\w*(\.\w+)+")
# A list of texts as Python writes it. Names of modules hold neither quotation marks nor
# backslashes.
TEXT = re.compile(r"""'[^'\\]*'|"[^"\\]*\"""")
LIST_OF_TEXTS = re.compile(rf"\[(?:{TEXT.pattern})(?:, (?:{TEXT.pattern}))*\]")
# Parts of a node's name that say what it does and not where it stands
# (`/pooler/MatMul/MatMulAddFusion`).
OPERATIONS = ("MatMul", "Gemm", "Add", "Mul", "Conv", "Gather", "Transpose")


@dataclass(frozen=True)
class WeightUse:
    """One reading of a weight.

    `chain` are the nodes between the weight and its reader, from the reader's side. `module` is the
    path of the module that the reader belongs to, empty where nobody says. `spelled` is the
    parameter's name as the graph has it, if it does. `transposed` says that the weight lies as (in,
    out). `count` is how many weights the reader has in all.
    """

    weight: str
    graph: GraphProto
    node: NodeProto
    index: int
    chain: tuple[NodeProto, ...]
    role: Role
    transposed: bool
    module: str
    spelled: str | None


def uses_of(file: GraphFile) -> list[WeightUse]:
    """All readings of all weights that hold numbers, in the order of the graph."""
    every = list(graphs(file.model.graph))
    makers = {output: node for graph in every for node in graph.node for output in node.output}
    return [use for graph in every for node in graph.node for use in _uses(file, graph, node, makers)]


def _uses(
    file: GraphFile, graph: GraphProto, node: NodeProto, makers: Mapping[str, NodeProto]
) -> Iterator[WeightUse]:
    if node.op_type in PASSING:
        return
    for index, value in enumerate(node.input):
        found = _traced(value, file.weights, makers)
        if found is None:
            continue
        weight, chain = found
        # Empty tensors are the defaults of inputs, such as factors of adapters.
        if not weight.tensor.shape or not weight.tensor.numel or _is_index(weight):
            continue
        is_transposed = [_is_transposing(each) for each in chain if each.op_type == "Transpose"]
        role, transposed = _role(node, index, weight)
        if None in is_transposed:
            role = "other"
        names = [value, *(each.input[0] for each in chain)]
        yield WeightUse(
            weight.name,
            graph,
            node,
            index,
            chain,
            role,
            transposed != (sum(map(bool, is_transposed)) % 2 == 1),
            module_of(node),
            next((name for name in names if PARAMETER.fullmatch(name)), None),
        )


def _traced(
    value: str, weights: Mapping[str, GraphWeight], makers: Mapping[str, NodeProto]
) -> tuple[GraphWeight, tuple[NodeProto, ...]] | None:
    """From a value back to the weight that it is, in whatever layout and dtype."""
    chain: list[NodeProto] = []
    while value not in weights:
        maker = makers.get(value)
        # A chain that is longer than the graph is one of values that are made of each other, in a
        # circle.
        if maker is None or maker.op_type not in (*PASSING, "DequantizeLinear") or len(chain) > len(makers):
            return None
        chain.append(maker)
        value = maker.input[0]
    return weights[value], tuple(chain)


def _is_index(weight: GraphWeight) -> bool:
    """Whether a tensor of integers holds shapes, axes or positions, and not quantised weights."""
    return "int64" in str(weight.tensor.dtype) or "bool" in str(weight.tensor.dtype)


def _role(node: NodeProto, index: int, weight: GraphWeight) -> tuple[Role, bool]:
    """What a weight is to its reader, and whether the reader takes it as (in, out)."""
    rank, place = len(weight.tensor.shape), (node.op_type, index)
    if not weight.tensor.dtype.is_floating_point:
        return "codes", False
    if place == ("MatMul", 1) and rank == 2:
        return "linear", True
    if place == ("Gemm", 1):
        return ("linear", not integer(node, "transB")) if _float(node, "alpha") == 1 else ("other", False)
    if place == ("Conv", 1):
        return ("conv" if integer(node, "group", 1) == 1 else "other"), False
    if place == ("Gather", 0) and rank == 2 and integer(node, "axis") == 0:
        return "embedding", False
    if node.op_type in NORMS and index in (1, 2):
        return ("norm" if index == 1 else "bias"), False
    if place == ("Gemm", 2):
        return ("bias" if _float(node, "beta") == 1 else "other"), False
    if place == ("Conv", 2) or (node.op_type == "Add" and rank == 1):
        return "bias", False
    return ("factor", False) if rank != 2 else ("other", False)


def _is_transposing(node: NodeProto) -> bool | None:
    """Whether a Transpose transposes a matrix; None for any other of more dimensions."""
    perm = next((list(each.ints) for each in node.attribute if each.name == "perm"), [1, 0])
    return {(1, 0): True, (0, 1): False}.get(tuple(perm))


def integer(node: NodeProto, name: str, default: int = 0) -> int:
    """An attribute of a node."""
    return next((each.i for each in node.attribute if each.name == name), default)


def _float(node: NodeProto, name: str) -> float:
    return next((each.f for each in node.attribute if each.name == name), 1.0)


def module_of(node: NodeProto) -> str:
    """The path of the module that a node was exported from; empty where nothing says."""
    for entry in node.metadata_props:
        if entry.key == SCOPES:
            return _innermost(entry.value)
    if not node.name.startswith("/"):
        return ""
    parts = node.name.split("/")[1:-1]
    while parts and parts[-1] in OPERATIONS:
        parts.pop()
    return ".".join(parts)


def is_scoped(node: NodeProto) -> bool:
    """Whether a node has its module in its metadata, not only in its name."""
    return any(entry.key == SCOPES for entry in node.metadata_props)


def _innermost(text: str) -> str:
    """`['', 'bert', 'bert.pooler', 'bert.pooler.dense', 'linear_12']` -> `bert.pooler.dense`;
    empty for any other text.
    """
    if not LIST_OF_TEXTS.fullmatch(text):
        return ""
    scopes = [scope[1:-1] for scope in TEXT.findall(text)]
    return scopes[-2] if len(scopes) > 1 else ""


def has_functions_with_weights(model: ModelProto) -> bool:
    """Whether nodes call functions of the file's own, inside which weights are read under other names."""
    own = {(function.domain, function.name) for function in model.functions}
    return any((node.domain, node.op_type) in own for graph in graphs(model.graph) for node in graph.node)
