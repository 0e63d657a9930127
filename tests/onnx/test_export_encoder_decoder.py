"""Exports of encoder-decoders beside PEFT.

Three graphs, the second and third decoding what torch decodes at once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.onnx.export import export
from lorasurgery.onnx.exporting.computed import computed_table
from lorasurgery.onnx.exporting.model import weightless
from lorasurgery.onnx.exporting.tasks import class_of
from support.onnx_models import BART, HEADS, TOKENS, adapted, answer, apart, built, rim, saved, text

TOLERANCE = 1e-4


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.slow) for name in ("t5", "bart", "whisper")],
)
def merged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any, Path]:
    """A family's name, PEFT's model, and our export of the same."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    peft_model = adapted(name, saved(name, folder / "base"), folder / "adapter")
    export(folder / "base", [folder / "adapter"], folder / "out", verify=False)
    return name, peft_model, folder / "out"


def heard(name: str, batch: int) -> dict[str, torch.Tensor]:
    if name == "whisper":
        return {"input_features": torch.randn(batch, 8, 24, generator=torch.Generator().manual_seed(5))}
    given = text(batch, 9)
    given["attention_mask"][-1, 6:] = 0
    return given


def test_three_graphs_decode_what_torch_decodes_at_once(merged: tuple[str, Any, Path]) -> None:
    name, peft_model, folder = merged
    given, ids = heard(name, 2), text(2, 8, seed=4)["input_ids"]
    with torch.inference_mode():
        said = peft_model(**given, decoder_input_ids=ids, use_cache=False).logits
        plain = built(name)(**given, decoder_input_ids=ids, use_cache=False).logits
    assert apart(plain, said) > 100 * TOLERANCE
    states = answer(folder / "encoder_model.onnx", given)["last_hidden_state"]
    mask = {"encoder_attention_mask": given["attention_mask"]} if name != "whisper" else {}
    found = answer(
        folder / "decoder_model.onnx", {**mask, "input_ids": ids[:, :3], "encoder_hidden_states": states}
    )
    got, past, done = [found["logits"]], {}, 3
    for new in (1, 1, 3):
        past |= {
            key.replace("present", "past_key_values"): each for key, each in found.items() if key != "logits"
        }
        further = {**mask, "input_ids": ids[:, done : done + new].contiguous(), **past}
        found = answer(folder / "decoder_with_past_model.onnx", further)
        got.append(found["logits"])
        done += new
    assert apart(torch.cat(got, 1), said) < TOLERANCE


def test_graphs_are_named_as_optimum_names_them(merged: tuple[str, Any, Path]) -> None:
    name, peft_model, folder = merged
    graphs = ("encoder_model", "decoder_model", "decoder_with_past_model")
    files = {f"{graph}.onnx" for graph in graphs}
    assert {path.name for path in folder.iterdir() if ".onnx" in path.name} == {
        *files,
        *("encoder_model.onnx_data", "decoder_model.onnx_data"),
    }
    for file in files:
        onnx.checker.check_model(folder / file, full_check=True)
    inputs, outputs = rim(folder / "decoder_with_past_model.onnx")
    sides = [f"0.{side}.{kind}" for side in ("decoder", "encoder") for kind in ("key", "value")]
    mask = [] if name == "whisper" else ["encoder_attention_mask"]
    assert list(inputs) == [*mask, "input_ids", *(f"past_key_values.{side}" for side in sides)]
    assert list(outputs) == ["logits", "present.0.decoder.key", "present.0.decoder.value"]
    assert list(rim(folder / "decoder_model.onnx")[1]) == ["logits", *(f"present.{side}" for side in sides)]
    assert peft_model.config.model_type == name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t5", "bart", "marian", "whisper"])
def test_the_check_holds_for_all_graphs(tmp_path: Path, name: str) -> None:
    saved(name, tmp_path / "base")
    report = export(tmp_path / "base", (), tmp_path / "out")
    assert report.check is not None
    assert [each.graph for each in report.check.graphs] == [
        each.file.removesuffix(".onnx") for each in report.graphs
    ]
    assert all(each.relative < TOLERANCE and each.largest > 0.1 for each in report.check.graphs)
    assert report.check.graphs[2].steps == 8


@pytest.mark.parametrize(
    ("class_name", "config", "task"),
    [
        (
            "MarianMTModel",
            {"model_type": "marian", "is_encoder_decoder": True},
            "text2text-generation-with-past",
        ),
        ("T5ForConditionalGeneration", {"model_type": "t5"}, "text2text-generation-with-past"),
        (
            "WhisperForConditionalGeneration",
            {"model_type": "whisper", "is_encoder_decoder": True},
            "automatic-speech-recognition-with-past",
        ),
        (
            "CohereAsrForConditionalGeneration",
            {"model_type": "cohere_asr", "is_encoder_decoder": True},
            "automatic-speech-recognition-with-past",
        ),
        ("MarianModel", {"model_type": "marian", "is_encoder_decoder": True}, "feature-extraction"),
        ("FlaubertWithLMHeadModel", {"model_type": "flaubert"}, "fill-mask"),
        ("GPT2LMHeadModel", {"model_type": "gpt2"}, "text-generation-with-past"),
    ],
)
def test_the_task_is_that_of_the_class_whatever_its_name_ends_in(
    class_name: str, config: dict[str, Any], task: str
) -> None:
    assert class_of({**config, "architectures": [class_name]}, None) == (task, class_name)


def test_positions_that_a_class_computes_are_not_missing(tmp_path: Path) -> None:
    saved("marian", tmp_path / "base")
    model = transformers.MarianMTModel.from_pretrained(tmp_path / "base")
    name = "model.decoder.embed_positions.weight"
    assert name not in load_file(tmp_path / "base" / "model.safetensors")
    config = json.loads((tmp_path / "base" / "config.json").read_text())
    empty = weightless(config, "MarianMTModel", torch.float32, "eager")
    table = computed_table(empty, name)
    assert table is not None
    assert torch.equal(table, model.get_parameter(name))
    assert computed_table(empty, "model.encoder.layers.0.fc1.weight") is None
    assert computed_table(empty, "model.encoder.layers.0.final_layer_norm.weight") is None


def test_a_weight_that_is_missing_from_marian_is_named(tmp_path: Path) -> None:
    saved("marian", tmp_path / "base")
    path = tmp_path / "base" / "model.safetensors"
    kept = {name: each for name, each in load_file(path).items() if "decoder.layers.0.fc1.weight" not in name}
    save_file(kept, path, metadata={"format": "pt"})
    with pytest.raises(AlignmentError, match=r"decoder\.layers\.0\.fc1\.weight'.*1 of \d+ parameters"):
        export(tmp_path / "base", (), tmp_path / "out")


def test_a_model_that_hears_recordings_of_any_length_is_refused_in_words(tmp_path: Path) -> None:
    settings = {**BART, **HEADS, **TOKENS, "max_source_positions": 40, "max_target_positions": 40}
    config = transformers.Speech2TextConfig(**settings, input_feat_per_channel=8, conv_channels=16)
    transformers.Speech2TextForConditionalGeneration(config).save_pretrained(tmp_path / "base")
    with pytest.raises(UnsupportedError, match=r"recordings of any length.*Whisper") as said:
        export(tmp_path / "base", (), tmp_path / "out")
    assert "attribute" not in str(said.value)
