"""What `check --for onnx` says of a file is what ONNX Runtime does with it on the graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from lorasurgery import check, convert
from support.paths import FIXTURES

WIDTH, RANK = 4, 2
A, B = "layers.0.up.lora_A.weight", "layers.0.up.lora_B.weight"


def graph(folder: Path, *, defaults: bool = True) -> Path:
    """Write y = x W + x A B, where A and B can be given, or must be."""
    values = {"W": np.eye(WIDTH, dtype=np.float32)}
    if defaults:
        values |= {A: np.zeros((WIDTH, 1), np.float32), B: np.zeros((1, WIDTH), np.float32)}
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, WIDTH]),
        helper.make_tensor_value_info(A, TensorProto.FLOAT, [WIDTH, "r"]),
        helper.make_tensor_value_info(B, TensorProto.FLOAT, ["r", WIDTH]),
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["base"]),
        helper.make_node("MatMul", ["x", A], ["down"]),
        helper.make_node("MatMul", ["down", B], ["change"]),
        helper.make_node("Add", ["base", "change"], ["y"]),
    ]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, WIDTH])
    initializers = [numpy_helper.from_array(value, name) for name, value in values.items()]
    made = helper.make_graph(nodes, "graph", inputs, [output], initializers)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"


def adapter(folder: Path, values: dict[str, np.ndarray]) -> Path:
    held = {name: onnxruntime.OrtValue.ortvalue_from_numpy(each) for name, each in values.items()}
    container = onnxruntime.AdapterFormat()
    container.set_adapter_version(1)
    container.set_model_version(1)
    container.set_parameters(held)
    container.export_adapter(str(folder / "a.onnx_adapter"))
    return folder / "a.onnx_adapter"


def runs(graph: Path, adapter: Path) -> bool:
    """Whether ONNX Runtime runs a graph with an adapter."""
    loaded, options = onnxruntime.LoraAdapter(), onnxruntime.RunOptions()
    loaded.Load(str(adapter))
    options.add_active_adapter(loaded)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    try:
        session.run(None, {"x": np.ones((1, WIDTH), np.float32)}, options)
    except Exception:
        return False
    return True


def factors(
    *, width: int = WIDTH, dtype: type = np.float32, names: tuple[str, str] = (A, B)
) -> dict[str, np.ndarray]:
    return {names[0]: np.ones((width, RANK), dtype), names[1]: np.ones((RANK, WIDTH), dtype)}


OTHER = ("layers.1.up.lora_A.weight", "layers.1.up.lora_B.weight")


@pytest.mark.parametrize(
    ("values", "defaults", "fits"),
    [
        (factors(), True, True),
        (factors(names=OTHER), True, False),
        (factors() | factors(names=OTHER), True, False),
        (factors(names=OTHER), False, False),
        (factors(width=WIDTH + 1), True, False),
        (factors(dtype=np.float16), True, False),
    ],
)
def test_a_file_lands_where_the_graph_runs_with_it(
    values: dict[str, np.ndarray], defaults: bool, fits: bool, tmp_path: Path
) -> None:
    file, base = adapter(tmp_path, values), graph(tmp_path, defaults=defaults)
    report = check(file, base=base, runtime="onnxruntime")
    assert report.all_land == runs(base, file) == fits
    assert check(file, base=tmp_path, runtime="onnx").verdict == report.verdict


def test_an_input_without_a_default_is_said(tmp_path: Path) -> None:
    base, file = graph(tmp_path, defaults=False), adapter(tmp_path, factors())
    assert not runs(base, file)
    (note,) = check(file, base=base, runtime="onnx").notes
    assert "no default for layers.0.up.lora_A.weight" in note


def test_a_folder_of_weights_is_no_graph_and_the_report_says_so(tmp_path: Path) -> None:
    base, file = FIXTURES / "llama-base", tmp_path / "a.onnx_adapter"
    report = convert(FIXTURES / "llama-adapter", file, base=base, runtime="onnx")
    assert any("not checked against ONNX Runtime" in note for note in report.notes)
    assert check(file, base=base, runtime="onnx").fates == {"unknown": 21}
