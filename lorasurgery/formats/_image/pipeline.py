"""Which part of an image model's pipeline a base is, and how the pipeline names its modules.

    config.json with `_class_name` (diffusers) or `architectures`
        unet., transformer., text_encoder., ...: diffusers' own words
    names that only a class of diffusers has, without any config
        unet., transformer.
    names of an original diffusion model, without any config
        diffusion_model.: ComfyUI's word for it
    model.diffusion_model. in an all-in-one checkpoint
        diffusion_model.: LoRA files have no `model.` in front

Sources: diffusers 0.42's classes; ComfyUI's `comfy/model_detection.py` and `comfy/lora.py` (2026),
for the names by which an original model is known.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from lorasurgery.adapter import Host

# The parts of a pipeline, as diffusers calls them, and the original models, as ComfyUI does.
PART = re.compile(r"(unet|transformer|text_encoder|prior|decoder|controlnet|connectors)(_\d+)?")
# How a name begins in the oldest files of diffusers, which are for UNets only.
UNET = ("down_blocks.", "mid_block.", "up_blocks.")
ORIGINAL_PART = re.compile(r"diffusion_model|text_encoders")

# Bases that are one part of a pipeline, and what they are to it.
BASES: Mapping[str, str] = {
    "UNet2DConditionModel": "unet",
    "UNet3DConditionModel": "unet",
    "UNetMotionModel": "unet",
    "UNetSpatioTemporalConditionModel": "unet",
    "CLIPTextModel": "text_encoder.text_model",
    "CLIPTextModelWithProjection": "text_encoder_2",
    "StableAudioDiTModel": "transformer",
}
# diffusers' transformers: FluxTransformer2DModel, WanTransformer3DModel,
# HunyuanVideoTransformer3DModel, ...
TRANSFORMER = re.compile(r"\w*Transformer(1D|2D|3D)?Model")

# Modules that only classes of diffusers have, where no config names the class; the first class of
# which there is one.
CLASSES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "ControlNetModel": r"controlnet_(down_blocks|mid_block|cond_embedding)\b",
        "UNet2DConditionModel": r"((down|up)_blocks\.\d+|mid_block)\.(attentions|resnets)\.",
        "HunyuanVideoTransformer3DModel": r"context_embedder\.token_refiner\.",
        "AuraFlowTransformer2DModel": r"joint_transformer_blocks\.\d+\.",
        "FluxTransformer2DModel": r"single_transformer_blocks\.\d+\.",
        "SD3Transformer2DModel": r"transformer_blocks\.\d+\.(ff_context|norm1_context)\.",
        "WanTransformer3DModel": r"blocks\.\d+\.attn[12]\.to_[qkv]\b",
        "CosmosTransformer3DModel": r"transformer_blocks\.\d+\.norm3\.linear_1\b",
        "CogVideoXTransformer3DModel": r"transformer_blocks\.\d+\.norm2\.norm\b",
        "AceStepTransformer1DModel": r"layers\.\d+\.(self_attn|cross_attn)\.to_out\.0\b",
        "StableAudioDiTModel": r"(cross_attention_proj|timestep_proj)\.0\b",
        "Lumina2Transformer2DModel": r"(layers|noise_refiner|context_refiner)\.\d+\.attn\.to_[qkv]\b",
    }.items()
}

# Modules of original diffusion models that no language model has.
ORIGINAL = re.compile(
    r"(double_blocks|single_blocks|joint_blocks)\.\d+\."  # Flux, HunyuanVideo, SD 3
    r"|(double_stream_blocks|single_stream_blocks)\.\d+\."  # HiDream
    r"|blocks\.\d+\.(self_attn|cross_attn)\."  # Wan, Cosmos, PixArt
    r"|(double_layers|single_layers)\.\d+\."  # AuraFlow
    r"|blocks\.\d+\.(attn\.qkv|ff_proj|attn_out)\b"  # PixArt, CogVideoX
    r"|blocks\.block\d+\."  # Cosmos 1
    r"|decoder\.layers\.\d+\.cross_attn\."  # ACE-Step
    r"|transformer\.layers\.\d+\.(self_attn\.to_qkv|cross_attn\.to_kv)\b"  # Stable Audio
    # Lumina 2, Z-Image
    r"|(layers|noise_refiner|context_refiner)\.\d+\.attention\.(qkv|out|to_[qkv]|to_out)\b"
    r"|(input_blocks|output_blocks)\.\d+\.|middle_block\.\d+\."  # Stable Diffusion 1, 2, XL
)
# Layers of Qwen-Image, and modules of the blocks of diffusers' other transformers (Flux.1, SD 3).
QWEN_LIKE = re.compile(r"transformer_blocks\.\d+\.(attn|img_mlp|img_mod|txt_mlp)\.")
NOT_QWEN = re.compile(r"transformer_blocks\.\d+\.(ff|ff_context|norm1|norm1_context)\.")
# Layers of LTX-Video, and modules of diffusers' other transformers whose layers have such names: PixArt,
# Sana, CogVideoX, Cosmos.
LTX_LIKE = re.compile(r"transformer_blocks\.\d+\.attn1\.")
NOT_LTX = re.compile(r"(patch_embed|pos_embed)\.proj\b")

# The same inside the parts that diffusers has: names that OneTrainer writes, and diffusers' models
# do not have.
NOT_DIFFUSERS = re.compile(
    r"unet\.(input_blocks|output_blocks|middle_block)\.|transformer\.(double|single|joint)_blocks\."
)

# Parts of all-in-one checkpoints by what LoRA files call them.
IN_CHECKPOINT: Mapping[str, str] = {
    "model.diffusion_model.": "diffusion_model.",
    "cond_stage_model.transformer.": "text_encoder.",
    "conditioner.embedders.0.transformer.": "text_encoder.",
}
# Where a base may have the part that a LoRA file speaks of, the likeliest first.
WHERE: Mapping[str, tuple[str, ...]] = {
    # OneTrainer's word, for original names too
    "unet": ("unet", "diffusion_model", "model.diffusion_model", "transformer"),
    "transformer": ("transformer", "model.diffusion_model"),
    "diffusion_model": ("diffusion_model", "model.diffusion_model", "unet", "transformer"),
    "text_encoder": (
        "text_encoder",
        "cond_stage_model.transformer",
        "conditioner.embedders.0.transformer",
        "text_encoders.clip_l.transformer",
        "cond_stage_model.model",
    ),
    "text_encoder_2": (
        "text_encoder_2",
        "conditioner.embedders.1.model",
        "conditioner.embedders.0.model",
        "text_encoders.clip_g.transformer",
        "text_encoders.t5xxl.transformer",
    ),
    "text_encoder_3": ("text_encoder_3", "text_encoder_2", "text_encoders.t5xxl.transformer"),
}
# The folders of a pipeline that a LoRA file's names may speak of, the likeliest first; whatever has
# none of these beginnings is for the model that removes the noise.
DENOISERS = ("unet", "transformer", "prior", "decoder")
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "lora_te1_": ("text_encoder",),
    "lora_te2_": ("text_encoder_2",),
    # Of Flux.1, sd-scripts counts T5 as the third.
    "lora_te3_": ("text_encoder_3", "text_encoder_2"),
    "lora_te_": ("text_encoder",),
    "text_encoders.clip_g.": ("text_encoder_2",),
    "text_encoders.t5xxl.": ("text_encoder_3", "text_encoder_2", "text_encoder"),
    "text_encoders.": ("text_encoder",),
    "lora_transformer_": ("transformer",),
}
# OpenCLIP's layers, which LoRA files name, and cut, as transformers has them.
OPEN_CLIP = ("conditioner.embedders.", "cond_stage_model.model.")


def component_of(name: str, folders: Collection[str]) -> str:
    """Return the folder of a pipeline that a LoRA file's module is for, whether or not it is there."""
    owner = name.partition(".")[0]
    if PART.fullmatch(owner) and owner not in ("unet", "transformer"):
        return owner
    start: str = next((start for start in COMPONENTS if name.startswith(start)), "")
    own = (owner,) if owner in ("unet", "transformer") else ()
    choices: tuple[str, ...] = COMPONENTS.get(start, (*own, *DENOISERS))
    return next((each for each in choices if each in folders), choices[0])


