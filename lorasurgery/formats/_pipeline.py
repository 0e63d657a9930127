"""Which part of an image model's pipeline a base is, and what its modules are called there.

    config.json with `_class_name` (diffusers) or `architectures`       unet., transformer., text_encoder., ...       diffusers' own words
    names of an original diffusion model, without any config            diffusion_model.                             ComfyUI's word for it
    model.diffusion_model. in an all-in-one checkpoint                  diffusion_model.                             LoRA files have no `model.` in front

Sources: diffusers 0.42's classes; ComfyUI's `comfy/model_detection.py` and `comfy/lora.py` (2026), for the names by which an original model is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lorasurgery.adapter import Host

# The parts of a pipeline, as diffusers calls them, and the original models, as ComfyUI does.
PART = re.compile(r"(unet|transformer|text_encoder|prior|decoder|controlnet|connectors)(_\d+)?")
# How a name begins in the oldest files of diffusers, which are for UNets only.
UNET = ("down_blocks.", "mid_block.", "up_blocks.")
ORIGINAL_PART = re.compile(r"diffusion_model|text_encoders")

# Bases that are one part of a pipeline, and what they are to it.
BASES: Mapping[str, str] = {
    "UNet2DConditionModel": "unet",
    "CLIPTextModel": "text_encoder.text_model",
    "CLIPTextModelWithProjection": "text_encoder_2",
}
# diffusers' transformers: FluxTransformer2DModel, WanTransformer3DModel, HunyuanVideoTransformer3DModel, ...
TRANSFORMER = re.compile(r"\w+Transformer(2D|3D)?Model")

# Modules of original diffusion models that no language model has.
ORIGINAL = re.compile(
    r"(double_blocks|single_blocks|joint_blocks|single_transformer_blocks)\.\d+\."  # Flux, HunyuanVideo, SD 3
    r"|blocks\.\d+\.(self_attn|cross_attn)\."  # Wan
    r"|transformer_blocks\.\d+\.(attn|attn1|img_mlp|img_mod|txt_mlp)\."  # Qwen-Image, LTX-Video
    r"|(layers|noise_refiner|context_refiner)\.\d+\.attention\.(qkv|out|to_[qkv]|to_out)\b"  # Lumina 2, Z-Image
    r"|(input_blocks|output_blocks)\.\d+\.|middle_block\.\d+\."  # Stable Diffusion 1, 2, XL
)

# The same inside the parts that diffusers has: names that OneTrainer writes, and diffusers' models do not have.
NOT_DIFFUSERS = re.compile(
    r"unet\.(input_blocks|output_blocks|middle_block)\.|transformer\.(double|single|joint)_blocks\."
)

# Parts of all-in-one checkpoints by what LoRA files call them.
IN_CHECKPOINT: Mapping[str, str] = {
    "model.diffusion_model.": "diffusion_model.",
    "cond_stage_model.transformer.": "text_encoder.",
    "conditioner.embedders.0.transformer.": "text_encoder.",
}
# OpenCLIP's layers, which LoRA files name, and cut, as transformers has them.
OPEN_CLIP = ("conditioner.embedders.", "cond_stage_model.model.")


def in_pipeline(path: str, host: Host) -> str | None:
    """The path of a module with the name of its part of a pipeline in front; None where the host is a model of another kind."""
    for part, name in IN_CHECKPOINT.items():
        if path.startswith(part):
            return name + path.removeprefix(part)
    owner = part_of(host)
    if owner is None:
        return path if host.class_name is None else None
    # Before transformers 5, the text model was a module of its class.
    return f"{owner}.{path.removeprefix('text_model.') if owner.endswith('text_model') else path}"


def part_of(host: Host) -> str | None:
    """What a base that is one part of a pipeline is to it; None for a whole pipeline, and for a model of another kind."""
    class_name = host.class_name or str(host.config.get("_class_name", ""))
    if class_name in BASES:
        return BASES[class_name]
    if "_class_name" in host.config and TRANSFORMER.fullmatch(class_name):
        return "transformer"
    is_original = host.class_name is None and any(map(ORIGINAL.match, host.modules))
    return "diffusion_model" if is_original and not class_name else None


def open_clip(path: str) -> bool:
    """Whether a module of an all-in-one checkpoint is one of OpenCLIP's."""
    return path.startswith(OPEN_CLIP) and not path.startswith(tuple(IN_CHECKPOINT))
