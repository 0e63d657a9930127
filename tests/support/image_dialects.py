"""Families of image models, the dialects of their LoRA files, and what is tried of each: the page's tables.

The page is `docs/formats/image.md`, whose tables `docs/make.py` makes of what is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

SMALL = {"num_attention_heads": 2, "attention_head_dim": 16, "num_layers": 1}
SINGLE = {"num_single_layers": 1}
UNET = {"cross_attention_dim": 16, "attention_head_dim": 8, "layers_per_block": 2}
XL = {
    "block_out_channels": (32, 64, 64),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 1, 2),
    "use_linear_projection": True,
}
Z_IMAGE = {"dim": 32, "n_layers": 1, "n_refiner_layers": 1, "n_heads": 2, "n_kv_heads": 2}
LUMINA = {"hidden_size": 48, "num_layers": 1, "num_refiner_layers": 1, "num_attention_heads": 3}
HIDREAM = {"patch_size": 2, "caption_channels": [32, 32], "text_emb_dim": 16, "llama_layers": [0]}
HIDREAM |= {"axes_dims_rope": (8, 4, 4), "num_routed_experts": 2, "num_activated_experts": 1}
AURA = {"num_attention_heads": 2, "attention_head_dim": 16, "num_mmdit_layers": 1, "num_single_dit_layers": 1}
AURA |= {"joint_attention_dim": 32, "caption_projection_dim": 32, "pos_embed_max_size": 16}
ACE = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 2}
ACE |= {"num_key_value_heads": 1, "head_dim": 16}
STABLE_AUDIO = {"cross_attention_dim": 16, "cross_attention_input_dim": 16, "global_states_input_dim": 16}
STABLE_AUDIO |= {"num_key_value_attention_heads": 1}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "Stable Diffusion 1 or 2": ("UNet2DConditionModel", UNET | {"block_out_channels": (32, 64, 64, 64)}),
    "Stable Diffusion XL": ("UNet2DConditionModel", UNET | XL),
    "Stable Diffusion 3": ("SD3Transformer2DModel", SMALL | {"dual_attention_layers": (0,)}),
    "Flux.1": ("FluxTransformer2DModel", SMALL | SINGLE),
    "Flux.2": ("Flux2Transformer2DModel", SMALL | SINGLE),
    "Qwen-Image": ("QwenImageTransformer2DModel", SMALL | {"axes_dims_rope": (4, 6, 6)}),
    "Z-Image": ("ZImageTransformer2DModel", Z_IMAGE | {"axes_dims": (4, 6, 6)}),
    "Lumina 2": ("Lumina2Transformer2DModel", LUMINA | {"num_kv_heads": 1, "axes_dim_rope": (4, 6, 6)}),
    "Wan": ("WanTransformer3DModel", SMALL | {"ffn_dim": 64}),
    "HunyuanVideo": ("HunyuanVideoTransformer3DModel", SMALL | SINGLE | {"num_refiner_layers": 1}),
    "LTX-Video": ("LTXVideoTransformer3DModel", SMALL | {"cross_attention_dim": 32}),
    "HiDream": ("HiDreamImageTransformer2DModel", SMALL | SINGLE | HIDREAM),
    "AuraFlow": ("AuraFlowTransformer2DModel", AURA),
    "PixArt": ("PixArtTransformer2DModel", SMALL | {"cross_attention_dim": 32, "caption_channels": 16}),
    "CogVideoX": ("CogVideoXTransformer3DModel", SMALL | {"text_embed_dim": 16}),
    "Cosmos": ("CosmosTransformer3DModel", SMALL | {"text_embed_dim": 16, "adaln_lora_dim": 4}),
    "ACE-Step": ("AceStepTransformer1DModel", ACE),
    "Stable Audio": ("StableAudioDiTModel", SMALL | STABLE_AUDIO),
}
# Families whose layers have one name in diffusers: of these alone, a small model shows no width by which they
# are told apart, and the base says which it is.
OF_ONE_NAME = ("LTX-Video", "PixArt", "CogVideoX", "Cosmos", "Stable Audio")
KOHYA, PEFT = ("lora_down.weight", "lora_up.weight"), ("lora_A.weight", "lora_B.weight")


@dataclass(frozen=True)
class Dialect:
    """How a program names a module: the naming that it has, what stands in front, the ends of its keys."""

    is_original: bool
    prefix: str
    ends: tuple[str, str]
    is_flat: bool = False
    has_alpha: bool = False


DIALECTS = {
    "kohya, musubi-tuner": Dialect(True, "lora_unet_", KOHYA, is_flat=True, has_alpha=True),
    "ComfyUI": Dialect(True, "diffusion_model.", KOHYA, has_alpha=True),
    "ai-toolkit, diffusion-pipe": Dialect(True, "diffusion_model.", PEFT),
    "DiffSynth": Dialect(True, "", ("lora_A.default.weight", "lora_B.default.weight")),
    "diffusers": Dialect(False, "PART.", PEFT),
    "SimpleTuner": Dialect(False, "PART.base_model.model.", PEFT),
    "OneTrainer": Dialect(False, "PART.", KOHYA, has_alpha=True),
    "OneTrainer, flat": Dialect(False, "lora_PART_", KOHYA, is_flat=True, has_alpha=True),
    "LyCORIS": Dialect(False, "lycoris_", KOHYA, is_flat=True, has_alpha=True),
}
# sd-scripts' own UNet of these has diffusers' names.
DIFFUSERS_IN_KOHYA = ("Stable Diffusion 1 or 2",)
# The dialects that are written: the format, and the dialect of a file that it is made of.
WRITTEN = {
    "kohya, musubi-tuner": ("kohya", "ComfyUI"),
    "ComfyUI": ("comfyui", "kohya, musubi-tuner"),
    "diffusers": ("diffusers", "kohya, musubi-tuner"),
    "OneTrainer, flat": ("kohya", "OneTrainer"),
}
# Of these, kohya's file has diffusers' names under another prefix, or the authors' names.
NOT_AS_ONETRAINER = (
    "Flux.2",
    "Qwen-Image",
    "Z-Image",
    "Lumina 2",
    "Wan",
    "HunyuanVideo",
    "LTX-Video",
    "HiDream",
    "AuraFlow",
    "PixArt",
    "CogVideoX",
    "Cosmos",
    "ACE-Step",
    "Stable Audio",
)
# No program writes these: names that begin with `decoder.` or `transformer.` have that as their part.
NOT_READ = {"DiffSynth": ("ACE-Step", "Stable Audio")}
# No program reads these.
NOT_IN_DIFFUSERS = ("Stable Audio",)
# ComfyUI has diffusers' names of some families only; of UNets it has those of the old attention processors.
NOT_IN_COMFYUI = {
    "diffusers": (
        "Stable Diffusion 1 or 2",
        "Stable Diffusion XL",
        "Flux.2",
        "Lumina 2",
        "Wan",
        "HunyuanVideo",
        "LTX-Video",
        "CogVideoX",
        "Cosmos",
        "ACE-Step",
    )
}


def is_written(dialect: str, family: str) -> bool:
    lacking = {"OneTrainer, flat": NOT_AS_ONETRAINER, "diffusers": NOT_IN_DIFFUSERS}
    return dialect in WRITTEN and family not in lacking.get(dialect, ())


def is_found(dialect: str, family: str) -> bool:
    """Whether ComfyUI finds the modules of a file in a dialect that is written."""
    return family not in NOT_IN_COMFYUI.get(dialect, ())


def verbs(dialect: str, family: str) -> str:
    """The letters of what is tried of a dialect: reading, writing, merging, extracting, inspecting."""
    if family in NOT_READ.get(dialect, ()):
        return "–"
    return "r w m e i" if is_written(dialect, family) else "r m i"


def found(dialect: str, family: str) -> str:
    return "✓" if is_written(dialect, family) and is_found(dialect, family) else "–"


def table(dialects: Iterable[str], cell: Callable[[str, str], str]) -> str:
    rows = [["family", *dialects]]
    rows += [[family, *(cell(dialect, family) for dialect in dialects)] for family in MODELS]
    rows.insert(1, ["---"] * len(rows[0]))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


TABLES = {"verbs": lambda: table(DIALECTS, verbs), "comfyui": lambda: table(WRITTEN, found)}
