"""What only some of the later families have: the authors' own LoRA files, and names that they share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import convert, merge
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.inspect import inspect

GENERATOR = torch.Generator().manual_seed(12)


def normal(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=GENERATOR)


def factors(name: str, rows: int, width: int) -> dict[str, Tensor]:
    return {f"{name}.lora_A.weight": normal(2, width), f"{name}.lora_B.weight": normal(rows, 2)}


def saved(path: Path, tensors: dict[str, Tensor]) -> Path:
    save_file(tensors, path)
    return path


def modules(file: Path) -> set[str]:
    return {key.partition(".lora_")[0].removesuffix(".alpha") for key in load_file(file)}


def ace_step(path: Path, prefix: str) -> Path:
    tensors = {}
    for layer in ("self_attn", "cross_attn"):
        for name in ("q_proj", "o_proj"):
            tensors |= factors(f"{prefix}layers.0.{layer}.{name}", 8, 8)
    return saved(path, tensors)


def test_the_authors_files_of_ace_step_become_comfyuis_and_diffusers(tmp_path: Path) -> None:
    """PEFT's file of the denoiser alone, as the authors' trainer and `comfy/lora.py` have it."""
    lora = ace_step(tmp_path / "ace.safetensors", "base_model.model.")
    convert(lora, tmp_path / "c.safetensors", format="comfyui", alpha=2)
    assert modules(tmp_path / "c.safetensors") == {
        f"diffusion_model.decoder.layers.0.{layer}.{name}"
        for layer in ("self_attn", "cross_attn")
        for name in ("q_proj", "o_proj")
    }
    convert(lora, tmp_path / "d.safetensors", format="diffusers", alpha=2)
    theirs = pytest.importorskip("diffusers").AceStepPipeline.lora_state_dict(str(lora))
    ours = load_file(tmp_path / "d.safetensors")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(each, theirs[name]) for name, each in ours.items())
    base = {f"decoder.layers.0.cross_attn.{name}.weight": normal(8, 8) for name in ("q_proj", "o_proj")}
    base |= {f"decoder.layers.0.self_attn.{name}.weight": normal(8, 8) for name in ("q_proj", "o_proj")}
    merge(saved(tmp_path / "b.safetensors", base), tmp_path / "d.safetensors", tmp_path / "m", undo=False)
    merged = load_file(tmp_path / "m" / "b.safetensors")
    tensors = load_file(lora)
    for name, before in base.items():
        key = "base_model.model." + name.removeprefix("decoder.").removesuffix(".weight")
        change = tensors[f"{key}.lora_B.weight"] @ tensors[f"{key}.lora_A.weight"]
        torch.testing.assert_close(merged[name], before + change)


def test_a_language_model_is_not_taken_for_ace_step(tmp_path: Path) -> None:
    tensors = factors("base_model.model.layers.0.self_attn.q_proj", 8, 8)
    tensors |= factors("base_model.model.layers.0.mlp.up_proj", 8, 8)
    report = inspect(saved(tmp_path / "l.safetensors", tensors), alpha=2)
    assert {each.module for each in report.modules} == {
        "layers.0.self_attn.q_proj",
        "layers.0.mlp.up_proj",
    }


# Names that five families have in diffusers, and the widths of published models; of Cosmos, the prompt's.
SHARED = {
    "PixArt": (1152, 1152, "blocks.0.cross_attn.q_linear"),
    "LTX-Video": (2048, 2048, "transformer_blocks.0.attn2.to_q"),
    "Cosmos": (2048, 1024, "blocks.0.cross_attn.q_proj"),
}


@pytest.mark.parametrize("family", SHARED)
def test_widths_tell_families_apart_that_share_names(family: str, tmp_path: Path) -> None:
    width, prompt, name = SHARED[family]
    tensors = factors("transformer.transformer_blocks.0.attn2.to_q", width, width)
    tensors |= factors("transformer.transformer_blocks.0.attn2.to_k", width, prompt)
    tensors |= factors("transformer.transformer_blocks.0.attn1.to_v", width, width)
    lora = saved(tmp_path / "l.safetensors", tensors)
    report = convert(lora, tmp_path / "c.safetensors", format="comfyui")
    assert report.notes[0].startswith(f"{family}: lora, diffusers naming, 3 modules")
    assert f"diffusion_model.{name}" in modules(tmp_path / "c.safetensors")


def test_other_widths_need_the_base(tmp_path: Path) -> None:
    tensors = factors("transformer.transformer_blocks.0.attn2.to_q", 24, 24)
    with pytest.raises(UnsupportedError, match="Name the base, which shows the family"):
        convert(saved(tmp_path / "l.safetensors", tensors), tmp_path / "c.safetensors", format="comfyui")


def test_the_first_cosmos_keeps_its_names(tmp_path: Path) -> None:
    """ComfyUI has its own model for each."""
    name = "lora_unet_blocks_block3_blocks_1_block_attn_to_k_0"
    tensors = {f"{name}.lora_down.weight": normal(2, 8), f"{name}.lora_up.weight": normal(8, 2)}
    lora = saved(tmp_path / "l.safetensors", tensors)
    convert(lora, tmp_path / "c.safetensors", format="comfyui")
    assert modules(tmp_path / "c.safetensors") == {"diffusion_model.blocks.block3.blocks.1.block.attn.to_k.0"}
    convert(lora, tmp_path / "d.safetensors", format="diffusers")
    assert modules(tmp_path / "d.safetensors") == {"transformer.transformer_blocks.3.attn2.to_k"}


def test_stable_audio_has_no_file_in_diffusers_naming(tmp_path: Path) -> None:
    name = "diffusion_model.transformer.layers.0.self_attn.to_qkv"
    lora = saved(tmp_path / "l.safetensors", factors(name, 24, 8))
    with pytest.raises(UnsupportedError, match="Write kohya or comfyui"):
        convert(lora, tmp_path / "d.safetensors", format="diffusers")
    base = {f"transformer_blocks.0.attn1.to_{x}.weight": torch.zeros(8, 8) for x in "qkv"}
    merge(saved(tmp_path / "b.safetensors", base), lora, tmp_path / "m", undo=False)
    merged = load_file(tmp_path / "m" / "b.safetensors")
    tensors = load_file(lora)
    change = tensors[f"{name}.lora_B.weight"] @ tensors[f"{name}.lora_A.weight"]
    whole = torch.cat([merged[f"transformer_blocks.0.attn1.to_{x}.weight"] for x in "qkv"])
    torch.testing.assert_close(whole, change)
