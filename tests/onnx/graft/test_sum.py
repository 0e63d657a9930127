"""A grafted graph answers as PEFT's merged model, and each initializer is the exact sum, rounded once."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import peft
import pytest
import torch
from torch import nn

from lorasurgery.errors import (
    AlignmentError,
    UnsupportedError,
)
from lorasurgery.onnx.graft import graft
from support import exported_graphs as g
from support.graft_cases import CLOSE, EXPORTERS, Case, copied
from support.shared_folders import Shared

# What an adapter must change at least for its absence to be noticed.
VISIBLE = 0.05
# Both of torch's exporters on every family; what says little that another does not is slow.
GRAPHS = [
    pytest.param(
        name,
        exporter,
        marks=[pytest.mark.slow] if exporter == "dynamo" and name not in ("bert", "gpt2") else [],
    )
    for name in g.FAMILIES
    for exporter in EXPORTERS
]


@pytest.mark.parametrize(("name", "exporter"), GRAPHS)
def test_a_grafted_graph_answers_as_pefts_merged_model(
    cases: dict[str, Case], name: str, exporter: str, tmp_path: Path
) -> None:
    case = cases[name]
    report = graft(case.graphs[exporter], [str(case.adapter)], tmp_path / "out")
    onnx.checker.check_model(tmp_path / "out" / "model.onnx")
    merged = copy.deepcopy(case.adapted).merge_and_unload()
    for batch, length in ((2, 5), (1, 1), (3, 11)):
        feed = g.inputs(name, 7, batch, length)
        got = g.answer(tmp_path / "out" / "model.onnx", feed)
        assert g.apart(got, g.said(merged, feed)) < CLOSE
        assert g.apart(g.answer(case.graphs[exporter], feed), got) > VISIBLE
    assert report.check is not None
    assert report.check.change > 0


@pytest.mark.parametrize(("name", "exporter"), GRAPHS)
def test_a_graph_without_any_names_is_matched_by_its_numbers(
    cases: dict[str, Case], name: str, exporter: str, tmp_path: Path
) -> None:
    case = cases[name]
    bare = g.edited(copied(case.graphs[exporter], tmp_path / "bare"), g.without_names)
    with pytest.raises(AlignmentError, match="match"):
        graft(bare, [str(case.adapter)], tmp_path / "out")
    report = graft(bare, [str(case.adapter)], tmp_path / "out", base=str(case.base))
    feed = g.inputs(name, 7, 3, 8)
    assert g.apart(g.answer(tmp_path / "out" / "model.onnx", feed), g.said(case.adapted, feed)) < CLOSE
    assert {each.found_by for each in report.tensors} == {"value"}
    assert report.check is not None
    assert report.check.against_torch is not None
    assert report.check.against_torch.max_difference < CLOSE * report.check.against_torch.largest
    assert report.check.against_torch.argmax_agreement == 1


def test_every_initializer_is_the_exact_sum_rounded_once(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["gpt2"]
    report = graft(case.graphs["dynamo"], [f"{case.adapter}:0.5"], tmp_path / "out")
    before, after = g.numbers(case.graphs["dynamo"]), g.numbers(tmp_path / "out" / "model.onnx")
    changed = {each.initializer: each.parameter for each in report.tensors}
    assert len(changed) == 8
    for name, array in after.items():
        if name not in changed:
            assert array.tobytes() == before[name].tobytes()
            continue
        module = case.adapted.get_submodule(
            f"base_model.model.{changed[name].removeprefix('model.').removesuffix('.weight')}"
        )
        A, B = module.lora_A["default"].weight.double(), module.lora_B["default"].weight.double()
        change = 0.5 * module.scaling["default"] * (B @ A).T.detach()  # a Conv1D lies as (in, out)
        exact = (torch.tensor(before[name]).double() + change).float().numpy()
        # The reference itself rounds in float64: an element within its error of a tie may fall to
        # either side.
        assert (array != exact).mean() < 1e-3
        assert np.abs(array - exact).max() <= np.spacing(np.abs(exact).max())


@pytest.mark.parametrize(
    "dtype", [pytest.param(name, marks=pytest.mark.slow) for name in ("float16", "bfloat16")]
)
def test_half_precision_weights_keep_their_dtype(
    cases: dict[str, Case], dtype: str, tmp_path: Path, shared: Shared
) -> None:
    case = cases["llama"]
    half = copy.deepcopy(case.model).to(getattr(torch, dtype))
    graph = g.exported_once("llama", shared, dynamo=True, dtype=getattr(torch, dtype))
    verify = dtype == "float16"  # ONNX Runtime's CPU has no bfloat16
    report = graft(graph, [str(case.adapter)], tmp_path / "out", verify=verify)
    assert {each.dtype for each in report.tensors} == {dtype}
    if verify:
        feed = g.inputs("llama", 7)
        got = g.answer(tmp_path / "out" / "model.onnx", feed)
        assert g.apart(got, g.said(case.adapted, feed)) < 2e-2
    loaded = onnx.load(tmp_path / "out" / "model.onnx")
    weights = {tensor.name: tensor for tensor in loaded.graph.initializer}
    found = next(each for each in report.tensors if each.parameter.endswith("layers.0.mlp.up_proj.weight"))
    module = case.adapted.get_submodule("base_model.model.model.layers.0.mlp.up_proj")
    start = half.get_submodule("model.layers.0.mlp.up_proj").weight.double()
    change = module.get_delta_weight("default").double()
    want = (start + change).to(getattr(torch, dtype)).T.contiguous().view(torch.int16).numpy()
    got_bits = np.frombuffer(weights[found.initializer].raw_data, np.int16).reshape(want.shape)
    assert (got_bits != want).mean() < 0.01  # PEFT's ΔW is rounded to float32 before it is added


def test_a_base_in_less_precision_than_the_graph_is_compared_in_that_of_the_graph(
    cases: dict[str, Case], tmp_path: Path
) -> None:
    case = cases["gpt2"]
    half = copy.deepcopy(case.model).bfloat16()
    half.save_pretrained(tmp_path / "base")
    graph = g.exported("gpt2", half.float(), tmp_path / "in" / "model.onnx", dynamo=False)
    report = graft(graph, [str(case.adapter)], tmp_path / "out", base=str(tmp_path / "base"))
    assert report.check is not None
    assert report.check.against_torch is not None
    assert report.check.against_torch.max_difference < CLOSE * report.check.against_torch.largest


def test_taking_an_adapter_away_again_gives_the_graph_back_but_for_rounding(
    cases: dict[str, Case], tmp_path: Path
) -> None:
    case = cases["gpt2"]
    graft(case.graphs["dynamo"], [str(case.adapter)], tmp_path / "with")
    graft(tmp_path / "with" / "model.onnx", [f"{case.adapter}:-1"], tmp_path / "back")
    feed = g.inputs("gpt2")
    original = g.answer(case.graphs["dynamo"], feed)
    assert g.apart(g.answer(tmp_path / "back" / "model.onnx", feed), original) < CLOSE


def test_two_adapters_are_one_sum(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["llama"]
    config = peft.LoraConfig(r=3, lora_alpha=6, target_modules=["q_proj", "v_proj"])
    other = g.adapted("llama", case.model, tmp_path / "other", config, seed=5)
    graft(case.graphs["torchscript"], [f"{case.adapter}:0.5", f"{tmp_path / 'other'}:2"], tmp_path / "out")
    want = copy.deepcopy(case.model)
    for adapted, weight in ((case.adapted, 0.5), (other, 2.0)):
        for path, module in adapted.named_modules():
            if hasattr(module, "get_delta_weight"):
                target = want.get_submodule(path.removeprefix("base_model.model."))
                target.weight.data += weight * module.get_delta_weight("default")
    feed = g.inputs("llama", 7)
    assert g.apart(g.answer(tmp_path / "out" / "model.onnx", feed), g.said(want, feed)) < CLOSE


VARIANTS: dict[str, peft.PeftConfig] = {
    "dora": peft.LoraConfig(r=4, use_dora=True, target_modules=["query", "dense"], task_type="SEQ_CLS"),
    "rslora": peft.LoraConfig(r=4, use_rslora=True, target_modules=["query"], task_type="SEQ_CLS"),
    "lora with biases": peft.LoraConfig(r=4, bias="all", target_modules=["query"], task_type="SEQ_CLS"),
    "lora on embeddings": peft.LoraConfig(r=4, target_modules=["word_embeddings", "value"]),
    "loha": peft.LoHaConfig(r=4, target_modules=["query", "dense"], task_type="SEQ_CLS"),
    "oft": peft.OFTConfig(r=0, oft_block_size=8, target_modules=["query", "value"], task_type="SEQ_CLS"),
    "ia3": peft.IA3Config(
        target_modules=["key", "value", "intermediate.dense"],
        feedforward_modules=["intermediate.dense"],
        task_type="SEQ_CLS",
    ),
    "norms": peft.LNTuningConfig(target_modules=["LayerNorm"], task_type="SEQ_CLS"),
}


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_non_additive_change_is_applied_to_the_initializer(
    cases: dict[str, Case], variant: str, exporter: str, tmp_path: Path
) -> None:
    case = cases["bert"]
    adapted = g.adapted("bert", case.model, tmp_path / "adapter", copy.deepcopy(VARIANTS[variant]))
    graft(case.graphs[exporter], [str(tmp_path / "adapter")], tmp_path / "out")
    feed = g.inputs("bert", 7)
    want = g.said(adapted, feed)
    assert g.apart(g.answer(tmp_path / "out" / "model.onnx", feed), want) < CLOSE
    assert g.apart(g.answer(case.graphs[exporter], feed), want) > 1e-3


def test_of_two_adapters_with_a_head_each_one_is_chosen(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["vit"]
    other = g.adapted("vit", case.model, tmp_path / "other", seed=5)
    both = [str(case.adapter), str(tmp_path / "other")]
    with pytest.raises(UnsupportedError, match="take='classifier"):
        graft(case.graphs["torchscript"], both, tmp_path / "out")
    graft(case.graphs["torchscript"], both, tmp_path / "out", take=["classifier*=other"], base=str(case.base))
    head = other.base_model.model.classifier.modules_to_save["default"].bias.detach().numpy()
    made = onnx.load(tmp_path / "out" / "model.onnx")
    biases = [onnx.numpy_helper.to_array(each) for each in made.graph.initializer]
    assert any(each.shape == head.shape and (each == head).all() for each in biases)


@pytest.mark.parametrize("exporter", ["torchscript", pytest.param("dynamo", marks=pytest.mark.slow)])
def test_equal_tensors_that_the_exporter_stored_once_are_told_apart(exporter: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = g.built("bert")
    for path, parameter in model.named_parameters():
        if path.endswith("bias"):
            nn.init.zeros_(parameter)
        if path.endswith("LayerNorm.weight"):
            nn.init.ones_(parameter)
    graph = g.exported("bert", model, tmp_path / "in" / "model.onnx", dynamo=EXPORTERS[exporter])
    config = peft.LoraConfig(
        r=4,
        target_modules=["query", "pooler.dense"],
        modules_to_save=["layer.1.output.LayerNorm"],
        task_type="SEQ_CLS",
    )
    adapted = g.adapted("bert", model, tmp_path / "adapter", config)
    report = graft(graph, [str(tmp_path / "adapter")], tmp_path / "out")
    onnx.checker.check_model(tmp_path / "out" / "model.onnx")
    assert any(each.is_new for each in report.tensors)
    feed = g.inputs("bert", 7)
    assert g.apart(g.answer(tmp_path / "out" / "model.onnx", feed), g.said(adapted, feed)) < CLOSE


TIED: dict[str, peft.PeftConfig] = {
    "a table by itself": peft.LoraConfig(r=4, target_modules=["embed_tokens", "q_proj"]),
    "a head by itself": peft.LoraConfig(r=4, target_modules=["lm_head", "q_proj"]),
    "a table that is saved": peft.LoraConfig(
        r=4, target_modules=["q_proj"], modules_to_save=["embed_tokens"]
    ),
    "rows of tokens": peft.LoraConfig(r=4, target_modules=["q_proj"], trainable_token_indices=[1, 4, 77]),
    "both sides": peft.LoraConfig(r=4, target_modules=["q_proj", "embed_tokens"], ensure_weight_tying=True),
}


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("kind", TIED)
def test_tied_weights_follow_what_peft_makes_of_them(
    cases: dict[str, Case], kind: str, exporter: str, tmp_path: Path
) -> None:
    case = cases["llama-tied"]
    adapted = g.adapted("llama-tied", case.model, tmp_path / "adapter", copy.deepcopy(TIED[kind]))
    graft(case.graphs[exporter], [str(tmp_path / "adapter")], tmp_path / "out")
    onnx.checker.check_model(tmp_path / "out" / "model.onnx")
    feed = g.inputs("llama-tied", 7) | {"input_ids": torch.tensor([[1, 4, 77, 8, 9], [4, 4, 2, 250, 299]])}
    got = g.answer(tmp_path / "out" / "model.onnx", feed)
    assert g.apart(got, g.said(adapted, feed)) < CLOSE
    assert g.apart(g.answer(case.graphs[exporter], feed), got) > 1e-2


@pytest.mark.parametrize("shape", [(5, 16), (2, 3, 16)], ids=["Gemm", "MatMul"])
@pytest.mark.parametrize("exporter", EXPORTERS)
def test_a_module_that_is_called_for_every_layer_changes_in_all_of_them(
    exporter: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
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
    model, x = Looped().eval(), torch.randn(shape)
    path = tmp_path / "in" / "model.onnx"
    path.parent.mkdir()
    torch.onnx.export(
        model, (x,), path, dynamo=EXPORTERS[exporter], input_names=["x"], external_data=False, verbose=False
    )
    adapted = peft.get_peft_model(
        copy.deepcopy(model), peft.LoraConfig(r=2, target_modules=["step", "last"])
    ).eval()
    g.shake(adapted, 1)
    model_of_base = adapted.get_base_model()
    model_of_base.step.base_layer.load_state_dict(model.step.state_dict())
    model_of_base.last.base_layer.load_state_dict(model.last.state_dict())
    adapted.save_pretrained(tmp_path / "adapter")
    graft(path, [str(tmp_path / "adapter")], tmp_path / "out")
    got = g.answer(tmp_path / "out" / "model.onnx", {"x": x})
    assert g.apart(got, adapted(x).detach().numpy()) < CLOSE
