"""Small models of every family, as diffusers has them, and what converts their original checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from torch import Tensor

from support import diffusers_scripts as scripts

single = pytest.importorskip("diffusers.loaders.single_file_utils")
classes = pytest.importorskip("diffusers.loaders.single_file_model").SINGLE_FILE_LOADABLE_CLASSES


@dataclass(frozen=True)
class Case:
    """A model of diffusers, and the converter that makes its state dict of an original one.

    `spelling` is which of a module's original names the converter knows.
    """

    family: str
    class_name: str
    config: dict[str, Any]
    converter: Callable[..., dict[str, Tensor]]
    prefix: str = ""
    spelling: int = -1


def unet(checkpoint: dict[str, Tensor], config: dict[str, Any]) -> dict[str, Tensor]:
    return single.convert_ldm_unet_checkpoint(checkpoint, {"layers_per_block": 2, **config})


def single_file(class_name: str) -> Callable[..., dict[str, Tensor]]:
    """What diffusers makes of a single file of this class."""
    converter: Callable[..., dict[str, Tensor]] = classes[class_name]["checkpoint_mapping_fn"]
    return converter


FLUX = {"num_layers": 2, "num_single_layers": 2, "num_attention_heads": 24, "attention_head_dim": 128}
UNET = {"block_out_channels": (32, 64, 64, 64), "cross_attention_dim": 16, "attention_head_dim": 8}
XL = {
    "block_out_channels": (32, 64, 64),
    "cross_attention_dim": 16,
    "attention_head_dim": 8,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 3),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 64,
}
# Stable Diffusion 2 projects by matrices, and has heads of one width.
SD_2 = UNET | {"use_linear_projection": True, "attention_head_dim": (4, 8, 8, 8), "cross_attention_dim": 24}
SMALL = {"num_attention_heads": 2, "attention_head_dim": 16, "num_layers": 2}


class Kept(dict[str, Tensor]):
    """A checkpoint that `pop` leaves whole; diffusers 0.42 empties it before it looks for Cosmos 1."""

    def pop(self, key: str, *_: Any) -> Tensor:
        return self[key]


def first_cosmos(checkpoint: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
    return single.convert_cosmos_transformer_checkpoint_to_diffusers(Kept(checkpoint))


COSMOS = SMALL | {"text_embed_dim": 16, "adaln_lora_dim": 4}
CASES = [
    Case(
        "Flux.1",
        "FluxTransformer2DModel",
        FLUX | {"guidance_embeds": True},
        single.convert_flux_transformer_checkpoint_to_diffusers,
    ),
    Case(
        "Flux.1", "ChromaTransformer2DModel", FLUX, single.convert_chroma_transformer_checkpoint_to_diffusers
    ),
    Case(
        "Flux.2",
        "Flux2Transformer2DModel",
        SMALL | {"num_single_layers": 2},
        single.convert_flux2_transformer_checkpoint_to_diffusers,
    ),
    Case("Stable Diffusion 1 or 2", "UNet2DConditionModel", UNET, unet, "model.diffusion_model."),
    Case("Stable Diffusion XL", "UNet2DConditionModel", XL, unet, "model.diffusion_model."),
    Case(
        "Stable Diffusion 3",
        "SD3Transformer2DModel",
        SMALL | {"dual_attention_layers": (0,), "qk_norm": "rms_norm", "caption_projection_dim": 32},
        single.convert_sd3_transformer_checkpoint_to_diffusers,
    ),
    Case(
        "HiDream",
        "HiDreamImageTransformer2DModel",
        SMALL
        | {
            "patch_size": 2,
            "num_single_layers": 2,
            "caption_channels": [32, 32],
            "text_emb_dim": 16,
            "axes_dims_rope": (8, 4, 4),
            "llama_layers": [0, 1],
        },
        single.convert_hidream_transformer_to_diffusers,
        "model.diffusion_model.",
    ),
    Case(
        "AuraFlow",
        "AuraFlowTransformer2DModel",
        {
            "num_attention_heads": 2,
            "attention_head_dim": 16,
            "num_mmdit_layers": 2,
            "num_single_dit_layers": 2,
            "joint_attention_dim": 32,
            "caption_projection_dim": 32,
            "pos_embed_max_size": 16,
        },
        single.convert_auraflow_transformer_checkpoint_to_diffusers,
    ),
    Case(
        "PixArt",
        "PixArtTransformer2DModel",
        SMALL | {"cross_attention_dim": 32, "caption_channels": 16, "use_additional_conditions": True},
        scripts.pixart,
    ),
    Case(
        "CogVideoX",
        "CogVideoXTransformer3DModel",
        SMALL | {"text_embed_dim": 16, "time_embed_dim": 8, "ofs_embed_dim": 8, "patch_size_t": 2},
        scripts.cogvideox,
    ),
    Case(
        "Cosmos",
        "CosmosTransformer3DModel",
        COSMOS,
        single.convert_cosmos_transformer_checkpoint_to_diffusers,
        spelling=0,
    ),
    # The first Cosmos
    Case(
        "Cosmos",
        "CosmosTransformer3DModel",
        COSMOS,
        first_cosmos,
        "net.",
    ),
    Case(
        "ACE-Step",
        "AceStepTransformer1DModel",
        {
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
        },
        scripts.ace_step,
        spelling=0,
    ),
    Case(
        "Stable Audio",
        "StableAudioDiTModel",
        SMALL
        | {
            "num_key_value_attention_heads": 1,
            "cross_attention_dim": 16,
            "cross_attention_input_dim": 16,
            "global_states_input_dim": 16,
        },
        scripts.stable_audio,
    ),
    Case("Stable Diffusion 1 or 2", "UNet2DConditionModel", SD_2, unet, "model.diffusion_model."),
    Case(
        "Qwen-Image",
        "QwenImageTransformer2DModel",
        SMALL | {"axes_dims_rope": (4, 6, 6)},
        single_file("QwenImageTransformer2DModel"),
    ),
    Case(
        "Z-Image",
        "ZImageTransformer2DModel",
        {"dim": 32, "n_layers": 2, "n_heads": 2, "n_kv_heads": 2, "axes_dims": (4, 6, 6)},
        single.convert_z_image_transformer_checkpoint_to_diffusers,
    ),
    Case(
        "Lumina 2",
        "Lumina2Transformer2DModel",
        {"hidden_size": 2304, "num_layers": 2, "num_attention_heads": 24, "num_kv_heads": 8},
        single.convert_lumina2_to_diffusers,
    ),
    Case(
        "Wan",
        "WanTransformer3DModel",
        SMALL | {"image_dim": 16, "added_kv_proj_dim": 32, "ffn_dim": 64},
        single.convert_wan_transformer_to_diffusers,
    ),
    Case(
        "Wan",
        "WanVACETransformer3DModel",
        SMALL | {"ffn_dim": 64, "vace_layers": [0]},
        single.convert_wan_transformer_to_diffusers,
    ),
    Case(
        "HunyuanVideo",
        "HunyuanVideoTransformer3DModel",
        {"num_layers": 2, "num_single_layers": 2, "num_refiner_layers": 2},
        single.convert_hunyuan_video_transformer_to_diffusers,
    ),
    Case(
        "LTX-Video",
        "LTXVideoTransformer3DModel",
        SMALL,
        single.convert_ltx_transformer_checkpoint_to_diffusers,
    ),
]
