"""OpenCLIP in an all-in-one checkpoint of Stable Diffusion XL: its packed projections in LoRA files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import convert, extract, merge

W = 8
FIRST = "conditioner.embedders.0.transformer.text_model.encoder.layers.0"
SECOND = "conditioner.embedders.1.model.transformer.resblocks.0"
SHAPES = {
    f"{FIRST}.mlp.fc1.weight": (2 * W, W),
    f"{SECOND}.attn.in_proj_weight": (3 * W, W),
    f"{SECOND}.attn.out_proj.weight": (W, W),
    f"{SECOND}.mlp.c_fc.weight": (2 * W, W),
    "model.diffusion_model.input_blocks.4.1.proj_in.weight": (W, W),
}
LAYER = "lora_te2_text_model_encoder_layers_0"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    generator = torch.Generator().manual_seed(2)
    base = {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
    tuned = {
        name: each + torch.randn(len(each), 1, generator=generator) @ torch.randn(1, W, generator=generator)
        for name, each in base.items()
    }
    save_file(base, tmp_path / "base.safetensors")
    save_file(tuned, tmp_path / "tuned.safetensors")
    return tmp_path / "base.safetensors", tmp_path / "tuned.safetensors"


@pytest.mark.parametrize("form", ["kohya", "comfyui", "diffusers"])
def test_an_extraction_has_transformers_names_and_gives_the_change_back(
    form: str, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    lora = tmp_path / "lora.safetensors"
    extract(*pair, lora, rank=1, format=form)
    names = {key.partition(".lora_")[0] for key in load_file(lora) if ".lora_" in key}
    assert len(names) == 7  # queries, keys and values are apart
    merge(pair[0], lora, tmp_path / "merged", undo=False)
    merged, tuned = load_file(tmp_path / "merged" / "base.safetensors"), load_file(pair[1])
    for name, each in tuned.items():
        torch.testing.assert_close(merged[name], each, rtol=1e-4, atol=1e-4)


def test_a_file_that_was_placed_in_the_base_is_written_by_its_own_names(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    tensors = {
        f"{LAYER}_self_attn_{name}_proj.{end}": torch.randn(shape)
        for name in ("q", "k", "v")
        for end, shape in (("lora_down.weight", (2, W)), ("lora_up.weight", (W, 2)))
    }
    save_file(tensors, tmp_path / "lora.safetensors")
    convert(tmp_path / "lora.safetensors", tmp_path / "again.safetensors", base=pair[0])
    found = load_file(tmp_path / "again.safetensors")
    assert all(torch.equal(found[key], each) for key, each in tensors.items())
