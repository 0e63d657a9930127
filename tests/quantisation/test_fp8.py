"""Which elements share a scale, told from shapes; experts in one tensor; scales in bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge
from lorasurgery.linalg.rounding import round_once
from lorasurgery.quantisation import open_model
from lorasurgery.quantisation.fp8 import block_of, decoded, stated_blocks

# Codes, scales, what the config states, and how many elements share a scale.
GRIDS = {
    "a number": ((256, 384), (), [], (256, 384)),
    "one element": ((256, 384), (1,), [], (256, 384)),
    "rows": ((256, 384), (256,), [], (1, 384)),
    "rows of a square": ((256, 256), (256, 1), [], (1, 256)),
    "columns": ((256, 384), (1, 384), [], (256, 1)),
    "128 where nothing is stated": ((200, 384), (2, 3), [], (128, 128)),
    "what divides where 128 does not fit": ((256, 384), (4, 6), [], (64, 64)),
    "as stated": ((200, 384), (4, 8), [(64, 48)], (64, 48)),
    "what divides where the statement does not fit": ((256, 384), (256, 12), [(128, 128)], (1, 32)),
    "the one of two that fits": ((256, 384), (4, 3), [(128, 128), (64, 128)], (64, 128)),
    "two that fit and mean one thing": ((100, 100), (1, 2), [(128, 64), (100, 64)], (128, 64)),
    "two that fit and differ": ((200, 384), (2, 2), [(128, 192), (104, 192)], None),
    "nothing that fits": ((256, 384), (5, 3), [], None),
    "too many dimensions": ((256, 384), (2, 2, 2), [], None),
    "experts with a scale each": ((4, 64, 32), (4,), [], (1, 64, 32)),
    "experts with a scale each column": ((4, 64, 32), (4, 1, 32), [], (1, 64, 1)),
    "experts in blocks": ((4, 256, 128), (4, 2, 1), [], (1, 128, 128)),
    "experts of another number": ((4, 256, 128), (3, 2, 1), [], None),
    "a convolution": ((8, 4, 3, 3), (8, 1, 1, 1), [], (1, 4, 3, 3)),
    "no scales": ((256, 384), (0, 3), [], None),
}


@pytest.mark.parametrize("name", GRIDS)
def test_the_grid_says_which_elements_share_a_scale(name: str) -> None:
    shape, scales, stated, block = GRIDS[name]
    assert block_of(shape, scales, stated) == block


def test_sizes_of_blocks_are_taken_from_wherever_makers_state_them() -> None:
    assert stated_blocks({"weight_block_size": [128, 64]}) == [(128, 64)]
    group = {"weights": {"block_structure": "64x32"}}
    settings = {"weight_block_size": None, "config_groups": {"a": group, "b": group, "c": {"weights": None}}}
    assert stated_blocks(settings) == [(64, 32)]
    for wrong in ([0, 128], ["x", 1], 128, [[128], 128], "128", ["9" * 400, 1]):
        assert stated_blocks({"weight_block_size": wrong, "config_groups": wrong}) == []


def test_bytes_are_exponents_of_two_and_back() -> None:
    stored = torch.arange(256).to(torch.uint8)
    powers = decoded(stored)
    assert powers[127] == 1
    assert powers[0] == 2.0**-127
    assert powers[255].isnan()
    assert torch.equal(decoded(stored)[:255].float(), stored.view(torch.float8_e8m0fnu)[:255].float())


@pytest.mark.parametrize("suffix", ["_scale", "_scale_inv"])
def test_experts_in_one_tensor_are_read_and_merged(suffix: str, tmp_path: Path) -> None:
    """fbgemm's Llama 4: (experts, in, 2·out) with a scale for each column of each expert."""
    generator = torch.Generator().manual_seed(0)
    W = torch.randn(3, 16, 24, generator=generator)
    scales = W.abs().amax(1, keepdim=True) / 448
    codes = (W / scales).to(torch.float8_e4m3fn)
    name = "layers.0.experts.gate_up_proj"
    held = {name: codes, f"{name}{suffix}": scales, "layers.0.q.weight": torch.ones(8, 8).bfloat16()}
    save_file(held, tmp_path / "base.safetensors")
    numbers = codes.float() * scales
    seen = open_model(tmp_path / "base.safetensors").tensors[name]
    assert torch.equal(seen.read(), numbers)
    assert torch.equal(seen.read_rows(1, 3), numbers[1:])
    factors = {"lora_A": torch.ones(1, 8), "lora_B": torch.ones(8, 1)}
    (tmp_path / "adapter").mkdir()
    save_file(
        {f"base_model.model.layers.0.q.{side}.weight": each for side, each in factors.items()},
        tmp_path / "adapter" / "adapter_model.safetensors",
    )
    (tmp_path / "adapter" / "adapter_config.json").write_text(
        '{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "target_modules": ["q"]}'
    )
    merge(tmp_path / "base.safetensors", [tmp_path / "adapter"], tmp_path / "merged")
    merged = load_file(next((tmp_path / "merged").glob("model*.safetensors")))
    assert set(merged) == {name, "layers.0.q.weight"}
    assert torch.equal(merged[name], round_once(numbers.double(), torch.bfloat16))
