"""Swappable graphs against PEFT in torch, against exports of merged models, and against the bare graphs that they were."""

from __future__ import annotations

import copy
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import peft
import pytest
import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

import onnx
from lorasurgery.errors import (
    AlignmentError,
    NumericError,
    OutputError,
    SurgeryError,
    UnsupportedError,
)
from lorasurgery.formats import onnx as container
from lorasurgery.onnx import export as verb
from lorasurgery.onnx.export import export_swappable
from lorasurgery.onnx.graft import graft
from lorasurgery.onnx.swappable import swappable
from lorasurgery.onnx.swapping import branch, files
from lorasurgery.onnx.swapping.report import SwapReport
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.rerank import rerank
from support import exported_graphs as g
from support import swappable_graphs as s
from support.int8_saturation import can_saturate, integer_weights
from support.paths import FIXTURES
from support.shared_folders import Shared

# Relative to the largest output; seen: 1e-6.
CLOSE = 1e-5
# The same for half precision; seen: 1e-3.
HALF_CLOSE = 1e-2
# What an adapter must change at least for its absence to be noticed.
VISIBLE = 0.05
# Not the sizes of the export.
SIZES = ((2, 5), (1, 1), (3, 11))


@dataclass
class Case:
    """A family's bare graph, PEFT's two models and their folders, `one` and `two`."""

    name: str
    model: Any
    graph: Path
    folder: Path
    adapted: dict[str, Any]

    @property
    def adapters(self) -> list[str]:
        return [str(self.folder / name) for name in self.adapted]

    @cached_property
    def report(self) -> SwapReport:
        """Of the graph with both adapters, in `out`, which nobody writes to."""
        return swappable(self.graph, self.adapters, self.folder / "out")

    @property
    def out(self) -> Path:
        return Path(self.report.output)


class Cases:
    """One of each, made when it is first asked for."""

    def __init__(self, make: Callable[[str], Path], shared: Shared) -> None:
        self.make, self.shared = make, shared
        self.made: dict[tuple[str, bool], Case] = {}

    def __call__(self, name: str, *, dynamo: bool = True) -> Case:
        key = (name, dynamo)
        if key not in self.made:
            folder, model = self.make(name), g.built(name)
            adapted = {
                each: g.adapted(name, model, folder / each, config, seed)
                for seed, (each, config) in enumerate(zip(("one", "two"), s.configs(name), strict=True))
            }
            shutil.copytree(g.exported_once(name, self.shared, dynamo=dynamo).parent, folder / "in")
            self.made[key] = Case(name, model, folder / "in" / "model.onnx", folder, adapted)
        return self.made[key]


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Cases:
    return Cases(tmp_path_factory.mktemp, shared)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- what comes out

FAMILIES = [
    ("bert", True),
    ("bert", False),
    ("llama", True),
    pytest.param("llama-tied", True, marks=pytest.mark.slow),
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
    [pytest.param("bert", True, marks=pytest.mark.slow), ("llama", False), ("gpt2", False)],
)
def test_a_swapped_adapter_answers_as_the_merged_model_that_torch_exports(
    cases: Cases, name: str, dynamo: bool, tmp_path: Path
) -> None:
    case = cases(name)
    served = s.Served(case.out)
    for adapter, adapted in case.adapted.items():
        merged = copy.deepcopy(adapted).merge_and_unload()
        graph = g.exported(name, merged, tmp_path / adapter / "model.onnx", dynamo=dynamo)
        feed = g.inputs(name, 5, 3, 8)
        assert g.apart(served(feed, adapter), g.answer(graph, feed)) < CLOSE


