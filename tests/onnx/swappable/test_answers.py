"""A swappable graph answers as PEFT's models and as merged exports do, and without an adapter as it
did before.
"""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import numpy as np
import onnx
import peft
import pytest
import torch
from torch import nn

from lorasurgery.onnx.swappable import swappable
from lorasurgery.surgery.convert import convert
from support import exported_graphs as g
from support import swappable_graphs as s
from support.shared_folders import Shared
from support.swappable_cases import CLOSE, VISIBLE, Cases

pytestmark = pytest.mark.slow

# The same for half precision; seen: 1e-3.
HALF_CLOSE = 1e-2
# Not the sizes of the export.
SIZES = ((2, 5), (1, 1), (3, 11))
FAMILIES = [
    ("bert", True),
    ("bert", False),
    ("llama", True),
    ("llama-tied", True),
    ("gpt2", True),
    ("gpt2", False),
    ("vit", True),
]


@pytest.mark.parametrize(("name", "dynamo"), FAMILIES)
def test_two_adapters_of_one_session_answer_as_pefts_models(cases: Cases, name: str, dynamo: bool) -> None:
    case = cases(name, dynamo=dynamo)
    report = case.report
    onnx.checker.check_model(case.out / "model.onnx", full_check=True)
    served, bare = s.Served(case.out), s.Served(case.graph.parent)
    for batch, length in SIZES:
        feed = g.inputs(name, 7, batch, length)
        for adapter in ("one", "two", "one"):
            got = served(feed, adapter)
            assert g.apart(got, g.said(case.adapted[adapter], feed)) < CLOSE
            assert g.apart(bare(feed), got) > VISIBLE
        assert g.apart(served(feed), bare(feed)) < CLOSE
    assert [each.ranks for each in report.adapters] == [(2, 4), (9, 9)]
    assert all(each.check is not None and each.check.effect > VISIBLE for each in report.adapters)


@pytest.mark.parametrize(("name", "dynamo"), FAMILIES)
def test_without_an_adapter_every_bit_is_the_bare_graphs(cases: Cases, name: str, dynamo: bool) -> None:
    case = cases(name, dynamo=dynamo)
    served = s.Served(case.out, optimise=False)
    bare = s.Served(case.graph.parent, optimise=False)
    for batch, length in SIZES:
        feed = g.inputs(name, 11, batch, length)
        assert (served(feed) == bare(feed)).all()
        served(feed, "two")
        assert (served(feed) == bare(feed)).all()


@pytest.mark.parametrize(
    ("name", "dynamo"),
    [("bert", True), ("llama", False), ("gpt2", False)],
)
def test_a_swapped_adapter_answers_as_the_merged_model_that_torch_exports(
    cases: Cases, name: str, dynamo: bool, tmp_path: Path
) -> None:
    case = cases(name)
    served = s.Served(case.out)
    assert case.adapted
    for adapter, adapted in case.adapted.items():
        merged = copy.deepcopy(adapted).merge_and_unload()
        graph = g.exported(name, merged, tmp_path / adapter / "model.onnx", dynamo=dynamo)
        feed = g.inputs(name, 5, 3, 8)
        assert g.apart(served(feed, adapter), g.answer(graph, feed)) < CLOSE


@pytest.mark.parametrize(
    ("name", "dynamo"),
    [("bert", False), ("llama", True), ("gpt2", False)],
)
def test_graphs_of_half_precision_take_inputs_of_half_precision(
    cases: Cases, name: str, dynamo: bool, tmp_path: Path, shared: Shared
) -> None:
    case = cases(name)
    graph = g.exported_once(name, shared, dynamo=dynamo, dtype=torch.float16)
    report = swappable(graph, case.adapters, tmp_path / "out")
    assert report.dtype == "float16"
    served, feed = s.Served(tmp_path / "out"), g.inputs(name, 7)
    for adapter, adapted in case.adapted.items():
        assert g.apart(served(feed, adapter), g.said(adapted, feed)) < HALF_CLOSE
    assert (
        s.Served(tmp_path / "out", optimise=False)(feed) == s.Served(graph.parent, optimise=False)(feed)
    ).all()


def test_weights_that_are_cast_before_their_product_take_inputs_of_its_dtype(
    cases: Cases, tmp_path: Path
) -> None:
    case = cases("gpt2")
    shutil.copytree(case.graph.parent, tmp_path / "in")

    def halve(model: onnx.ModelProto) -> None:
        for tensor in model.graph.initializer:
            if tensor.data_type == tensor.FLOAT and len(tensor.dims) == 2 and "wte" not in tensor.name:
                half = onnx.numpy_helper.from_array(
                    onnx.numpy_helper.to_array(tensor, str(tmp_path / "in")).astype(np.float16), tensor.name
                )
                name = f"{tensor.name}.half"
                tensor.CopyFrom(half)
                cast = onnx.helper.make_node("Cast", [name], [tensor.name], to=onnx.TensorProto.FLOAT)
                tensor.name = name
                model.graph.node.insert(0, cast)

    graph = g.edited(tmp_path / "in" / "model.onnx", halve)
    report = swappable(graph, case.adapters, tmp_path / "out")
    assert report.dtype == "float32"
    got = s.Served(tmp_path / "out")(g.inputs("gpt2"), "one")
    assert g.apart(got, g.said(case.adapted["one"], g.inputs("gpt2"))) < HALF_CLOSE


def test_a_file_that_convert_writes_later_is_served_as_well(cases: Cases, tmp_path: Path) -> None:
    case = cases("llama")
    config = peft.LoraConfig(r=3, lora_alpha=5, target_modules=["q_proj", "v_proj"])
    later = g.adapted("llama", case.model, tmp_path / "later", config, seed=9)
    convert(str(tmp_path / "later"), str(tmp_path / "later.onnx_adapter"), format="onnx")
    feed = g.inputs("llama")
    got = s.Served(case.out)(feed, tmp_path / "later.onnx_adapter")
    assert g.apart(got, g.said(later, feed)) < CLOSE


@pytest.mark.parametrize("dynamo", [True, False])
def test_a_module_that_is_called_for_every_layer_has_one_pair_of_inputs(dynamo: bool, tmp_path: Path) -> None:
    class Looped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.step = nn.Linear(16, 16)
            self.last = nn.Linear(16, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for _ in range(3):
                x = self.step(x).tanh()
            return self.last(x)

    torch.manual_seed(0)
    model, x = Looped().eval(), torch.randn(2, 5, 16)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "model.onnx"
    torch.onnx.export(model, (x,), path, dynamo=dynamo, input_names=["x"], external_data=False, verbose=False)
    config = peft.LoraConfig(r=2, target_modules=["step", "last"], init_lora_weights=False)
    adapted = peft.get_peft_model(copy.deepcopy(model), config).eval()
    adapted.save_pretrained(tmp_path / "adapter")
    report = swappable(path, [str(tmp_path / "adapter")], tmp_path / "out")
    assert [each.module for each in report.modules] == ["last", "step"]
    got = s.Served(tmp_path / "out")({"x": x}, "adapter")
    assert g.apart(got, adapted(x).detach().numpy()) < CLOSE
    assert g.apart(s.Served(tmp_path / "out")({"x": x}), got) > VISIBLE
