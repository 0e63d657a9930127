"""What cannot be grafted is refused, and the check of a graft notices whatever went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import peft
import pytest
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    NotACheckpointError,
    NumericError,
    OutputError,
    SurgeryError,
    UnsupportedError,
)
from lorasurgery.onnx.graft import graft
from lorasurgery.onnx.grafting import write
from lorasurgery.onnx.graph import runtime
from support import exported_graphs as g
from support.graft_cases import Case, copied


def test_an_adapter_too_weak_for_the_check_is_said_to_be(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["gpt2"]
    strong = graft(case.graphs["torchscript"], [str(case.adapter)], tmp_path / "strong")
    weak = graft(case.graphs["torchscript"], [f"{case.adapter}:1e-6"], tmp_path / "weak")
    blind = "no comparison of answers can distinguish the two graphs"
    assert not any(blind in note for note in strong.notes)
    assert any(blind in note for note in weak.notes)


def test_a_nan_tolerance_is_refused(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["gpt2"]
    with pytest.raises(UnsupportedError, match="atol=nan"):
        graft(case.graphs["torchscript"], [str(case.adapter)], tmp_path / "out", atol=float("nan"))


def refused(kind: type[SurgeryError], words: str, out: Path, *args: Any, **options: Any) -> None:
    """Nothing is left behind, and the message has the words."""
    with pytest.raises(kind, match=words):
        graft(*args, out, **options)
    assert not out.exists()
    assert not out.with_name(f"{out.name}.partial").exists()


def test_modules_that_the_graph_does_not_have_are_named(cases: dict[str, Case], tmp_path: Path) -> None:
    refused(
        AlignmentError,
        "down_proj.*match nothing",
        tmp_path / "out",
        cases["bert"].graphs["dynamo"],
        [str(cases["llama"].adapter)],
    )


def test_a_quantised_graph_is_refused(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    (tmp_path / "in").mkdir()
    quantize_dynamic(case.graphs["torchscript"], tmp_path / "in" / "model.onnx", weight_type=QuantType.QInt8)
    refused(
        AlignmentError, "quantised", tmp_path / "out", tmp_path / "in" / "model.onnx", [str(case.adapter)]
    )


def test_a_graph_of_another_model_is_found_out_by_the_base(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    g.built("bert", seed=4).save_pretrained(tmp_path / "other")
    refused(
        AlignmentError,
        "other numbers than",
        tmp_path / "out",
        case.graphs["dynamo"],
        [str(case.adapter)],
        base=str(tmp_path / "other"),
    )


def test_a_change_of_sizes_is_refused(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    model = g.built("bert")
    model.classifier = nn.Linear(32, 7)
    config = peft.LoraConfig(r=4, target_modules=["query"], task_type="SEQ_CLS")
    g.adapted("bert", model, tmp_path / "adapter", config)
    refused(SurgeryError, "7×32|7", tmp_path / "out", case.graphs["dynamo"], [str(tmp_path / "adapter")])


def test_absent_and_short_data_are_named(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    graph = copied(case.graphs["dynamo"], tmp_path / "in")
    data = graph.parent / "model.onnx.data"
    data.write_bytes(data.read_bytes()[:-100])
    refused(DamagedFileError, "damaged", tmp_path / "out", graph, [str(case.adapter)])
    data.unlink()
    refused(DamagedFileError, "not there", tmp_path / "out", graph, [str(case.adapter)])


def test_data_outside_the_folder_are_refused(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    graph = copied(case.graphs["dynamo"], tmp_path / "in")

    def lead_outside(model: onnx.ModelProto) -> None:
        for tensor in model.graph.initializer:
            for entry in tensor.external_data:
                if entry.key == "location":
                    entry.value = f"../{graph.parent.name}/{entry.value}"

    # `onnx.save` refuses it as well, so that the bytes are written by hand.
    model = onnx.load(graph, load_external_data=False)
    lead_outside(model)
    graph.write_bytes(model.SerializeToString())
    refused(DamagedFileError, "outside", tmp_path / "out", graph, [str(case.adapter)])


def test_a_file_that_is_not_a_graph_is_refused(cases: dict[str, Case], tmp_path: Path) -> None:
    adapter = str(cases["bert"].adapter)
    (tmp_path / "model.onnx").write_bytes(b"\x99 not a graph")
    refused(NotACheckpointError, "no ONNX graph", tmp_path / "out", tmp_path / "model.onnx", [adapter])
    refused(NotACheckpointError, "does not exist", tmp_path / "out", tmp_path / "absent.onnx", [adapter])


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What is written is not what was computed, or not what should have been."""
    return monkeypatch


def test_a_byte_that_reads_back_otherwise_is_noticed(
    cases: dict[str, Case], broken: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, write_at = cases["bert"], write.write_at

    def spoil(descriptor: int, data: memoryview, offset: int) -> None:
        write_at(descriptor, memoryview(bytes([data[0] ^ 1]) + bytes(data[1:])), offset)

    broken.setattr(write, "write_at", spoil)
    refused(OutputError, "reads back", tmp_path / "out", case.graphs["dynamo"], [str(case.adapter)])


def test_a_graft_without_effect_is_noticed(
    cases: dict[str, Case], broken: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, run = cases["bert"], runtime.run
    broken.setattr(runtime, "run", lambda _path, runs: run(case.graphs["dynamo"], runs))
    refused(NumericError, "as it did before", tmp_path / "out", case.graphs["dynamo"], [str(case.adapter)])


def test_a_graph_that_differs_from_torch_is_noticed(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    graph = copied(case.graphs["dynamo"], tmp_path / "in")

    def spoil(model: onnx.ModelProto) -> None:
        norm = next(
            t for t in model.graph.initializer if t.name == "bert.encoder.layer.1.output.LayerNorm.bias"
        )
        norm.raw_data = (onnx.numpy_helper.to_array(norm) + np.float32(0.05)).tobytes()

    g.edited(graph, spoil)
    graft(graph, [str(case.adapter)], tmp_path / "unnoticed")
    refused(
        NumericError,
        "differs from torch",
        tmp_path / "out",
        graph,
        [str(case.adapter)],
        base=str(case.base),
    )


def test_an_output_that_is_not_finite_is_noticed(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["gpt2"]
    refused(
        NumericError,
        "NaN or an infinity|beyond the range",
        tmp_path / "out",
        case.graphs["dynamo"],
        [f"{case.adapter}:1e38"],
    )


def test_weights_of_another_way_of_reading_are_refused(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    graph = copied(case.graphs["dynamo"], tmp_path / "in")

    def read_otherwise(model: onnx.ModelProto) -> None:
        gemm = next(
            node
            for node in model.graph.node
            if node.op_type == "MatMul" and "query" in str(node.metadata_props)
        )
        node = model.graph.node.add(op_type="ReduceSum", name="stray", input=[gemm.input[1]], output=["sum"])
        assert node
        model.graph.output.add().CopyFrom(onnx.helper.make_tensor_value_info("sum", 1, [1, 1]))

    g.edited(graph, read_otherwise)
    refused(UnsupportedError, "stray", tmp_path / "out", graph, [str(case.adapter)])