def name_in_pipeline(part: str, name: str, class_name: str) -> str:
    """Return what LoRA files call a parameter of a pipeline's model, by the model's folder and class."""
    if class_name == "CLIPTextModel":
        # Since transformers 5, the class is its text model.
        return f"{part}.text_model.{name.removeprefix('text_model.')}"
    return f"{part}.{name}"


def in_pipeline(path: str, host: Host) -> str | None:
    """Return a module's path with its part of the pipeline in front; None for other kinds of models."""
    for part, name in IN_CHECKPOINT.items():
        if path.startswith(part):
            return name + path.removeprefix(part)
    owner = part_of(host)
    if owner is None:
        return path if host.class_name is None else None
    # Before transformers 5, the text model was a module of its class.
    return f"{owner}.{path.removeprefix('text_model.') if owner.endswith('text_model') else path}"


def part_of(host: Host) -> str | None:
    """Return which part of a pipeline a base is; None for a whole pipeline and for other kinds of models."""
    class_name = class_of(host)
    if class_name in BASES:
        return _text_encoder(host) or BASES[class_name]
    if host.class_name is None and TRANSFORMER.fullmatch(class_name):
        return "transformer"
    if host.class_name is not None or class_name:
        return None
    if _is_original(host.modules):
        return "diffusion_model"
    return "transformer" if any(map(NOT_QWEN.match, host.modules)) else None


def class_of(host: Host) -> str:
    """Return the base's class, from its config or from names that only one class has; "" where unknown."""
    return stated_class(host) or _class_by_names(host.modules)


def stated_class(host: Host) -> str:
    """Return the class that the base's config names; "" without one."""
    return host.class_name or str(host.config.get("_class_name", ""))


# The functions below are asked for each module of an adapter, and read all names of the base.


@functools.lru_cache(maxsize=8)
def _class_by_names(modules: tuple[str, ...]) -> str:
    return next((name for name, pattern in CLASSES.items() if any(map(pattern.match, modules))), "")


@functools.lru_cache(maxsize=8)
def _is_original(modules: tuple[str, ...]) -> bool:
    is_ltx = any(map(LTX_LIKE.match, modules)) and not any(map(NOT_LTX.match, modules))
    is_qwen = any(map(QWEN_LIKE.match, modules)) and not any(map(NOT_QWEN.match, modules))
    return is_ltx or is_qwen or any(map(ORIGINAL.match, modules))


def _text_encoder(host: Host) -> str | None:
    """Say which text encoder a CLIP with a projection is.

    Stable Diffusion 3's first one has the same class as its second.
    """
    folder = Path(host.base_name or "").name
    if host.class_name != "CLIPTextModelWithProjection":
        return None
    return folder if folder in ("text_encoder", "text_encoder_2") else None


def open_clip(path: str) -> bool:
    """Whether a module of an all-in-one checkpoint belongs to OpenCLIP."""
    return path.startswith(OPEN_CLIP) and not path.startswith(tuple(IN_CHECKPOINT))
