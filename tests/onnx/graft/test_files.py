"""A graft changes only the bytes of changed tensors, wherever a graph has its data, and never its inputs."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from lorasurgery.errors import (
    OutputError,
)
from lorasurgery.onnx.graft import graft
from support import exported_graphs as g
from support.graft_cases import CLOSE, Case, copied

pytestmark = pytest.mark.slow


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_graft_gives_the_same_bytes(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    for out in ("one", "two"):
        graft(case.graphs["dynamo"], [str(case.adapter)], tmp_path / out, verify=False)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    for name in ("lorasurgery.json", "README.md"):  # these have the output's name
        del one[name], two[name]
    assert one == two
    assert set(one) == {"model.onnx", "model.onnx.data"}


def test_inputs_are_never_touched(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    before = [digests(case.graphs["dynamo"].parent), digests(case.adapter), digests(case.base)]
    graft(case.graphs["dynamo"], [str(case.adapter)], tmp_path / "out", base=str(case.base))
    assert before == [digests(case.graphs["dynamo"].parent), digests(case.adapter), digests(case.base)]


def test_only_the_bytes_of_changed_tensors_change_in_the_file_of_data(
    cases: dict[str, Case], tmp_path: Path
) -> None:
    case = cases["llama"]
    graph = case.graphs["dynamo"]
    report = graft(graph, [str(case.adapter)], tmp_path / "out")
    old = np.frombuffer((graph.parent / "model.onnx.data").read_bytes(), np.uint8)
    new = np.frombuffer((tmp_path / "out" / "model.onnx.data").read_bytes(), np.uint8)
    assert old.size == new.size
    allowed = np.zeros(old.size, bool)
    changed = {each.initializer for each in report.tensors}
    for tensor in onnx.load(graph, load_external_data=False).graph.initializer:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        if tensor.name in changed and entries:
            start = int(entries["offset"])
            allowed[start : start + int(entries["length"])] = True
    assert 0 < allowed.sum() < old.size
    assert not (old != new)[~allowed].any()
    assert (old != new)[allowed].mean() > 0.3


def test_a_tensor_whose_bytes_another_one_reads_too_gets_its_own(
    cases: dict[str, Case], tmp_path: Path
) -> None:
    case = cases["llama"]
    graph = copied(case.graphs["dynamo"], tmp_path / "in")

    def lay_over(model: onnx.ModelProto) -> None:
        mine = next(t for t in model.graph.initializer if list(t.dims) == [32, 48])
        twin = model.graph.initializer.add()
        twin.CopyFrom(mine)
        twin.name = "twin"
        node = model.graph.node.add(op_type="Identity", input=["twin"], output=["untouched"])
        model.graph.output.add().CopyFrom(
            onnx.helper.make_tensor_value_info(node.output[0], mine.data_type, list(mine.dims))
        )

    g.edited(graph, lay_over)
    graft(graph, [str(case.adapter)], tmp_path / "out")
    assert (g.numbers(tmp_path / "out" / "model.onnx")["twin"] == g.numbers(graph)["twin"]).all()
    feed = g.inputs("llama", 7)
    assert g.apart(g.answer(tmp_path / "out" / "model.onnx", feed), g.said(case.adapted, feed)) < CLOSE


def test_data_in_several_files_below_the_graph_stay_where_they_are(
    cases: dict[str, Case], tmp_path: Path
) -> None:
    case = cases["bert"]
    (tmp_path / "in" / "parts").mkdir(parents=True)
    model = onnx.load(case.graphs["dynamo"])
    for number, tensor in enumerate(model.graph.initializer):
        if len(tensor.raw_data) > 1000:
            onnx.external_data_helper.set_external_data(tensor, f"parts/{number}.bin")
    onnx.save(model, tmp_path / "in" / "model.onnx")
    graft(tmp_path / "in" / "model.onnx", [str(case.adapter)], tmp_path / "out")
    assert set(digests(tmp_path / "in")) == set(digests(tmp_path / "out")) - {"lorasurgery.json", "README.md"}
    feed = g.inputs("bert", 7)
    assert g.apart(g.answer(tmp_path / "out" / "model.onnx", feed), g.said(case.adapted, feed)) < CLOSE


def test_numbers_that_lie_in_lists_are_read_and_written(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["bert"]
    (tmp_path / "in").mkdir()
    model = onnx.load(case.graphs["torchscript"])
    for tensor in model.graph.initializer:
        if tensor.data_type == tensor.FLOAT:
            values = onnx.numpy_helper.to_array(tensor).ravel().tolist()
            tensor.ClearField("raw_data")
            tensor.float_data.extend(values)
    onnx.save(model, tmp_path / "in" / "model.onnx")
    graft(tmp_path / "in" / "model.onnx", [str(case.adapter)], tmp_path / "out")
    feed = g.inputs("bert", 7)
    assert g.apart(g.answer(tmp_path / "out" / "model.onnx", feed), g.said(case.adapted, feed)) < CLOSE


def test_config_and_tokenizer_come_along_and_other_weights_do_not(
    cases: dict[str, Case], tmp_path: Path
) -> None:
    case = cases["bert"]
    graph = copied(case.graphs["dynamo"], tmp_path / "in")
    shutil.copy(case.base / "config.json", graph.parent)
    (graph.parent / "tokenizer.json").write_text("{}")
    (graph.parent / "model_quantized.onnx").write_bytes(b"old")
    (graph.parent / "README.md").write_text("of the graph without the adapter")
    graft(graph, [str(case.adapter)], tmp_path / "out")
    assert "adapter" in (card := (tmp_path / "out" / "README.md").read_text())
    assert "without the adapter" not in card
    assert set(digests(tmp_path / "out")) == {
        "README.md",
        "config.json",
        "lorasurgery.json",
        "model.onnx",
        "model.onnx.data",
        "tokenizer.json",
    }


def test_an_output_that_exists_is_kept(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["gpt2"]
    out = tmp_path / "out"
    graft(case.graphs["dynamo"], [str(case.adapter)], out)
    before = digests(out)
    with pytest.raises(OutputError, match="exists already"):
        graft(case.graphs["dynamo"], [str(case.adapter)], out)
    assert digests(out) == before
    graft(case.graphs["dynamo"], [f"{case.adapter}:2"], out, force=True)
    assert digests(out) != before
