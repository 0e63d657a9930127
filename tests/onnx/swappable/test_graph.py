"""The inputs, names and bytes of a swappable graph, and every kind of product and branch that it is
made from.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import peft
import pytest
import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from lorasurgery.errors import (
    AlignmentError,
)
from lorasurgery.formats import onnx as container
from lorasurgery.onnx.graft import graft
from lorasurgery.onnx.swappable import export_swappable, swappable
from lorasurgery.onnx.swapping import branch
from lorasurgery.surgery.rerank import rerank
from support import exported_graphs as g
from support import swappable_graphs as s
from support.int8_saturation import can_saturate, integer_weights
from support.paths import FIXTURES
from support.swappable_cases import CLOSE, VISIBLE, Cases, digests, refused


def test_inputs_are_called_as_in_adapter_files_and_have_a_rank_each(cases: Cases) -> None:
    case = cases("llama")
    report = case.report
    before, after = s.inputs_of(case.graph), s.inputs_of(case.out / "model.onnx")
    assert list(after)[: len(before)] == list(before)
    new = {name: shape for name, shape in after.items() if name not in before}
    path = "model.layers.0.mlp.up_proj"  # as PEFT has it; the graph has one more `model.` around
    assert new[f"{path}.lora_A.weight"] == (32, f"lora_r.{path}")
    assert new[f"{path}.lora_B.weight"] == (f"lora_r.{path}", 48)
    assert len(set(new.values())) == len(new) == 2 * len(report.modules)
    session = s.Served(case.out).session
    assert {value.name for value in session.get_overridable_initializers()} == set(new)
    assert {value.name for value in session.get_inputs()} == set(before)
    told = {name for file in ("one", "two") for name in _tensors(case.out / f"{file}.onnx_adapter")}
    assert told == set(new)


def _tensors(path: Path) -> set[str]:
    return {
        f"{module}.lora_{side}.weight" for module in container.read(path).modules for side in branch.SIDES
    }


@pytest.mark.parametrize("dynamo", [True, False])
def test_a_product_and_its_bias_stay_side_by_side_as_optimisers_look_for_them(
    cases: Cases, dynamo: bool
) -> None:
    case = cases("bert", dynamo=dynamo)
    before, after = _biased_products(case.graph), _biased_products(case.out / "model.onnx")
    assert before <= after
    assert len(before) >= 12


def _biased_products(path: Path) -> set[tuple[str, str]]:
    """The weights of products, with the biases that are added to these at once."""
    graph = onnx.load(path, load_external_data=False).graph
    products = {node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMul"}
    return {
        (products[value], other)
        for node in graph.node
        if node.op_type == "Add"
        for value, other in (node.input, reversed(node.input))
        if value in products and other.endswith(".bias")
    }


def test_the_file_of_an_adapter_holds_its_factors_and_its_scale(cases: Cases, tmp_path: Path) -> None:
    case = cases("bert")
    swappable(case.graph, [f"{case.adapters[0]}:0.5"], tmp_path / "out")
    module = case.adapted["one"].get_submodule("base_model.model.bert.encoder.layer.1.attention.self.query")
    found = container.read(tmp_path / "out" / "one.onnx_adapter").modules[
        "bert.encoder.layer.1.attention.self.query"
    ]
    assert torch.equal(found.A.read(), module.lora_A["default"].weight)
    assert module.scaling["default"] == 7 / 2  # the module's own rank and alpha
    assert torch.equal(found.B.read(), module.lora_B["default"].weight * (0.5 * 7 / 2))


def test_names_are_those_of_the_model_where_its_config_lies_beside_the_graph(
    cases: Cases, tmp_path: Path
) -> None:
    case = cases("llama")
    shutil.copytree(case.graph.parent, tmp_path / "in")
    case.model.config.save_pretrained(tmp_path / "in")
    report = swappable(tmp_path / "in" / "model.onnx", case.adapters, tmp_path / "out")
    assert {each.module for each in report.modules} == {each.module for each in case.report.modules}
    assert (tmp_path / "out" / "config.json").is_file()


def test_a_graph_without_any_names_is_matched_by_its_numbers(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    shutil.copytree(case.graph.parent, tmp_path / "in")
    case.model.save_pretrained(tmp_path / "base")
    bare = g.edited(tmp_path / "in" / "model.onnx", g.without_names)
    refused(AlignmentError, "match", tmp_path / "out", bare, case.adapters)
    swappable(bare, case.adapters, tmp_path / "out", base=str(tmp_path / "base"))
    feed = g.inputs("gpt2")
    assert g.apart(s.Served(tmp_path / "out")(feed, "two"), g.said(case.adapted["two"], feed)) < CLOSE


def test_weights_are_copied_as_they_are_and_inputs_never_touched(cases: Cases, tmp_path: Path) -> None:
    case = cases("llama")
    assert case.report
    before = digests(case.folder)
    swappable(case.graph, case.adapters, tmp_path / "out")
    assert digests(case.folder) == before
    first, second = digests(case.out), digests(tmp_path / "out")
    assert first["model.onnx.data"] == before["in/model.onnx.data"]
    assert set(first) == {
        "README.md",
        "lorasurgery.json",
        "model.onnx",
        "model.onnx.data",
        "one.onnx_adapter",
        "two.onnx_adapter",
    }
    for name in ("lorasurgery.json", "README.md"):  # these have the output's name
        del first[name], second[name]
    assert first == second


PRODUCTS: dict[str, peft.PeftConfig] = {
    "AdaLoRA": peft.AdaLoraConfig(init_r=6, target_r=3, total_step=10, target_modules=["query", "dense"]),
    "LoHa, of rank 2 x 2": peft.LoHaConfig(r=2, target_modules=["query", "dense"]),
}


@pytest.mark.parametrize("variant", PRODUCTS)
def test_whatever_is_a_product_of_few_columns_can_be_swapped(
    cases: Cases, variant: str, tmp_path: Path
) -> None:
    case = cases("bert")
    adapted = g.adapted("bert", case.model, tmp_path / "other", copy.deepcopy(PRODUCTS[variant]))
    swappable(case.graph, [str(tmp_path / "other"), case.adapters[1]], tmp_path / "out")
    feed = g.inputs("bert")
    want = g.said(adapted, feed)
    assert g.apart(s.Served(tmp_path / "out")(feed, "other"), want) < CLOSE
    assert g.apart(g.said(case.model, feed), want) > VISIBLE / 10


def test_an_adapter_grafted_into_a_swappable_graph_adds_to_whichever_is_swapped_in(
    cases: Cases, tmp_path: Path
) -> None:
    case = cases("bert")
    # A pattern that fits the names of the branches' inputs as well, which are no modules.
    config = peft.LoraConfig(r=3, target_modules=r"bert\.encoder\..*(query|key|dense).*")
    grafted = g.adapted("bert", case.model, tmp_path / "grafted", config)
    graft(case.out / "model.onnx", [str(tmp_path / "grafted")], tmp_path / "out")
    feed = g.inputs("bert")
    served, merged = s.Served(tmp_path / "out"), copy.deepcopy(grafted).merge_and_unload()
    assert g.apart(served(feed), g.said(merged, feed)) < CLOSE
    both = peft.PeftModel.from_pretrained(merged, case.adapters[0]).eval()
    assert g.apart(served(feed, case.out / "one.onnx_adapter"), g.said(both, feed)) < CLOSE


def test_a_quantised_graph_serves_adapters_where_the_branches_are_left_out(
    cases: Cases, tmp_path: Path
) -> None:
    case = cases("llama")
    shutil.copytree(case.out, tmp_path / "out")
    quantize_dynamic(
        tmp_path / "out" / "model.onnx",
        tmp_path / "out" / "int8.onnx",
        weight_type=QuantType.QUInt8,
        per_channel=True,
        nodes_to_exclude=list(case.report.nodes),
    )
    weights = integer_weights(tmp_path / "out" / "int8.onnx")
    assert not [name for name, weight in weights.items() if can_saturate(weight)]
    served, feed = s.Served(tmp_path / "out", "int8.onnx"), g.inputs("llama", 7)
    for adapter, adapted in case.adapted.items():
        want = g.said(adapted, feed)
        assert g.apart(served(feed, adapter), want) < 0.3 < g.apart(served(feed), want)


@pytest.mark.slow
def test_the_script_of_the_documentation_serves_two_adapters(tmp_path: Path) -> None:
    base, adapters = FIXTURES / "llama-base", [FIXTURES / "llama-adapter", tmp_path / "small"]
    rerank(adapters[0], adapters[1], rank=2)
    served = tmp_path / "served"
    export_swappable(base, list(map(str, adapters)), served, task="text-generation", verify=False)
    command = [sys.executable, "-c", s.script()]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    ids = torch.tensor([[1, 5, 9, 2]])
    answers = []
    for line, adapter in zip(told.splitlines(), adapters, strict=True):
        name, *numbers = line.split()
        assert name == adapter.name
        model = peft.PeftModel.from_pretrained(transformers.LlamaForCausalLM.from_pretrained(base), adapter)
        with torch.inference_mode():
            answers.append(model.float()(input_ids=ids).logits[0, -1, :3].numpy())
        assert g.apart(np.array(numbers, float), answers[-1]) < CLOSE
    assert g.apart(*answers) > CLOSE * 10


def test_branches_inside_the_branches_of_an_if_read_the_inputs_of_the_graph(tmp_path: Path) -> None:
    h = onnx.helper
    W = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)

    def branch_of(name: str, negated: bool) -> onnx.GraphProto:
        nodes = [h.make_node("MatMul", ["x", "dense.weight"], [f"{name}.y"], f"/dense{name}/MatMul")]
        nodes += [h.make_node("Neg" if negated else "Identity", [f"{name}.y"], [f"{name}.out"])]
        return h.make_graph(
            nodes, f"branch{name}", [], [h.make_tensor_value_info(f"{name}.out", 1, ["n", 4])]
        )

    choice = h.make_node(
        "If", ["flag"], ["y"], then_branch=branch_of("", False), else_branch=branch_of("_1", True)
    )
    graph = h.make_graph(
        [choice],
        "main",
        [h.make_tensor_value_info("x", 1, ["n", 6]), h.make_tensor_value_info("flag", 9, [])],
        [h.make_tensor_value_info("y", 1, ["n", 4])],
        [onnx.numpy_helper.from_array(W, "dense.weight")],
    )
    (tmp_path / "in").mkdir()
    onnx.save(
        h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=8), tmp_path / "in/if.onnx"
    )
    linear = nn.ModuleDict({"dense": nn.Linear(6, 4, bias=False)})
    linear.dense.weight.data = torch.tensor(W.T)
    config = peft.LoraConfig(r=2, target_modules=["dense"], init_lora_weights=False)
    adapted = peft.get_peft_model(linear, config)
    adapted.save_pretrained(tmp_path / "adapter")
    swappable(tmp_path / "in" / "if.onnx", [str(tmp_path / "adapter")], tmp_path / "out")
    x, served = torch.randn(3, 6), s.Served(tmp_path / "out", "if.onnx")
    want = adapted.base_model.model.dense(x).detach().numpy()
    for flag, sign in ((True, 1), (False, -1)):
        assert g.apart(served({"x": x, "flag": torch.tensor(flag)}, "adapter"), sign * want) < CLOSE
