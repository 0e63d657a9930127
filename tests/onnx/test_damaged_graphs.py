"""Graphs that are damaged, or made to harm.

One line each, quickly, and nothing read from outside the graph's folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.onnx.graph import runtime
from lorasurgery.onnx.graph.exported import read_exported
from lorasurgery.onnx.graph.uses import module_of

SCOPES = "pkg.torch.onnx.name_scopes"


def external(name: str, **entries: str) -> TensorProto:
    """An 8×8 matrix whose numbers are in another file."""
    tensor = TensorProto(name=name, data_type=1, dims=[8, 8], data_location=TensorProto.EXTERNAL)
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def made() -> ModelProto:
    """Two matrices, one in the graph and one in `model.data`, and a constant."""
    inside = numpy_helper.from_array(np.ones((8, 8), np.float32), "bert.a.weight")
    outside = external("bert.b.weight", location="model.data", offset="0", length="256")
    constant = helper.make_tensor("value", 1, [8], list(range(8)))
    nodes = [
        helper.make_node("Constant", [], ["bert.b.bias"], value=constant),
        helper.make_node("MatMul", ["x", "bert.a.weight"], ["y"]),
        helper.make_node("MatMul", ["y", "bert.b.weight"], ["z"]),
        helper.make_node("Add", ["z", "bert.b.bias"], ["out"]),
    ]
    ends = [helper.make_tensor_value_info(name, 1, ["batch", 8]) for name in ("x", "out")]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], [inside, outside])
    return helper.make_model(graph)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[ModelProto | bytes], Path]:
    """Write a graph into a folder with its data."""

    def write(model: ModelProto | bytes) -> Path:
        folder = tmp_path / "model"
        folder.mkdir(exist_ok=True)
        if not (folder / "model.data").is_symlink():
            (folder / "model.data").write_bytes(bytes(256))
        path = folder / "model.onnx"
        path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
        return path

    return write


def matrix(model: ModelProto) -> TensorProto:
    return model.graph.initializer[0]


def test_the_graph_of_these_tests_is_whole(written: Callable[[ModelProto], Path]) -> None:
    exported = read_exported(written(made()), None)
    assert sorted(exported.file.weights) == ["bert.a.weight", "bert.b.bias", "bert.b.weight"]
    assert set(exported.view.slots) >= {"bert.a.weight", "bert.b.weight"}


@pytest.mark.parametrize(
    "dims", [[8, 9], [8, 7], [-8, -8], [-1], [0], [0, 1 << 62, 1 << 62], [1 << 62] * 20_000]
)
def test_a_shape_that_does_not_fit_its_bytes(written: Callable[[ModelProto], Path], dims: list[int]) -> None:
    model = made()
    matrix(model).ClearField("dims")
    matrix(model).dims.extend(dims)
    with pytest.raises(DamagedFileError, match=r"bert\.a\.weight.*shape") as said:
        read_exported(written(model), None)
    assert len(str(said.value)) < 600


def test_a_list_of_numbers_that_is_too_short(written: Callable[[ModelProto], Path]) -> None:
    model = made()
    model.graph.node[0].attribute[0].t.ClearField("float_data")
    with pytest.raises(DamagedFileError, match=r"bert\.b\.bias' needs 8 numbers .* and has 0"):
        read_exported(written(model), None)


@pytest.mark.parametrize(
    "entries",
    [{}, {"location": ""}, {"offset": "0"}, {"location": "."}],
    ids=["nothing", "empty", "no location", "a dot"],
)
def test_data_elsewhere_that_name_no_file(
    written: Callable[[ModelProto], Path], entries: dict[str, str]
) -> None:
    model = made()
    model.graph.initializer.append(external("bert.c.weight", **entries))
    with pytest.raises(DamagedFileError, match=r"bert\.c\.weight.*no file is named"):
        read_exported(written(model), None)


@pytest.mark.parametrize(
    ("location", "said"),
    [("../secret", "outside"), ("/etc/passwd", "outside"), ("n" * 5000, "not there"), ("a\0b", "outside")],
    ids=["above", "absolute", "long", "null"],
)
def test_data_in_a_place_that_is_not_the_graphs(
    written: Callable[[ModelProto], Path], tmp_path: Path, location: str, said: str
) -> None:
    (tmp_path / "secret").write_bytes(bytes(256))
    model = made()
    model.graph.initializer[1].external_data[0].value = location
    with pytest.raises(DamagedFileError, match=said) as error:
        read_exported(written(model), None)
    assert len(str(error.value)) < 600


def test_a_location_that_is_not_utf8(written: Callable[[bytes], Path]) -> None:
    with pytest.raises(DamagedFileError, match=r"model\.onnx cannot be read as an ONNX graph"):
        read_exported(written(made().SerializeToString().replace(b"model.data", b"mod\xff\xfe.data")), None)


@pytest.mark.parametrize("through", ["file", "folder"])
def test_data_behind_a_link_out_of_the_folder(
    written: Callable[[ModelProto], Path], tmp_path: Path, through: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "model.data").write_bytes(bytes(256))
    (tmp_path / "model").mkdir()
    model = made()
    if through == "file":
        (tmp_path / "model" / "model.data").symlink_to(tmp_path / "elsewhere" / "model.data")
    else:
        (tmp_path / "model" / "below").symlink_to(tmp_path / "elsewhere")
        model.graph.initializer[1].external_data[0].value = "below/model.data"
    with pytest.raises(DamagedFileError, match="link that leads out"):
        read_exported(written(model), None)


def test_data_behind_the_links_of_the_hubs_cache(tmp_path: Path) -> None:
    repository = tmp_path / "models--org--name"
    snapshot = repository / "snapshots" / "0123"
    for folder in (snapshot, repository / "blobs"):
        folder.mkdir(parents=True)
    contents = {"model.onnx": made().SerializeToString(), "model.data": bytes(256)}
    for name, content in contents.items():
        (repository / "blobs" / f"hash-of-{name}").write_bytes(content)
        (snapshot / name).symlink_to(f"../../blobs/hash-of-{name}")
    assert set(read_exported(snapshot / "model.onnx", None).file.data) == {"model.data"}


@pytest.mark.parametrize(
    ("text", "module"),
    [
        ("['', 'bert', 'bert.a', 'linear_3']", "bert.a"),
        ("""["", "bert.a", 'linear']""", "bert.a"),
        ("['one']", ""),
        ("[" * 100_000, ""),
        ("-" * 100_000 + "1", ""),
        ("['a', " * 50_000, ""),
        ("{'a': 'b'}", ""),
        ("", ""),
    ],
    ids=["module", "quotes", "one", "brackets", "signs", "open", "no list", "empty"],
)
def test_a_nodes_module_is_read_from_any_text(text: str, module: str) -> None:
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    node.metadata_props.add(key=SCOPES, value=text)
    assert module_of(node) == module


def test_values_that_are_made_of_each_other(written: Callable[[ModelProto], Path]) -> None:
    model = made()
    model.graph.node.extend(
        [
            helper.make_node("Identity", ["one"], ["two"]),
            helper.make_node("Identity", ["two"], ["one"]),
            helper.make_node("Add", ["x", "one"], ["three"]),
        ]
    )
    assert read_exported(written(model), None).file.weights


def test_an_input_as_large_as_no_memory(written: Callable[[ModelProto], Path]) -> None:
    model = made()
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1 << 40
    with pytest.raises(UnsupportedError, match=r"input 'x' has the shape"):
        runtime.seeded_inputs(read_exported(written(model), None))


def test_the_checker_takes_the_graph_of_these_tests(written: Callable[[ModelProto], Path]) -> None:
    onnx.checker.check_model(written(made()))