@pytest.mark.parametrize(
    ("name", "dynamo"),
    [("bert", False), pytest.param("llama", True, marks=pytest.mark.slow), ("gpt2", False)],
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


def test_a_file_that_convert_writes_later_is_served_as_well(cases: Cases, tmp_path: Path) -> None:
    case = cases("llama")
    config = peft.LoraConfig(r=3, lora_alpha=5, target_modules=["q_proj", "v_proj"])
    later = g.adapted("llama", case.model, tmp_path / "later", config, seed=9)
    convert(str(tmp_path / "later"), str(tmp_path / "later.onnx_adapter"), format="onnx")
    feed = g.inputs("llama")
    got = s.Served(case.out)(feed, tmp_path / "later.onnx_adapter")
    assert g.apart(got, g.said(later, feed)) < CLOSE


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


def test_a_graph_that_onnx_finds_fault_with_but_runs_is_no_worse_for_it(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    shutil.copytree(case.graph.parent, tmp_path / "in")
    model = onnx.load(tmp_path / "in" / "model.onnx", load_external_data=False)
    model.graph.name = ""
    (tmp_path / "in" / "model.onnx").write_bytes(model.SerializeToString())
    swappable(tmp_path / "in" / "model.onnx", case.adapters, tmp_path / "out")


def test_the_card_says_what_was_found_or_that_nothing_was_run(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    swappable(case.graph, case.adapters, tmp_path / "unrun", verify=False)
    card = (case.out / "README.md").read_text()
    assert "to the bit" in card
    assert "| `one.onnx_adapter` | one × 1 | 6 | 2 to 4 |" in card
    assert "**Not at all**" in (tmp_path / "unrun" / "README.md").read_text()


# --- refusals


def refused(kind: type[SurgeryError], words: str, out: Path, *args: Any, **options: Any) -> None:
    """Nothing is left behind, and the message has the words."""
    with pytest.raises(kind, match=words):
        swappable(*args, out, **options)
    assert not out.exists()
    assert not out.with_name(f"{out.name}.partial").exists()


BEYOND: dict[str, tuple[str, peft.PeftConfig, str]] = {
    "what depends on the weight": (
        "bert",
        peft.LoraConfig(r=4, use_dora=True, target_modules=["query"]),
        "query.*no product of two matrices .Dora",
    ),
    "a head that is saved": (
        "bert",
        peft.LoraConfig(r=4, target_modules=["query"], task_type="SEQ_CLS"),
        "replaces 'classifier",
    ),
    "biases that are saved": (
        "bert",
        peft.LoraConfig(r=4, bias="lora_only", target_modules=["query"]),
        "replaces 'bert.*bias",
    ),
    "a bias of its own": (
        "bert",
        peft.LoraConfig(r=4, lora_bias=True, target_modules=["query"]),
        "adds to 'bert.*bias",
    ),
    "rows of tokens": (
        "llama-tied",
        peft.LoraConfig(r=4, target_modules=["q_proj"], trainable_token_indices=[1, 4]),
        "rows of",
    ),
    "a tie that stays": (
        "llama-tied",
        peft.LoraConfig(r=4, target_modules=["q_proj", "embed_tokens"], ensure_weight_tying=True),
        "tied",
    ),
    "a product of every element": (
        "bert",
        peft.LoKrConfig(r=4, target_modules=["query"]),
        "no product of two matrices .Lokr",
    ),
}


@pytest.mark.parametrize("kind", BEYOND)
def test_what_no_input_can_carry_is_refused_with_the_way_out(cases: Cases, kind: str, tmp_path: Path) -> None:
    name, config, words = BEYOND[kind]
    case = cases(name)
    g.adapted(name, case.model, tmp_path / "adapter", copy.deepcopy(config))
    adapters = [case.adapters[0], str(tmp_path / "adapter")]
    refused(UnsupportedError, words, tmp_path / "out", case.graph, adapters)
    refused(UnsupportedError, "Merge it into the graph instead", tmp_path / "out", case.graph, adapters)


def test_modules_that_the_graph_does_not_have_are_named(cases: Cases, tmp_path: Path) -> None:
    refused(AlignmentError, "q_proj.*match", tmp_path / "out", cases("bert").graph, cases("vit").adapters)


def test_a_graph_that_is_swappable_already_is_refused(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    refused(
        UnsupportedError,
        "swappable.*convert",
        tmp_path / "again",
        case.out / "model.onnx",
        case.adapters,
    )


def test_an_adapter_too_weak_for_the_check_is_said_to_be(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2", dynamo=False)
    for weight in ("0", "1e-9"):
        report = swappable(case.graph, [f"{case.adapters[0]}:{weight}", case.adapters[1]], tmp_path / weight)
        blind = [note for note in report.notes if "could not have told whether it is in force" in note]
        assert len(blind) == 1
        assert blind[0].startswith("one.onnx_adapter changes the answers by ")


@pytest.mark.parametrize(
    ("base", "adapter", "said"),
    [
        ("llama-base", "absent", "does not exist"),
        ("gpt2-base", "llama-adapter", "match nothing in"),
    ],
)
def test_what_does_not_belong_to_the_base_is_found_before_that_is_exported(
    base: str, adapter: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "build", None)
    with pytest.raises(SurgeryError, match=said):
        export_swappable(FIXTURES / base, [str(FIXTURES / adapter)], tmp_path / "out")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"use_dora": True}, "depends on the weight"),
        ({"bias": "all"}, "outright"),
        ({"modules_to_save": ["lm_head"]}, "outright"),
    ],
)
def test_what_no_input_can_be_is_found_before_the_base_is_exported(
    settings: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "build", None)
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_pretrained(FIXTURES / "gpt2-base")
    config = peft.LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True, **settings)
    made = peft.get_peft_model(model, config)
    for parameter in made.parameters():
        if parameter.requires_grad:
            nn.init.normal_(parameter)
    made.save_pretrained(tmp_path / "adapter")
    with pytest.raises(UnsupportedError, match=f"cannot be swapped: .*{said}"):
        export_swappable(FIXTURES / "gpt2-base", [str(tmp_path / "adapter")], tmp_path / "out")


def test_encoder_decoders_are_refused_before_they_are_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "build", None)
    torch.manual_seed(0)
    config = transformers.T5Config(vocab_size=99, d_model=32, d_kv=8, d_ff=48, num_layers=1, num_heads=4)
    transformers.T5ForConditionalGeneration(config).save_pretrained(tmp_path / "base")
    with pytest.raises(UnsupportedError, match="several graphs for text2text-generation-with-past"):
        export_swappable(tmp_path / "base", ["any"], tmp_path / "out")


