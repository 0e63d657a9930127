"""diffusers reads what we write: small models of the families whose files it loads, and its converters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery import convert, merge

diffusers = pytest.importorskip("diffusers")

SMALL = {"num_attention_heads": 2, "attention_head_dim": 16, "num_layers": 1}
BLOCKS = ("blocks", "layers", "refiner", "attentions")
SINGLE = {"num_single_layers": 1}
# Rows that a family's converter of LoRA files takes for granted.
FLUX = {"num_layers": 1, "num_single_layers": 1}
MODELS: dict[str, dict[str, Any]] = {
    "FluxTransformer2DModel": SMALL | SINGLE | {"axes_dims_rope": (4, 6, 6)},
    "ChromaTransformer2DModel": SMALL
    | SINGLE
    | {"axes_dims_rope": (4, 6, 6), "approximator_hidden_dim": 16, "approximator_layers": 1},
    "Flux2Transformer2DModel": SMALL | SINGLE,
    "SD3Transformer2DModel": SMALL | {"dual_attention_layers": (0,), "caption_projection_dim": 32},
    "QwenImageTransformer2DModel": SMALL | {"axes_dims_rope": (4, 6, 6)},
    "ZImageTransformer2DModel": {
        "dim": 32,
        "n_layers": 1,
        "n_heads": 2,
        "n_kv_heads": 2,
        "axes_dims": (4, 6, 6),
        "cap_feat_dim": 32,
    },
    "Lumina2Transformer2DModel": {
        "hidden_size": 48,
        "num_layers": 1,
        "num_attention_heads": 3,
        "num_kv_heads": 1,
        "axes_dim_rope": (4, 6, 6),
        "cap_feat_dim": 32,
    },
    "WanTransformer3DModel": SMALL | {"ffn_dim": 64},
    "HunyuanVideoTransformer3DModel": SMALL | SINGLE | {"num_refiner_layers": 1, "rope_axes_dim": (4, 6, 6)},
    "LTXVideoTransformer3DModel": SMALL | {"cross_attention_dim": 32},
    "HiDreamImageTransformer2DModel": SMALL
    | SINGLE
    | {
        "patch_size": 2,
        "caption_channels": [32, 32],
        "text_emb_dim": 16,
        "llama_layers": [0],
        "axes_dims_rope": (8, 4, 4),
        "num_routed_experts": 2,
        "num_activated_experts": 1,
    },
    "AuraFlowTransformer2DModel": {
        "num_attention_heads": 2,
        "attention_head_dim": 16,
        "num_mmdit_layers": 1,
        "num_single_dit_layers": 1,
        "joint_attention_dim": 32,
        "caption_projection_dim": 32,
        "pos_embed_max_size": 16,
    },
    "CogVideoXTransformer3DModel": SMALL | {"text_embed_dim": 16},
    "CosmosTransformer3DModel": SMALL | {"text_embed_dim": 16, "adaln_lora_dim": 4},
    "AceStepTransformer1DModel": {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
    },
    "UNet2DConditionModel": {
        "block_out_channels": (8, 16, 16),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 1, 1),
        "use_linear_projection": True,
        "attention_head_dim": (1, 2, 2),
        "cross_attention_dim": 16,
        "norm_num_groups": 2,
    },
}


def factors_of(model: nn.Module, part: str, rank: int) -> dict[str, Tensor]:
    """Seeded factors for the linear layers of all blocks, as diffusers names them."""
    generator = torch.Generator().manual_seed(7)
    tensors = {}
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Linear) and "norm" not in name and name.split(".")[0].endswith(BLOCKS):
            rows, width = layer.weight.shape
            tensors[f"{part}.{name}.lora_A.weight"] = torch.randn(rank, width, generator=generator) * 0.1
            tensors[f"{part}.{name}.lora_B.weight"] = torch.randn(rows, rank, generator=generator) * 0.1
    return tensors


@pytest.mark.parametrize("class_name", MODELS)
def test_a_merge_of_original_names_is_what_diffusers_fuses(class_name: str, tmp_path: Path) -> None:
    """The file goes to ComfyUI's names and to kohya's, and each of them into the folder."""
    torch.manual_seed(2)
    model = getattr(diffusers, class_name)(**MODELS[class_name])
    part = "unet" if class_name.startswith("UNet") else "transformer"
    factors = factors_of(model, part, rank=2)
    save_file(factors, tmp_path / "lora.safetensors")
    model.save_pretrained(tmp_path / part)
    convert(
        tmp_path / "lora.safetensors",
        tmp_path / "comfyui.safetensors",
        format="comfyui",
        base=tmp_path / part,
    )
    convert(tmp_path / "comfyui.safetensors", tmp_path / "kohya.safetensors", format="kohya")
    convert(
        tmp_path / "kohya.safetensors",
        tmp_path / "diffusers.safetensors",
        format="diffusers",
        base=tmp_path / part,
    )
    back = load_file(tmp_path / "diffusers.safetensors")
    assert back.keys() == factors.keys()
    model.load_lora_adapter(back, prefix=part)
    model.fuse_lora()
    model.unload_lora()
    fused = model.state_dict()
    for form in ("comfyui", "kohya"):
        keys = load_file(tmp_path / f"{form}.safetensors")
        assert all(key.startswith(("diffusion_model.", "lora_unet_")) for key in keys)
        merge(tmp_path / part, tmp_path / f"{form}.safetensors", tmp_path / form, undo=False)
        merged = load_file(tmp_path / form / "diffusion_pytorch_model.safetensors")
        for name, weight in merged.items():
            torch.testing.assert_close(weight, fused[name], rtol=1e-5, atol=1e-6)


READERS = [
    ("FluxPipeline", "FluxTransformer2DModel", FLUX, ("comfyui", "kohya")),
    ("Flux2Pipeline", "Flux2Transformer2DModel", SMALL | SINGLE, ("kohya",)),
    (
        "QwenImagePipeline",
        "QwenImageTransformer2DModel",
        MODELS["QwenImageTransformer2DModel"],
        ("comfyui", "kohya"),
    ),
    ("ZImagePipeline", "ZImageTransformer2DModel", MODELS["ZImageTransformer2DModel"], ("kohya",)),
    ("WanPipeline", "WanTransformer3DModel", MODELS["WanTransformer3DModel"], ("comfyui", "kohya")),
]


@pytest.mark.parametrize(
    ("pipeline", "class_name", "config", "forms"), READERS, ids=[row[0] for row in READERS]
)
def test_diffusers_own_converters_find_the_change_in_our_files(
    pipeline: str, class_name: str, config: dict[str, Any], forms: tuple[str, ...], tmp_path: Path
) -> None:
    """Of the families and dialects that diffusers 0.42 has a converter for."""
    with torch.device("meta"):
        model = getattr(diffusers, class_name)(**config)
    factors = factors_of(model, "transformer", rank=1)
    save_file(factors, tmp_path / "lora.safetensors")
    convert(tmp_path / "lora.safetensors", tmp_path / "comfyui.safetensors", format="comfyui")
    convert(tmp_path / "comfyui.safetensors", tmp_path / "kohya.safetensors", format="kohya")
    modules = {key.rpartition(".lora_")[0] for key in factors}
    for form in forms:
        read = getattr(diffusers, pipeline).lora_state_dict(str(tmp_path / f"{form}.safetensors"))
        assert {key.rpartition(".lora_")[0] for key in read} == modules
        for name in modules:
            ours, theirs = (
                tensors[f"{name}.lora_B.weight"] @ tensors[f"{name}.lora_A.weight"][:, :8]
                for tensors in (factors, read)
            )
            torch.testing.assert_close(theirs, ours, rtol=1e-5, atol=1e-6)


def test_xlabs_files_are_what_diffusers_converter_makes_of_them(tmp_path: Path) -> None:
    """Of a single block they have q, k and v, which the original packs with the MLP's rows."""
    layers = {
        "double_blocks.0.processor.qkv_lora1": (96, 32),
        "double_blocks.0.processor.proj_lora2": (32, 32),
        "single_blocks.0.processor.qkv_lora": (96, 32),
        "single_blocks.0.processor.proj_lora": (32, 160),
    }
    generator = torch.Generator().manual_seed(3)
    tensors = {}
    for name, (rows, width) in layers.items():
        tensors[f"{name}.down.weight"] = torch.randn(2, width, generator=generator)
        tensors[f"{name}.up.weight"] = torch.randn(rows, 2, generator=generator)
    xlabs, ours = tmp_path / "xlabs.safetensors", tmp_path / "ours.safetensors"
    save_file(tensors, xlabs)
    convert(xlabs, ours, format="diffusers")
    theirs = diffusers.FluxPipeline.lora_state_dict(str(xlabs))
    found = load_file(ours)
    for name in {key.rpartition(".lora_")[0] for key in found}:
        change = found[f"{name}.lora_B.weight"] @ found[f"{name}.lora_A.weight"]
        if name.endswith("proj_mlp"):
            assert not change.any()
            continue
        wanted = theirs.pop(f"{name}.lora_B.weight") @ theirs.pop(f"{name}.lora_A.weight")
        torch.testing.assert_close(change, wanted, rtol=1e-5, atol=1e-6)
    assert not theirs
    save_file({"single_blocks.0.linear1.weight": torch.ones(224, 32)}, tmp_path / "base.safetensors")
    merge(
        tmp_path / "base.safetensors", xlabs, tmp_path / "m", include="single_blocks.0.linear1*", undo=False
    )
    merged = load_file(tmp_path / "m" / "base.safetensors")["single_blocks.0.linear1.weight"]
    name = "single_blocks.0.processor.qkv_lora"
    change = tensors[f"{name}.up.weight"] @ tensors[f"{name}.down.weight"]
    torch.testing.assert_close(merged[:96], 1 + change, rtol=1e-5, atol=1e-6)
    assert torch.equal(merged[96:], torch.ones(128, 32))
