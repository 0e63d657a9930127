"""`check --for comfyui`, by the names that its `comfy/lora.py` looks for (Comfy-Org/ComfyUI ec93dcacb)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery import check, convert
from lorasurgery.errors import UnsupportedError
from support.paths import FIXTURES

WIDTH, RANK = 8, 2
UNET = "input_blocks.1.1.transformer_blocks.0.attn1.to_q"
UNET_BY_DIFFUSERS = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
FLUX = "double_blocks.0.img_attn.qkv"
FLUX_BY_DIFFUSERS = "transformer_blocks.0.attn.to_k"
OTHER = "blocks.0.self_attn.q"  # Wan, whose names of diffusers are not in the table


def flat(name: str) -> str:
    return name.replace(".", "_")


def model(folder: Path, name: str, prefix: str, rows: int) -> Path:
    file = folder / "model.safetensors"
    tensors = {f"{prefix}{name}.weight": torch.zeros(rows, WIDTH)}
    if name == FLUX:  # which tell it from HunyuanVideo and Flux.2
        for other in ("img_in", "double_blocks.0.img_mod.lin"):
            tensors[f"{prefix}{other}.weight"] = torch.zeros(WIDTH, WIDTH)
    save_file(tensors, file)
    return file


def lora(
    folder: Path,
    name: str,
    ends: tuple[str, str] = (".lora_down.weight", ".lora_up.weight"),
    *,
    rows: int = WIDTH,
    header: dict[str, str] | None = None,
    alpha: float | None = None,
) -> Path:
    tensors = {name + ends[0]: torch.ones(RANK, WIDTH), name + ends[1]: torch.ones(rows, RANK)}
    if alpha is not None:
        tensors[f"{name}.alpha"] = torch.tensor(alpha)
    save_file(tensors, folder / "lora.safetensors", header)
    return folder / "lora.safetensors"


PEFT, PROCESSOR = (".lora_A.weight", ".lora_B.weight"), ("_lora.down.weight", "_lora.up.weight")
KOHYA = (".lora_down.weight", ".lora_up.weight")


@pytest.mark.parametrize(
    ("original", "name", "ends", "fate"),
    [
        (UNET, f"diffusion_model.{UNET}", KOHYA, "lands"),
        (UNET, f"diffusion_model.{UNET}", PEFT, "lands"),
        (UNET, f"model.diffusion_model.{UNET}", KOHYA, "ignored"),
        (UNET, f"lora_unet_{flat(UNET)}", KOHYA, "lands"),
        (UNET, f"lora_unet_{flat(UNET_BY_DIFFUSERS)}", KOHYA, "lands"),
        (UNET, f"lycoris_{flat(UNET_BY_DIFFUSERS)}", KOHYA, "lands"),
        (UNET, f"unet.{UNET_BY_DIFFUSERS}", PEFT, "ignored"),
        (UNET, f"unet.{UNET_BY_DIFFUSERS.replace('.to_q', '.processor.to_q')}", PROCESSOR, "lands"),
        (UNET, "lora_te_text_model_encoder_layers_0_mlp_fc1", KOHYA, "unknown"),
        (FLUX, f"transformer.{FLUX_BY_DIFFUSERS}", PEFT, "lands"),
        (FLUX, f"lora_transformer_{flat(FLUX_BY_DIFFUSERS)}", KOHYA, "lands"),
        (FLUX, f"lora_unet_{flat(FLUX_BY_DIFFUSERS)}", KOHYA, "ignored"),
        (OTHER, f"diffusion_model.{OTHER}", PEFT, "lands"),
        (OTHER, "transformer.blocks.0.attn1.to_q", PEFT, "unknown"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_names_land_where_comfyui_looks_for_them(
    original: str, name: str, ends: tuple[str, str], fate: str, prefix: str, tmp_path: Path
) -> None:
    rows = 3 * WIDTH if original == FLUX else WIDTH
    base = model(tmp_path, original, prefix, rows)
    (landing,) = check(lora(tmp_path, name, ends), base=base, runtime="comfyui").modules
    assert (landing.module, landing.fate) == (name, fate)
    assert original in landing.served or fate != "lands"


def test_a_scale_in_the_header_alone_is_altered_and_mended(tmp_path: Path) -> None:
    base = model(tmp_path, FLUX, "", 3 * WIDTH)
    name, header = f"diffusion_model.{FLUX}", {"lora_alpha": "1"}
    file = lora(tmp_path, name, PEFT, rows=3 * WIDTH, header=header)
    report = check(file, base=base, runtime="comfyui")
    assert {each.fate for each in report.modules} == {"altered"}
    convert(file, tmp_path / "mended.safetensors", base=base, runtime="comfyui")
    assert check(tmp_path / "mended.safetensors", base=base, runtime="comfyui").all_land


@pytest.mark.parametrize("by_diffusers", [False, True])
def test_a_file_of_diffusers_is_mended_whichever_way_the_base_is_stored(
    by_diffusers: bool, tmp_path: Path
) -> None:
    base = model(tmp_path, UNET, "model.diffusion_model.", WIDTH)
    if by_diffusers:
        base = tmp_path / "unet"
        base.mkdir()
        (base / "config.json").write_text('{"_class_name": "UNet2DConditionModel"}')
        weights = {f"{UNET_BY_DIFFUSERS}.weight": torch.zeros(WIDTH, WIDTH)}
        save_file(weights, base / "diffusion_pytorch_model.safetensors")
    file = lora(tmp_path, f"unet.{UNET_BY_DIFFUSERS}", PEFT)
    assert not check(file, base=base, runtime="comfyui").all_land
    report = convert(file, tmp_path / "out.safetensors", base=base, runtime="comfyui")
    assert any(note.startswith("all modules land in ComfyUI") for note in report.notes)
    assert check(tmp_path / "out.safetensors", base=base, runtime="comfyui").all_land


def test_another_shape_is_left_out_by_an_error_in_the_log(tmp_path: Path) -> None:
    base = model(tmp_path, UNET, "", 2 * WIDTH)
    file = lora(tmp_path, f"diffusion_model.{UNET}", alpha=1.0)
    (landing,) = check(file, base=base, runtime="comfyui").modules
    assert landing.fate == "ignored"
    assert "8×8" in landing.reason


def test_a_version_before_all_facts_is_refused(tmp_path: Path) -> None:
    file = lora(tmp_path, f"diffusion_model.{UNET}")
    with pytest.raises(UnsupportedError, match="older"):
        check(file, base=FIXTURES / "llama-base", runtime="comfyui@2025")