def test_a_tolerance_that_is_no_number_is_refused(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2", dynamo=False)
    refused(UnsupportedError, "--atol nan", tmp_path / "out", case.graph, case.adapters, atol=float("nan"))


def test_two_adapters_of_one_name_are_refused(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    shutil.copytree(case.adapters[1], tmp_path / "one")
    both = [case.adapters[0], str(tmp_path / "one")]
    refused(UnsupportedError, "Two adapters are called 'one'", tmp_path / "out", case.graph, both)
    refused(UnsupportedError, "No adapter", tmp_path / "out", case.graph, [])


def test_factors_beyond_half_precision_are_refused(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    graph = g.exported("gpt2", copy.deepcopy(case.model).half(), tmp_path / "in" / "model.onnx", dynamo=False)
    refused(
        NumericError,
        "not finite in float16",
        tmp_path / "out",
        graph,
        [f"{case.adapters[0]}:1e6"],
        verify=False,
    )


def test_an_output_that_exists_is_kept(cases: Cases, tmp_path: Path) -> None:
    case, out = cases("gpt2"), tmp_path / "out"
    swappable(case.graph, case.adapters, out, verify=False)
    before = digests(out)
    with pytest.raises(OutputError, match="exists already"):
        swappable(case.graph, case.adapters, out, verify=False)
    assert digests(out) == before
    swappable(case.graph, case.adapters[:1], out, verify=False, force=True)
    assert set(before) - set(digests(out)) == {"two.onnx_adapter"}


# --- the checks themselves can fail


def test_a_wrong_scale_is_noticed(cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case, product = cases("bert"), files._product
    monkeypatch.setattr(files, "_product", lambda *args: (*product(*args)[:2], 1.001))
    refused(NumericError, "one.onnx_adapter differs from", tmp_path / "out", case.graph, case.adapters)


def test_a_branch_in_the_wrong_place_is_noticed(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, linear = cases("bert"), branch.PRODUCTS["linear"]

    def negated(new: Any, *args: Any) -> str:
        return str(new.add("Neg", [linear(new, *args)]))

    monkeypatch.setitem(branch.PRODUCTS, "linear", negated)
    refused(NumericError, "one.onnx_adapter differs from", tmp_path / "out", case.graph, case.adapters)


def test_a_base_that_answers_otherwise_is_noticed(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, linear = cases("bert"), branch.PRODUCTS["linear"]

    def shifted(new: Any, *args: Any) -> str:
        one = onnx.helper.make_attribute(
            "value", onnx.numpy_helper.from_array(np.array(1e-6, np.float32), "one")
        )
        return str(new.add("Add", [linear(new, *args), new.add("Constant", [], attributes=[one])]))

    monkeypatch.setitem(branch.PRODUCTS, "linear", shifted)
    refused(
        NumericError, "otherwise than .* without any adapter", tmp_path / "out", case.graph, case.adapters
    )


def test_a_file_that_onnx_runtime_damages_is_noticed(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, laid_out = cases("gpt2"), container._laid_out
    calls = []

    def other(adapter: Any) -> dict[str, torch.Tensor]:
        calls.append(adapter)
        return laid_out(adapter)

    monkeypatch.setattr(container, "_laid_out", other)
    monkeypatch.setattr(container, "_holds", lambda path, arrays: not calls)
    refused(OutputError, "damaged", tmp_path / "out", case.graph, case.adapters)


def test_a_graph_that_is_not_valid_is_noticed(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(branch._Wiring, "place", lambda self: None)
    refused(OutputError, "no valid graph", tmp_path / "out", cases("gpt2").graph, cases("gpt2").adapters)


def killed_in(step: str, call: Callable[[], object]) -> None:
    """Call in a process of its own that ends without a word when it comes to a step of the export."""
    process = os.fork()
    if not process:
        setattr(verb, step, lambda *_, **__: os._exit(9))
        call()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 9


def test_what_a_killed_export_leaves_is_cleared_by_the_next_one(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "llama-base", tmp_path / "base")
    adapter = str(FIXTURES / "llama-adapter")

    def swap() -> object:
        return export_swappable(
            tmp_path / "base", [adapter], tmp_path / "served", task="text-generation", verify=False
        )

    killed_in("build", swap)
    assert {path.name for path in tmp_path.iterdir()} == {"base", "served-base.partial"}
    swap()
    assert {path.name for path in tmp_path.iterdir()} == {"base", "served"}


@pytest.mark.slow
def test_what_a_killed_check_leaves_is_cleared_by_the_next_one(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "bert-tuned", tmp_path / "base")
    before = {path.name for path in (tmp_path / "base").iterdir()}

    def refer() -> object:
        return verb.export(tmp_path / "base", reuse_shards=True)

    killed_in("check", refer)
    assert len(list(tmp_path.iterdir())) == 2
    refer()
    assert [path.name for path in tmp_path.iterdir()] == ["base"]
    assert {path.name for path in (tmp_path / "base").iterdir()} == before | {"model.onnx"}
