"""Weights that the formats' own packages quantised.

Read as the numbers that these packages dequantise, and merged into.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from lorasurgery import extract, inspect, merge, unmerge, verify
from lorasurgery.errors import DamagedFileError
from lorasurgery.linalg.rounding import round_once
from lorasurgery.quantisation import open_model
from support.quantised_forms import configs, headers, lora, made, write

# Where the package computes in 16 bits, or sums in another order: the largest error relative to the
# largest number.
CLOSE = {"compressed-tensors": 2**-8, "mlx": 2**-22, "comfyui": 2**-23, "autoround": 2**-11}


@pytest.mark.parametrize("form", configs())
def test_the_numbers_are_those_of_the_package(form: str, tmp_path: Path) -> None:
    expected = write(tmp_path / "base", form)
    weight = open_model(tmp_path / "base").tensors["m.weight"]
    numbers = weight.read()
    assert weight.shape == expected.shape
    assert float((numbers - expected).abs().max()) <= CLOSE.get(form.split()[0], 0) * float(
        expected.abs().max()
    )
    pieces = [weight.read_rows(start, min(start + 5, len(expected))) for start in range(0, len(expected), 5)]
    assert torch.equal(torch.cat(pieces), numbers)


@pytest.mark.parametrize("form", configs())
def test_a_merge_is_rounded_once_and_comes_back_bit_for_bit(form: str, tmp_path: Path) -> None:
    base, merged = tmp_path / "base", tmp_path / "merged"
    write(base, form)
    numbers = open_model(base).tensors["m.weight"].read()
    change = lora(tmp_path / "adapter", numbers.shape)
    report = merge(base, tmp_path / "adapter", merged)
    assert any("merged into the dequantised weights" in note for note in report.forecast.notes)
    held = load_file(merged / "model.safetensors")
    assert sorted(held.keys() - {"m.bias"}) == ["m.weight", "norm.weight"]
    assert torch.equal(held["m.weight"], round_once(numbers.double() + change, torch.bfloat16))
    assert "quantization_config" not in json.loads((merged / "config.json").read_text())
    assert verify(base, tmp_path / "adapter", merged).is_exact
    unmerge(merged, tmp_path / "back")
    for path in base.iterdir():
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("form", ["awq", "hqq 4 bit, axis 1", "mlx 4 bit"])
def test_a_pair_of_packed_and_plain_weights_is_extracted(form: str, tmp_path: Path) -> None:
    write(tmp_path / "base", form)
    numbers = open_model(tmp_path / "base").tensors["m.weight"].read()
    change = torch.randn(len(numbers), 1) @ torch.randn(1, numbers.shape[1]) * 0.01
    (tmp_path / "tuned").mkdir()
    held = {"m.weight": numbers + change, "norm.weight": torch.ones(4)}
    save_file(held, tmp_path / "tuned" / "model.safetensors", {"format": "pt"})
    report = extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=1)
    assert report.modules[0].energy_kept > 0.9999
    assert inspect(tmp_path / "base").modules[0].has_spectrum


def test_the_columns_of_conv1d_are_not_taken_for_rows(tmp_path: Path) -> None:
    """GPT-2 stores (in, out) and quantisers (out, in): of a square weight nothing would show it."""
    write(tmp_path / "base", "gptq v1 4 bit", "h.0.attn.c_attn")
    config = {"model_type": "gpt2", "quantization_config": configs()["gptq v1 4 bit"]}
    (tmp_path / "base" / "config.json").write_text(json.dumps(config))
    stored = open_model(tmp_path / "base").tensors["h.0.attn.c_attn.weight"].quantised
    assert stored is not None
    assert stored.refusal


def test_the_experts_of_gpt_oss_are_those_of_transformers(tmp_path: Path) -> None:
    from transformers.integrations.mxfp4 import convert_moe_packed_tensors

    generator = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, 256, (2, 64, 2, 16), generator=generator, dtype=torch.uint8)
    scales = torch.randint(118, 132, (2, 64, 2), generator=generator, dtype=torch.uint8)
    (tmp_path / "base").mkdir()
    stored = {"m.experts.gate_up_proj_blocks": blocks, "m.experts.gate_up_proj_scales": scales}
    save_file(stored, tmp_path / "base" / "model.safetensors")
    config = {"model_type": "unknown", "quantization_config": {"quant_method": "mxfp4"}}
    (tmp_path / "base" / "config.json").write_text(json.dumps(config))
    experts = open_model(tmp_path / "base").tensors["m.experts.gate_up_proj"]
    expected = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32)
    assert torch.equal(experts.read(), expected)
    assert torch.equal(experts.read_rows(1, 2), expected[1:])


def stating(folder: Path, **settings: Any) -> str:
    """State these settings in a config too, and give what keeps the weight from being read."""
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] |= settings
    (folder / "config.json").write_text(json.dumps(config))
    stored = open_model(folder).tensors["m.weight"].quantised
    assert stored is not None
    return stored.refusal


@pytest.mark.parametrize(
    ("form", "settings"),
    [
        ("gptq v1 4 bit", {"checkpoint_format": "marlin"}),
        ("gptq v1 4 bit", {"quant_method": "auto-round", "packing_format": "auto_round:gptq_v2"}),
        ("gptq v1 4 bit", {"quant_method": "intel/auto-round"}),
        ("awq", {"quant_method": "auto-round"}),
        ("compressed-tensors int4", {"transform_config": {"config_groups": {"u": {"type": "hadamard"}}}}),
        ("compressed-tensors nvfp4", {"transform_config": {"config_groups": {"u": {"type": "hadamard"}}}}),
    ],
)
def test_what_would_be_other_numbers_is_refused(form: str, settings: dict[str, Any], tmp_path: Path) -> None:
    """Zero points stored in another way, and rotated weights, look like those that are read."""
    write(tmp_path / "base", form)
    assert not stating(tmp_path / "base")
    assert stating(tmp_path / "base", **settings)


def test_autoround_is_read_in_the_layout_that_it_names(tmp_path: Path) -> None:
    write(tmp_path / "base", "gptq v1 4 bit")
    assert not stating(tmp_path / "base", quant_method="auto-round", packing_format="auto_round:auto_gptq")


@pytest.mark.parametrize("group", [-1, 4, 2**31 - 1])
def test_a_column_in_a_group_that_is_not_there_is_one_line(group: int, tmp_path: Path) -> None:
    """A negative one would be counted from the end without a word."""
    write(tmp_path / "base", "gptq v2 4 bit")
    file = tmp_path / "base" / "model.safetensors"
    held = load_file(file)
    held["m.g_idx"][3] = group
    save_file(held, file)
    with pytest.raises(DamagedFileError, match=r"g_idx.*groups"):
        open_model(tmp_path / "base").tensors["m.weight"].read()


def test_torchao_s_classes_stay_in_the_header_while_its_codes_do(tmp_path: Path) -> None:
    write(tmp_path / "base", "torchao int8")
    file = tmp_path / "base" / "model.safetensors"
    said = headers()["torchao int8"]
    save_file(load_file(file) | {"n.weight": torch.zeros(32, 64)}, file, {"format": "pt", **said})
    lora(tmp_path / "adapter", torch.Size((32, 64)), "n")
    merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", dtype="bfloat16")
    with safe_open(tmp_path / "merged" / "model.safetensors", "pt") as merged:
        assert merged.metadata() == {"format": "pt", **said}
    assert torch.equal(
        open_model(tmp_path / "merged").tensors["m.weight"].read(), made()["torchao int8/expected"]
    )


@pytest.mark.parametrize("settings", [{"convrot": True}, {"params": {"convrot": True}}])
def test_a_layer_that_comfyui_rotated_is_refused(settings: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path / "base", "comfyui int8_tensorwise")
    file = tmp_path / "base" / "model.safetensors"
    text = json.dumps({"format": "int8_tensorwise", **settings}).encode()
    save_file(load_file(file) | {"m.comfy_quant": torch.tensor([*text], dtype=torch.uint8)}, file)
    stored = open_model(tmp_path / "base").tensors["m.weight"].quantised
    assert stored is not None
    assert "convrot" in stored.refusal
