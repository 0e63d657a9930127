"""Exported graphs in which weights are stored in every way and read by every kind of node."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from support.good_files import read_all

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

SCOPES = "pkg.torch.onnx.name_scopes"


def good_graphs(folder: Path) -> list[Path]:
    """A folder for each graph."""
    makers = {
        "plain": _plain,
        "roles": _roles,
        "storage": _storage,
        "branches": _branches,
        "functions": _functions,
    }
    for name, make in makers.items():
        (folder / name).mkdir()
        make(folder / name)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def read_whole_graph(folder: Path) -> None:
    """Read all weights of a graph, and who reads them."""
    from lorasurgery.onnx.graph.exported import read_exported
    from lorasurgery.onnx.graph.uses import is_scoped

    exported = read_exported(folder / "x.onnx", None)
    read_all(each.tensor for each in exported.file.weights.values())
    exported.file.check_unchanged()
    assert exported.file.nbytes >= sum(each.tensor.nbytes for each in _outside(exported.file.weights))
    assert set(exported.inputs) == set(exported.file.files)
    for use in exported.uses:
        assert use.weight in exported.file.weights
        is_scoped(use.node)


def _outside(weights: Any) -> list[Any]:
    """Weights in other files; two may lie in the same place, so only the largest counts."""
    largest: dict[Path, Any] = {}
    for each in weights.values():
        if each.place is not None:
            other = largest.get(each.place.path)
            if other is None or other.tensor.nbytes < each.tensor.nbytes:
                largest[each.place.path] = each
    return list(largest.values())


def _plain(folder: Path) -> None:
    """One matrix inside, and one outside."""
    inside = _tensor("bert.a.weight", np.ones((8, 8), np.float32))
    outside = _outside_tensor("bert.b.weight", [8, 8], 0, 256)
    (folder / "x.data").write_bytes(bytes(256))
    nodes = [
        _node("MatMul", ["x", "bert.a.weight"], "y"),
        _node("MatMul", ["y", "bert.b.weight"], "out"),
    ]
    _save(folder, nodes, [inside, outside])


def _roles(folder: Path) -> None:
    """Every kind of reader of a weight, and every way from a weight to its reader."""
    square, vector = np.ones((8, 8), np.float32), np.ones(8, np.float32)
    names = ("a", "b", "c", "d", "e", "f", "q")
    weights = [_tensor(f"bert.{name}.weight", square) for name in names]
    weights += [_tensor("bert.v.bias", vector), _tensor("bert.norm.weight", vector)]
    weights += [_tensor("bert.conv.weight", np.ones((8, 8, 1), np.float32))]
    weights += [_tensor("codes", np.ones((8, 8), np.int8)), _tensor("scale", np.float32(0.5))]
    weights += [_tensor("index", np.arange(3)), _tensor("none", np.ones((0, 8), np.float32))]
    nodes = [
        _node("Gemm", ["x", "bert.a.weight", "bert.v.bias"], "y1", transB=1),
        _node("Gemm", ["y1", "bert.b.weight", "bert.v.bias"], "y2", alpha=0.5, beta=0.5),
        _node("Gather", ["bert.c.weight", "index"], "y3"),
        _node("Transpose", ["bert.d.weight"], "d1", perm=[1, 0]),
        _node("Cast", ["d1"], "d2", to=1),
        _node("Identity", ["d2"], "d3"),
        _node("MatMul", ["y2", "d3"], "y4", scopes="['', 'bert', 'bert.d', 'linear_1']"),
        _node("Transpose", ["bert.e.weight"], "e1", perm=[0, 1]),
        _node("MatMul", ["y4", "e1"], "y5", name="/bert/e/MatMul/MatMul"),
        _node("LayerNormalization", ["y5", "bert.norm.weight", "bert.v.bias"], "y6"),
        _node("Add", ["y6", "bert.v.bias"], "y7", scopes="['bert']"),
        _node("DequantizeLinear", ["codes", "scale"], "f1"),
        _node("MatMul", ["y7", "f1"], "y8", scopes="no list"),
        _node("MatMul", ["y8", "codes"], "y9"),
        _node("Conv", ["y9", "bert.conv.weight", "bert.v.bias"], "y10"),
        _node("Mul", ["y10", "bert.f.weight"], "y11"),
        _node("Concat", ["y11", "none"], "y12", axis=0),
        _node("Transpose", ["bert.conv.weight"], "c1", perm=[2, 1, 0]),
        _node("Mul", ["y12", "c1"], "y13"),
        _node("Mul", ["y13", "scale"], "y14"),
        _node("MatMul", ["y14", "bert.q.weight"], "out", name="/bert/q/MatMul"),
    ]
    _save(folder, nodes, weights)


def _storage(folder: Path) -> None:
    """Numbers as bytes, in lists, in Constant nodes, and in files of their own, below the folder too."""
    from onnx import TensorProto, helper

    lists = [
        helper.make_tensor("bert.f.weight", TensorProto.FLOAT, [2, 2], [1.0, 2.0, 3.0, 4.0]),
        helper.make_tensor("bert.d.weight", TensorProto.DOUBLE, [2, 2], [1.0, 2.0, 3.0, 4.0]),
        helper.make_tensor("bert.h.weight", TensorProto.FLOAT16, [2, 2], [1.0, 2.0, 3.0, 4.0]),
        helper.make_tensor("bert.w.weight", TensorProto.BFLOAT16, [2, 2], [1.0, 2.0, 3.0, 4.0]),
        helper.make_tensor("bert.i.weight", TensorProto.INT32, [2, 2], [1, 2, 3, 4]),
        helper.make_tensor("longs", TensorProto.INT64, [2], [1, 2]),
        helper.make_tensor("truths", TensorProto.BOOL, [2], [True, False]),
        helper.make_tensor("words", TensorProto.STRING, [1], [b"x"]),
    ]
    (folder / "below").mkdir()
    (folder / "below" / "y.data").write_bytes(np.ones(8, np.float32).tobytes())
    (folder / "x.data").write_bytes(bytes(64))
    codes = _outside_tensor("int4 codes", [64], 0, 32)
    codes.data_type = TensorProto.INT4
    outside = [
        _outside_tensor("bert.o.weight", [2, 2], 16, 16, "below/y.data"),
        _outside_tensor("bert.p.weight", [2, 2], 32, None),
        codes,
    ]
    constant = helper.make_node(
        "Constant", [], ["bert.k.weight"], value=_tensor("", np.ones((2, 2), np.float32))
    )
    names = ["bert.f.weight", "bert.d.weight", "bert.h.weight", "bert.w.weight", "bert.i.weight"]
    names += ["bert.o.weight", "bert.p.weight", "bert.k.weight", "longs", "truths"]
    nodes = [constant]
    nodes += [_node("MatMul", [f"y{at}", name], f"y{at + 1}") for at, name in enumerate(names)]
    _save(folder, [*nodes, _node("Identity", [f"y{len(names)}"], "out")], [*lists, *outside])


def _branches(folder: Path) -> None:
    """Weights inside the branches of an If, which the outer graph has too."""
    from onnx import helper

    weight = _tensor("bert.a.weight", np.ones((8, 8), np.float32))
    branches = [
        helper.make_graph(
            [_node("MatMul", ["x", f"{name}.a.weight"], name)],
            name,
            [],
            [helper.make_tensor_value_info(name, 1, [8])],
            [_tensor(f"{name}.a.weight", np.ones((8, 8), np.float32))],
        )
        for name in ("then", "other")
    ]
    choice = helper.make_node("If", ["flag"], ["y"], then_branch=branches[0], else_branch=branches[1])
    _save(folder, [choice, _node("MatMul", ["y", "bert.a.weight"], "out")], [weight])


def _functions(folder: Path) -> None:
    """Functions of the file's own: one that no node calls does no harm."""
    from onnx import helper

    weight = _tensor("bert.a.weight", np.ones((8, 8), np.float32))
    opsets = [helper.make_opsetid("", 21)]
    own = helper.make_function(
        "own", "Twice", ["x"], ["y"], [helper.make_node("Add", ["x", "x"], ["y"])], opsets
    )
    _save(folder, [_node("MatMul", ["x", "bert.a.weight"], "out")], [weight], [own])


