"""Grafted graphs against PEFT's merge in torch, against exact sums in float64, and against the graphs that they were."""

from __future__ import annotations

import copy
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import peft
import pytest
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

import onnx
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
from support.shared_folders import Shared

# Relative to the largest output; seen: 7e-7.
CLOSE = 1e-5
# What an adapter must change at least for its absence to be noticed.
VISIBLE = 0.05
EXPORTERS = {"dynamo": True, "torchscript": False}
# Both of torch's exporters on every family; what says little that another does not is slow.
GRAPHS = [
    pytest.param(
        name, exporter, marks=[pytest.mark.slow] if (name, exporter) == ("llama-tied", "dynamo") else []
    )
    for name in g.FAMILIES
    for exporter in EXPORTERS
]


@dataclass(frozen=True)
class Case:
    """A model, its checkpoint, an adapter on it, and the graph of the bare model by each exporter."""

    name: str
    model: Any
    adapted: Any
    base: Path
    adapter: Path
    graphs: dict[str, Path]


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> dict[str, Case]:
    """One of every family, made when it is first asked for."""

    class Made(dict[str, Case]):
        def __missing__(self, name: str) -> Case:
            self[name] = _case(name, tmp_path_factory.mktemp(name), shared)
            return self[name]

    return Made()


def _case(name: str, folder: Path, shared: Shared) -> Case:
    model = g.built(name)
    model.save_pretrained(folder / "base")
    graphs = {
        key: copied(g.exported_once(name, shared, dynamo=dynamo), folder / key)
        for key, dynamo in EXPORTERS.items()
    }
    return Case(
        name,
        model,
        g.adapted(name, model, folder / "adapter"),
        folder / "base",
        folder / "adapter",
        graphs,
    )


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def copied(graph: Path, folder: Path) -> Path:
    """A graph and its data in a folder of its own, to be damaged."""
    shutil.copytree(graph.parent, folder)
    return folder / graph.name


# --- what comes out


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
        # The reference itself rounds in float64: an element within its error of a tie may fall to either side.
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


def test_taking_an_adapter_away_again_gives_the_graph_back_but_for_rounding(
    cases: dict[str, Case], tmp_path: Path
) -> None:
    case = cases["gpt2"]
    graft(case.graphs["dynamo"], [str(case.adapter)], tmp_path / "with")
    graft(tmp_path / "with" / "model.onnx", [f"{case.adapter}:-1"], tmp_path / "back")
    feed = g.inputs("gpt2")
    original = g.answer(case.graphs["dynamo"], feed)
    assert g.apart(g.answer(tmp_path / "back" / "model.onnx", feed), original) < CLOSE


def test_an_adapter_too_weak_for_the_check_is_said_to_be(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["gpt2"]
    strong = graft(case.graphs["torchscript"], [str(case.adapter)], tmp_path / "strong")
    weak = graft(case.graphs["torchscript"], [f"{case.adapter}:1e-6"], tmp_path / "weak")
    blind = "no comparison of answers could have told the two graphs apart"
    assert not any(blind in note for note in strong.notes)
    assert any(blind in note for note in weak.notes)


def test_a_tolerance_that_is_no_number_is_refused(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["gpt2"]
    with pytest.raises(UnsupportedError, match="atol=nan"):
        graft(case.graphs["torchscript"], [str(case.adapter)], tmp_path / "out", atol=float("nan"))


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
def test_what_is_no_sum_is_applied_to_the_initializer(
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
        graft(case.graphs["dynamo"], both, tmp_path / "out")
    graft(case.graphs["dynamo"], both, tmp_path / "out", take=["classifier*=other"], base=str(case.base))
    head = other.base_model.model.classifier.modules_to_save["default"].bias.detach().numpy()
    made = onnx.load(tmp_path / "out" / "model.onnx")
    biases = [onnx.numpy_helper.to_array(each) for each in made.graph.initializer]
    assert any(each.shape == head.shape and (each == head).all() for each in biases)


# --- weights that several parameters share


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


# --- how it lies on disk


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


# --- refusals


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


def test_what_is_no_graph_is_refused(cases: dict[str, Case], tmp_path: Path) -> None:
    adapter = str(cases["bert"].adapter)
    (tmp_path / "model.onnx").write_bytes(b"\x99 not a graph")
    refused(NotACheckpointError, "no ONNX graph", tmp_path / "out", tmp_path / "model.onnx", [adapter])
    refused(NotACheckpointError, "does not exist", tmp_path / "out", tmp_path / "absent.onnx", [adapter])


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


# --- the checks themselves can fail


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
    broken.setattr(runtime, "run", lambda path, runs: run(case.graphs["dynamo"], runs))
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
        "NaN or an infinity|beyond the reach",
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
