"""What cannot be exported is refused with the reasons, before anything is written.

A wrong graph is found and leaves nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery.errors import AlignmentError, MissingExtraError, NumericError, OutputError, UnsupportedError
from lorasurgery.onnx import export as verb
from lorasurgery.onnx.export import export
from lorasurgery.onnx.exporting import build, settings
from lorasurgery.onnx.exporting.check import CheckQuestion, check
from lorasurgery.onnx.exporting.merged import open_merged
from lorasurgery.text import reason_of
from support.onnx_models import built, saved
from support.paths import FIXTURES


def test_a_head_that_the_base_lacks_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(AlignmentError, match=r"'classifier\.(weight|bias)'"):
        export(FIXTURES / "bert-base", (), tmp_path / "out", task="text-classification")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("translation", "is not one of"),
        ("text-generation", None),
        ("image-classification", "no class for it"),
    ],
)
def test_tasks_that_cannot_be_are_refused(tmp_path: Path, task: str, said: str | None) -> None:
    saved("distilbert", tmp_path / "base")
    with pytest.raises(UnsupportedError, match=said):
        export(tmp_path / "base", (), tmp_path / "out", task=task)


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.usefixtures("own_process")
def test_a_check_that_dies_says_so(tmp_path: Path) -> None:
    saved("vit", tmp_path / "base")
    made = build.build(open_merged(tmp_path / "base", (), "float32"), settings.TraceSettings())
    with pytest.raises(UnsupportedError, match=r"ONNX Runtime cannot load model\.onnx"):
        check(CheckQuestion(tmp_path, made.task, tmp_path / "base", made.dtype), 1e-4)


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
    monkeypatch.setattr(settings, "PACKAGES", ("onnx", "onnx_of_tomorrow"))
    with pytest.raises(MissingExtraError, match=r"pip install onnx-of-tomorrow\."):
        export(FIXTURES / "bert-base", (), tmp_path / "out")


@pytest.mark.slow
def test_what_neither_exporter_can_trace_is_an_error_with_the_reasons_of_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    def forward(_self: Any, pixel_values: torch.Tensor) -> Any:
        return {"logits": pixel_values if pixel_values.sum() > 0 else -pixel_values}

    saved("vit", tmp_path / "base")
    monkeypatch.setattr(transformers.ViTForImageClassification, "forward", forward)
    said = (
        r"torch cannot trace ViTForImageClassification \(model\): .*transformers' own exporter .*attn='eager'"
    )
    with pytest.raises(UnsupportedError, match=said):
        export(tmp_path / "base", (), tmp_path / "out", attn="sdpa")
    with pytest.raises(UnsupportedError) as eager:
        export(tmp_path / "base", (), tmp_path / "out")
    assert "attn=" not in str(eager.value)
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


@pytest.mark.slow
def test_a_model_without_a_vocabulary_is_no_crash(tmp_path: Path) -> None:
    """CANINE reads characters, and pools four of them into one, which the example's length does not
    allow.
    """
    saved("canine", tmp_path / "base")
    with pytest.raises(UnsupportedError, match="cannot trace CanineForSequenceClassification"):
        export(tmp_path / "base", (), tmp_path / "out")


def test_a_place_that_cannot_be_written_to_is_found_before_the_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def traced(*_: Any) -> Any:
        raise AssertionError("the model was traced")

    monkeypatch.setattr(verb, "build", traced)
    saved("vit", tmp_path / "base")
    with pytest.raises(OutputError):
        export(tmp_path / "base", (), "/proc/nowhere/out")


@pytest.mark.slow
def test_layers_that_the_config_does_not_count_are_named(tmp_path: Path) -> None:
    saved("vit", tmp_path / "base")
    weights = load_file(tmp_path / "base" / "model.safetensors")
    weights["vit.encoder.layer.7.output.dense.weight"] = torch.zeros(2, 2)
    save_file(weights, tmp_path / "base" / "model.safetensors", {"format": "pt"})
    report = export(tmp_path / "base", (), tmp_path / "out", verify=False)
    (note,) = report.notes
    assert "1 weights of" in note
    assert "'vit.encoder.layer.7.output.dense.weight'" in note


@pytest.mark.parametrize("options", [{"opset": 17}, {"opset": 26}, {"atol": float("nan")}, {"atol": -1.0}])
def test_numbers_that_mean_nothing_are_refused_before_anything_is_read(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(UnsupportedError, match=r"opset=|atol="):
        export(tmp_path / "absent", (), tmp_path / "out", **options)


def test_a_config_that_a_class_refuses_is_quoted_with_the_reason(tmp_path: Path) -> None:
    saved("vit", tmp_path / "base")
    config = json.loads((tmp_path / "base" / "config.json").read_text())
    (tmp_path / "base" / "config.json").write_text(json.dumps(config | {"hidden_size": "big"}))
    with pytest.raises(UnsupportedError, match=r"'hidden_size'.*expected int, got str"):
        export(tmp_path / "base", (), tmp_path / "out")


def test_reasons_are_one_line() -> None:
    assert reason_of(ValueError("These differ:\n  one  and two\nand more")) == "These differ: one and two"
    assert reason_of(KeyError()) == "KeyError"
    sent = 'No:\nTraceback (most recent call last):\n  File "a.py", line 7\nRuntimeError: why\n'
    assert reason_of(ConnectionAbortedError(sent)) == "No: RuntimeError: why"
    assert len(reason_of(ValueError("x" * 5000))) < 500
