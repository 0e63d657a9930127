"""`check --for kohya`, by what sd-scripts' networks do with names (kohya-ss/sd-scripts 48d368fa5)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery import check, convert

WIDTH, RANK = 8, 2
# Original names and diffusers' of one layer; what else a model has, so that its family is known.
SD1 = "input_blocks.1.1.transformer_blocks.0.attn1.to_q"
SD1_BY_DIFFUSERS = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
SDXL = "input_blocks.4.1.transformer_blocks.0.attn1.to_q"
SDXL_BY_DIFFUSERS = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
FLUX = "double_blocks.0.img_attn.proj"
OTHERS = {
    SD1: ("input_blocks.1.1.proj_in", "input_blocks.0.0", "time_embed.0", "input_blocks.1.0.emb_layers.1"),
    SDXL: ("label_emb.0.0", "input_blocks.0.0", "input_blocks.4.1.proj_in"),
    FLUX: ("img_in", "double_blocks.0.img_mod.lin", "final_layer.linear"),
}


def flat(name: str) -> str:
    return "lora_unet_" + name.replace(".", "_")


def model(folder: Path, name: str) -> Path:
    names = (name, *OTHERS[name])
    save_file({f"{each}.weight": torch.zeros(WIDTH, WIDTH) for each in names}, folder / "model.safetensors")
    return folder / "model.safetensors"


def lora(
    folder: Path,
    name: str,
    *,
    alpha: float | None = 1.0,
    rows: int = WIDTH,
    header: dict[str, str] | None = None,
    also: str = "",
) -> Path:
    tensors = {"lora_down.weight": torch.ones(RANK, WIDTH), "lora_up.weight": torch.ones(rows, RANK)}
    if alpha is not None:
        tensors["alpha"] = torch.tensor(alpha)
    if also:
        tensors[also] = torch.ones(WIDTH, 1)
    save_file({f"{name}.{part}": each for part, each in tensors.items()}, folder / "lora.safetensors", header)
    return folder / "lora.safetensors"


@pytest.mark.parametrize(
    ("original", "name", "fate"),
    [
        (SD1, flat(SD1_BY_DIFFUSERS), "lands"),
        (SD1, flat(SD1), "ignored"),
        (SD1, flat("time_embedding.linear_1"), "ignored"),
        (SD1, flat("down_blocks.0.resnets.0.time_emb_proj"), "lands"),
        (SDXL, flat(SDXL), "lands"),
        (SDXL, flat(SDXL_BY_DIFFUSERS), "lands"),
        (SDXL, flat("input_blocks.0.0"), "ignored"),
        (FLUX, flat(FLUX), "lands"),
        (FLUX, flat("transformer_blocks.0.attn.to_out.0"), "ignored"),
        (FLUX, "lora_transformer_transformer_blocks_0_attn_to_out_0", "ignored"),
        (FLUX, flat("img_in"), "lands"),
        (FLUX, flat("final_layer.linear"), "ignored"),
        (FLUX, "lora_te1_text_model_encoder_layers_0_mlp_fc1", "unknown"),
    ],
)
def test_names_land_where_sd_scripts_makes_layers(
    original: str, name: str, fate: str, tmp_path: Path
) -> None:
    (landing,) = check(lora(tmp_path, name), base=model(tmp_path, original), runtime="kohya").modules
    assert (landing.module, landing.fate) == (name, fate)


def test_a_layer_outside_of_the_blocks_is_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    base = model(tmp_path, SD1)
    reasons = {
        check(lora(tmp_path, flat(name)), base=base, runtime="sd-scripts").modules[0].reason
        for name in ("time_embedding.linear_1", "time_embedding.linear_9")
    }
    assert len(reasons) == 2


@pytest.mark.parametrize(
    ("original", "name", "asked", "fate"),
    [
        (SD1, SD1_BY_DIFFUSERS, {"alpha": None}, "lands"),  # 1 is taken, and nothing says otherwise
        (SD1, SD1_BY_DIFFUSERS, {"alpha": None, "header": {"lora_alpha": "1"}}, "altered"),
        (FLUX, FLUX, {"alpha": None}, "refused"),
        (FLUX, FLUX, {"rows": 2 * WIDTH}, "refused"),
        (FLUX, FLUX, {"also": "dora_scale"}, "altered"),
    ],
)
def test_numbers_are_taken_as_sd_scripts_takes_them(
    original: str, name: str, asked: dict[str, object], fate: str, tmp_path: Path
) -> None:
    file = lora(tmp_path, flat(name), **asked)  # type: ignore[arg-type]
    (landing,) = check(file, base=model(tmp_path, original), runtime="kohya").modules
    assert landing.fate == fate


@pytest.mark.parametrize(
    ("original", "name"),
    [(SD1, SD1_BY_DIFFUSERS), (SDXL, SDXL), (FLUX, FLUX)],
)
def test_a_diffusers_file_is_mended(original: str, name: str, tmp_path: Path) -> None:
    diffusers = {
        SD1: f"unet.{SD1_BY_DIFFUSERS}",
        SDXL: f"unet.{SDXL_BY_DIFFUSERS}",
        FLUX: "transformer.transformer_blocks.0.attn.to_out.0",
    }[original]
    factors = {"lora_A.weight": torch.ones(RANK, WIDTH), "lora_B.weight": torch.ones(WIDTH, RANK)}
    file = tmp_path / "diffusers.safetensors"
    save_file({f"{diffusers}.{part}": each for part, each in factors.items()}, file)
    base = model(tmp_path, original)
    report = convert(file, tmp_path / "out.safetensors", base=base, runtime="kohya")
    assert any(note.startswith("all modules land in sd-scripts") for note in report.notes)
    (landing,) = check(tmp_path / "out.safetensors", base=base, runtime="kohya").modules
    assert (landing.module, landing.fate) == (flat(name), "lands")
