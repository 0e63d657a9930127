"""Bases that are a part of a model, without a config: what is recognised, refused, or noted."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import extract
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.extraction.extract_report import ExtractReport

RANDOM = torch.Generator().manual_seed(23)


def extracted(names: list[str], form: str, folder: Path) -> tuple[ExtractReport, set[str]]:
    """What `extract` reports of two models with these layers, and the modules that its file has."""
    base = {f"{name}.weight": torch.randn(16, 16, generator=RANDOM) for name in names}
    save_file(base, folder / "base.safetensors")
    change = torch.randn(16, 2, generator=RANDOM) @ torch.randn(2, 16, generator=RANDOM)
    save_file({name: each + change for name, each in base.items()}, folder / "tuned.safetensors")
    models = folder / "base.safetensors", folder / "tuned.safetensors"
    report = extract(*models, folder / "x.safetensors", rank=2, format=form)
    keys = load_file(folder / "x.safetensors")
    return report, {key.partition(".lora_")[0] for key in keys if not key.endswith("alpha")}


BLOCK = "transformer_blocks.0"
KNOWN = {
    ("blocks.0.attn1.to_q", "comfyui"): "diffusion_model.blocks.0.self_attn.q",
    ("blocks.0.attn1.to_q", "kohya"): "lora_unet_blocks_0_self_attn_q",
    (f"down_blocks.0.attentions.0.{BLOCK}.attn1.to_q", "comfyui"): (
        f"diffusion_model.input_blocks.1.1.{BLOCK}.attn1.to_q"
    ),
    (f"down_blocks.0.attentions.0.{BLOCK}.attn1.to_q", "kohya"): (
        "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    ),
    (f"mid_block.attentions.0.{BLOCK}.attn1.to_q", "diffusers"): (
        f"unet.mid_block.attentions.0.{BLOCK}.attn1.to_q"
    ),
}


@pytest.mark.parametrize(("name", "form"), KNOWN)
def test_a_part_with_names_of_one_family_is_recognised(name: str, form: str, tmp_path: Path) -> None:
    report, modules = extracted([name], form, tmp_path)
    assert modules == {KNOWN[name, form]}
    assert not any("if it is another" in note for note in report.notes)


@pytest.mark.parametrize("form", ["comfyui", "kohya"])
def test_names_of_several_families_are_noted(form: str, tmp_path: Path) -> None:
    """Layers of Qwen-Image by its authors, and of Flux.1 by diffusers."""
    report, _ = extracted([f"{BLOCK}.attn.to_q", f"{BLOCK}.attn.to_k"], form, tmp_path)
    assert any("names are those of Qwen-Image, and diffusers' for Flux.1 or" in note for note in report.notes)


def test_names_that_are_diffusers_alone_are_not_written_as_comfyuis(tmp_path: Path) -> None:
    """`ff` is of no model by its authors: of Flux.1 or Stable Diffusion 3, which ComfyUI names otherwise."""
    names = [f"{BLOCK}.attn.to_q", f"{BLOCK}.ff.net.0.proj"]
    with pytest.raises(UnsupportedError, match=r"shows the family.*give BASE as a folder"):
        extracted(names, "comfyui", tmp_path)
    _, modules = extracted(names, "diffusers", tmp_path)
    assert modules == {f"transformer.{name}" for name in names}


def test_a_controlnet_is_no_unet(tmp_path: Path) -> None:
    names = [f"down_blocks.0.attentions.0.{BLOCK}.attn1.to_q", "controlnet_down_blocks.0"]
    _, modules = extracted(names, "kohya", tmp_path)
    assert all(module.startswith("lycoris_") for module in modules)
