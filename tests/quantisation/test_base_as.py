"""Merges into a 16-bit base as bitsandbytes quantised it, against what bitsandbytes itself made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import merge, unmerge, verify
from lorasurgery.architecture.quantisable import quantisable_layers
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.rounding import round_once
from lorasurgery.quantisation import IN_TRAINING, numbers_in_training, open_model
from support.paths import FIXTURES
from support.quantised_checkpoints import FP8, SHAPES, Form, Q, adapter, config, plain, write

MADE = FIXTURES / "quantised.safetensors"
# The form that bitsandbytes made for each word, and the dtype of the weight it was given.
FORMS = {
    "nf4": ("bitsandbytes nf4", torch.bfloat16),
    "nf4-double": ("bitsandbytes nf4, nested", torch.bfloat16),
    "fp4": ("bitsandbytes fp4", torch.bfloat16),
    "fp4-double": ("bitsandbytes fp4, nested", torch.bfloat16),
    "int8": ("bitsandbytes int8", torch.float16),
}


def given() -> Tensor:
    """The weight that fixtures/make_quantised.py quantises."""
    return torch.randn(32, 64, generator=torch.Generator().manual_seed(0)) * 0.05


@pytest.mark.parametrize("kind", IN_TRAINING)
def test_the_numbers_are_those_that_bitsandbytes_made(kind: str) -> None:
    form, dtype = FORMS[kind]
    expected = load_file(MADE)[f"{form}/expected"]
    numbers = numbers_in_training(LazyTensor.of(given().to(dtype)), kind)
    assert torch.equal(numbers.read().float(), expected)
    pieces = [numbers.read_rows(start, min(start + 5, 32)) for start in range(0, 32, 5)]
    assert torch.equal(torch.cat(pieces), numbers.read())


@pytest.mark.parametrize("kind", IN_TRAINING)
@pytest.mark.parametrize("width", [24, 40, 100])
def test_rows_that_begin_within_a_block_are_the_same(kind: str, width: int) -> None:
    weight = torch.randn(7, width, generator=torch.Generator().manual_seed(1)).bfloat16()
    numbers = numbers_in_training(LazyTensor.of(weight), kind)
    whole = numbers.read()
    assert torch.equal(torch.cat([numbers.read_rows(row, row + 1) for row in range(7)]), whole)
    if kind == "nf4":
        flat = LazyTensor.of(weight.reshape(1, -1))
        assert torch.equal(numbers_in_training(flat, kind).read().reshape(7, width), whole)


@pytest.mark.parametrize("kind", IN_TRAINING)
def test_all_layers_that_training_quantised_are_written_so_and_come_back(kind: str, tmp_path: Path) -> None:
    write(tmp_path / "base", Form(plain, ""))
    change = adapter(tmp_path / "adapter", Q)
    report = merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", base_as=kind)
    assert any("as bitsandbytes quantises it" in note for note in report.forecast.notes)
    base = load_file(tmp_path / "base" / "model.safetensors")
    merged = load_file(tmp_path / "merged" / "model.safetensors")
    for name, stored in base.items():
        module = name.removesuffix(".weight")
        expected = stored
        if module in SHAPES:
            numbers = numbers_in_training(LazyTensor.of(stored), kind).read().double()
            expected = round_once(numbers + change.get(module, 0), torch.bfloat16)
        assert torch.equal(merged[name], expected), name
    assert verify(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", base_as=kind).is_exact
    assert not verify(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged").is_exact
    unmerge(tmp_path / "merged", tmp_path / "back")
    for path in (tmp_path / "base").iterdir():
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes()


def test_what_transformers_leaves_out_is_left_out() -> None:
    gpt2 = json.loads((FIXTURES / "gpt2-base" / "config.json").read_text())
    layers = quantisable_layers(gpt2)
    assert "lm_head" not in layers
    assert all(layers.values()), "layers of GPT-2 are Conv1D"
    llama = quantisable_layers(config())
    assert set(llama) == set(SHAPES)
    assert not any(llama.values())


def test_conv1d_is_quantised_in_the_order_of_a_linear_layer(tmp_path: Path) -> None:
    base = FIXTURES / "gpt2-base"
    layer = next(iter(quantisable_layers(json.loads((base / "config.json").read_text()))))
    stored = {name: each.read() for name, each in open_model(base).tensors.items()}
    name = next(each for each in stored if each.endswith(f"{layer.removeprefix('transformer.')}.weight"))
    width, out = stored[name].shape
    (tmp_path / "adapter").mkdir()
    factors = {"lora_A": torch.zeros(2, width), "lora_B": torch.zeros(out, 2)}
    save_file(
        {f"base_model.model.{layer}.{side}.weight": each for side, each in factors.items()},
        tmp_path / "adapter" / "adapter_model.safetensors",
    )
    settings: dict[str, Any] = {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": [layer]}
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(settings | {"fan_in_fan_out": True}))
    merge(base, tmp_path / "adapter", tmp_path / "merged", base_as="nf4")
    merged = open_model(tmp_path / "merged").tensors[name].read()
    numbers = numbers_in_training(LazyTensor.of(stored[name].T.contiguous()), "nf4")
    assert torch.equal(merged.T, numbers.read())


def test_a_base_that_is_quantised_already_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "base", FP8["ModelOpt"])
    adapter(tmp_path / "adapter", Q)
    with pytest.raises(UnsupportedError, match=r"base in 16 bits.*FP8"):
        merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", base_as="nf4")


def test_which_layers_are_quantised_is_not_guessed(tmp_path: Path) -> None:
    write(tmp_path / "base", Form(plain, ""))
    (tmp_path / "base" / "config.json").unlink()
    adapter(tmp_path / "adapter", Q)
    with pytest.raises(UnsupportedError, match="which layers"):
        merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", base_as="nf4")


def test_experts_are_refused_by_name(tmp_path: Path) -> None:
    module = "model.layers.0.self_attn.q_proj"
    adapter(tmp_path / "adapter", module)
    with pytest.raises(UnsupportedError, match=r"experts.*version of transformers"):
        merge(FIXTURES / "mixtral-base", tmp_path / "adapter", tmp_path / "merged", base_as="nf4")


def test_a_config_that_no_class_takes_is_refused_in_a_line(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "llama-base", tmp_path / "base")
    path = tmp_path / "base" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"intermediate_size": []}))
    with pytest.raises(UnsupportedError, match=r"which layers .* does not build from this config"):
        merge(tmp_path / "base", FIXTURES / "llama-adapter", tmp_path / "out", base_as="nf4")
