"""One answer for every form: what is quantised, what it is called, and what each verb then does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from lorasurgery import convert, extract, inspect, merge, rerank, unmerge, verify
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.linalg.rounding import round_once
from lorasurgery.quantisation import open_model, quantised_model
from lorasurgery.quantisation._module import modules_with_codes
from lorasurgery.quantisation._registry import formats
from support.quantised_checkpoints import (
    FP8,
    SHAPES,
    Form,
    Q,
    adapter,
    plain,
    write,
)
from support.unread_quantisations import UNREAD

ALL = FP8 | UNREAD
BF16 = Form(plain, "")
# Factors of float16, and a change that codes of eight bits do not hold exactly.
CLOSE = 0.02


@pytest.mark.parametrize("name", ALL)
def test_a_form_is_known_by_name_and_shape(name: str, tmp_path: Path) -> None:
    form = ALL[name]
    write(tmp_path / "base", form)
    model = quantised_model(open_checkpoint(tmp_path / "base"))
    assert set(model.weights) >= {f"{module}.weight" for module in SHAPES}
    seen = model.numbers.tensors
    assert not {leaf for each in seen for leaf in [each.rpartition(".")[2]]} - {"weight"}
    for module, shape in SHAPES.items():
        tensor = seen[f"{module}.weight"]
        assert tensor.quantised is not None
        assert form.label in tensor.quantised.label
        assert tensor.quantised.has_shape == form.has_shape
        assert tensor.shape == shape or not form.has_shape
    assert not {"quantization_config", "compression_config", "quantization"} & set(model.numbers.config)


@pytest.mark.parametrize("name", ALL)
def test_no_form_is_claimed_by_two_formats(name: str, tmp_path: Path) -> None:
    write(tmp_path / "base", ALL[name])
    model = quantised_model(open_checkpoint(tmp_path / "base"))
    quantised = modules_with_codes(model.stored.tensors, model.stated.marks)
    assert quantised
    for module in quantised:
        claims = [form for form in formats() if not module.marked and [*form.weights(module, model.stated)]]
        assert len(claims) <= 1, claims


@pytest.mark.parametrize("name", FP8)
def test_float8_reads_as_numbers(name: str, tmp_path: Path) -> None:
    numbers = write(tmp_path / "base", FP8[name])
    seen = open_model(tmp_path / "base").tensors
    assert numbers
    for module, wanted in numbers.items():
        assert wanted is not None
        got = seen[f"{module}.weight"]
        assert torch.equal(got.read(), wanted.float())
        assert torch.equal(got.read_rows(3, 17), wanted.float()[3:17])


@pytest.mark.parametrize("name", FP8)
def test_a_merge_leaves_no_word_of_quantisation_and_comes_back(name: str, tmp_path: Path) -> None:
    numbers = write(tmp_path / "base", FP8[name])
    change = adapter(tmp_path / "adapter", Q)
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    held = load_file(tmp_path / "merged" / "model.safetensors")
    assert {leaf.rpartition(".")[2] for leaf in held} == {"weight"}
    assert {tensor.dtype for tensor in held.values()} == {torch.bfloat16}
    for module, W in numbers.items():
        assert W is not None
        wanted = round_once(W.float().double() + change.get(module, 0), torch.bfloat16)
        assert torch.equal(held[f"{module}.weight"], wanted)
    texts = [path.read_text() for path in (tmp_path / "merged").glob("*.json") if path.name != "undo.json"]
    assert not any("quant" in text.lower() for text in texts)
    assert not (tmp_path / "merged" / "hf_quant_config.json").exists()
    assert verify(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged").is_exact
    unmerge(tmp_path / "merged", tmp_path / "back")
    for path in (tmp_path / "base").iterdir():
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "name", ["powers of two in bytes", "ComfyUI's older files", "compressed-tensors, blocks"]
)
def test_float8_is_written_again_as_it_was(name: str, tmp_path: Path) -> None:
    numbers = write(tmp_path / "base", FP8[name])
    change = adapter(tmp_path / "adapter", Q)
    report = merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged", requantise=True)
    old, new = (load_file(tmp_path / each / "model.safetensors") for each in ("base", "merged"))
    assert {k: (v.dtype, v.shape) for k, v in old.items()} == {k: (v.dtype, v.shape) for k, v in new.items()}
    merged, W = open_model(tmp_path / "merged").tensors[f"{Q}.weight"].read().double(), numbers[Q]
    assert W is not None
    (stated,) = report.requantised
    assert stated.sums.error**0.5 == pytest.approx(float((merged - W - change[Q]).norm()), rel=1e-3)
    assert float(((merged - W) * change[Q]).sum() / change[Q].square().sum()) == pytest.approx(
        stated.sums.share, rel=1e-4
    )
    assert verify(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged").is_exact


@pytest.mark.parametrize("name", FP8)
def test_the_change_of_a_float8_pair_is_that_of_its_numbers(name: str, tmp_path: Path) -> None:
    old = write(tmp_path / "base", FP8[name])
    new = write(tmp_path / "tuned", FP8[name], change=0.1)
    assert old[Q] is not None
    assert new[Q] is not None
    extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=64)
    assert change_of(tmp_path / "adapter", Q) == pytest.approx(new[Q] - old[Q], rel=0, abs=2e-4)
    report = inspect(tmp_path / "base", tmp_path / "tuned")
    seen = next(each for each in report.modules if each.module == Q)
    assert seen.change == pytest.approx(float((new[Q] - old[Q]).norm()), rel=1e-4)
    assert seen.edge_rank == 2
    assert seen.dtype.startswith("float8")


def change_of(folder: Path, module: str) -> Tensor:
    held = load_file(folder / "adapter_model.safetensors")
    settings = json.loads((folder / "adapter_config.json").read_text())
    A, B = (held[f"base_model.model.{module}.lora_{side}.weight"].double() for side in "AB")
    return B @ A * (settings["lora_alpha"] / A.shape[0])


def test_two_sides_may_be_quantised_differently(tmp_path: Path) -> None:
    old = write(tmp_path / "base", FP8["Mistral's own files"])
    new = write(tmp_path / "tuned", BF16, change=0.1)
    assert old[Q] is not None
    assert new[Q] is not None
    report = extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=64)
    assert change_of(tmp_path / "adapter", Q) == pytest.approx(new[Q] - old[Q], rel=0, abs=2e-4)
    assert any(
        "is quantised (FP8, one scale) in the base and not quantised in the fine-tune" in note
        for note in report.notes
    )


def test_the_noise_edge_of_a_quantised_pair_counts_the_codes_steps(tmp_path: Path) -> None:
    write(tmp_path / "base", FP8["fbgemm"])
    write(tmp_path / "tuned", FP8["fbgemm"], change=0.1)
    report = extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", noise_edge=True)
    assert {each.rank for each in report.modules} == {2}


def test_factors_of_float8_weights_are_of_half_precision(tmp_path: Path) -> None:
    write(tmp_path / "base", FP8["fbgemm"])
    write(tmp_path / "tuned", FP8["fbgemm"], change=0.1)
    extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=4)
    held = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in held.values()} == {torch.float16}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_not_read_is_refused_by_name_in_every_verb(name: str, tmp_path: Path) -> None:
    form = UNREAD[name]
    write(tmp_path / "base", form)
    write(tmp_path / "tuned", BF16, change=0.1)
    adapter(tmp_path / "adapter", Q)
    said = f"{form.label}.*16-bit original"
    with pytest.raises(UnsupportedError, match=said):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    with pytest.raises(UnsupportedError, match=said):
        extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "out")
    with pytest.raises(UnsupportedError, match=said):
        extract(tmp_path / "tuned", tmp_path / "base", tmp_path / "out")
    with pytest.raises(UnsupportedError, match=said):
        inspect(tmp_path / "base", tmp_path / "tuned")
    with pytest.raises(UnsupportedError, match=said):
        verify(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "tuned")
    alone = next(each for each in inspect(tmp_path / "base").modules if each.module == Q)
    assert form.label in alone.reason
    beside = inspect(tmp_path / "adapter", base=tmp_path / "base")
    assert form.label in beside.notes[0]
    assert beside.modules[0].has_spectrum
    # What needs names and shapes alone works.
    convert(tmp_path / "adapter", tmp_path / "lora", to="lora", base=tmp_path / "base")
    assert torch.equal(change_of(tmp_path / "lora", Q), change_of(tmp_path / "adapter", Q))
    rerank(tmp_path / "adapter", tmp_path / "smaller", rank=1, base=tmp_path / "base")
    convert(tmp_path / "adapter", tmp_path / "adapter.gguf", format="gguf", base=tmp_path / "base")