def _node(kind: str, inputs: list[str], output: str, scopes: str = "", **attributes: Any) -> NodeProto:
    from onnx import helper

    node = helper.make_node(kind, inputs, [output], **attributes)
    if scopes:
        node.metadata_props.add(key=SCOPES, value=scopes)
    return node


def _tensor(name: str, values: Any) -> TensorProto:
    from onnx import numpy_helper

    return numpy_helper.from_array(np.asarray(values), name)


def _outside_tensor(
    name: str, dims: list[int], offset: int, length: int | None, location: str = "x.data"
) -> TensorProto:
    from onnx import TensorProto

    proto = TensorProto(name=name, data_type=1, dims=dims, data_location=TensorProto.EXTERNAL)
    said = {"location": location, "offset": str(offset)} | ({} if length is None else {"length": str(length)})
    for key, value in said.items():
        proto.external_data.add(key=key, value=value)
    return proto


def _save(
    folder: Path, nodes: list[NodeProto], weights: Iterable[TensorProto], functions: Iterable[Any] = ()
) -> None:
    import onnx
    from onnx import helper

    ends = [helper.make_tensor_value_info(name, 1, ["batch", 8]) for name in ("x", "out")]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], list(weights))
    onnx.save(helper.make_model(graph, functions=list(functions)), folder / "x.onnx")
