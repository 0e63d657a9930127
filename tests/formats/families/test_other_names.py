"""Modules by other original names than the base has, and by names that programs have in LoRA files alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import convert, merge

W = 16
RANDOM = torch.Generator().manual_seed(37)
SHAPES = {"double_blocks.0.img_attn.qkv": (3 * W, W), "double_blocks.0.img_mlp.0": (4 * W, W)}
SHAPES |= {"single_blocks.0.linear1": (7 * W, W), "blocks.0.self_attn.k": (W, W)}

# The name in a file, the module of the base, and how many of its rows the factors have.
NAMES = [
    ("lora_unet_double_blocks_0_img_mlp_fc1", "double_blocks.0.img_mlp.0", 4 * W),
    ("diffusion_model.double_blocks.0.img_mlp.fc1", "double_blocks.0.img_mlp.0", 4 * W),
    ("transformer.double_blocks.0.img_attn_qkv", "double_blocks.0.img_attn.qkv", 3 * W),
    ("diffusion_model.single_blocks.0.linear1_qkv", "single_blocks.0.linear1", 3 * W),
    ("lora_unet_blocks_0.self_attn.k", "blocks.0.self_attn.k", W),
]


@pytest.mark.parametrize(("name", "module", "rows"), NAMES, ids=[row[0] for row in NAMES])
@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_a_module_is_found_by_its_other_names(
    name: str, module: str, rows: int, prefix: str, tmp_path: Path
) -> None:
    """HunyuanVideo's by its authors in ComfyUI's checkpoint, Flux' first rows, a name that kept some dots."""
    down, up = torch.randn(2, W, generator=RANDOM), torch.randn(rows, 2, generator=RANDOM)
    ends = ("lora_A", "lora_B") if name.startswith("transformer.") else ("lora_down", "lora_up")
    lora, base = tmp_path / "l.safetensors", tmp_path / "b.safetensors"
    save_file({f"{name}.{end}.weight": each for end, each in zip(ends, (down, up), strict=True)}, lora)
    before = {f"{prefix}{each}.weight": torch.randn(*SHAPES[each], generator=RANDOM) for each in SHAPES}
    save_file(before, base)
    key = f"{prefix}{module}.weight"
    wanted = before[key].clone()
    wanted[:rows] += up @ down
    merge(base, lora, tmp_path / "m", undo=False)
    torch.testing.assert_close(load_file(tmp_path / "m" / "b.safetensors")[key], wanted)
    for form in ("comfyui", "kohya"):
        convert(lora, tmp_path / f"{form}.safetensors", format=form)
        merge(base, tmp_path / f"{form}.safetensors", tmp_path / form, undo=False)
        torch.testing.assert_close(load_file(tmp_path / form / "b.safetensors")[key], wanted)
    flat = {key.partition(".")[0] for key in load_file(tmp_path / "kohya.safetensors")}
    assert all(each.startswith("lora_unet_") for each in flat)
