"""Tiny seeded models that see or hear as well as read, with adapters on their text model under the
names of any version.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file

from support.adapters import add

WIDTH = 32
PEFT = "base_model.model."
TEXT = {
    "vocab_size": 128,
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SIGHT = {
    "hidden_size": WIDTH,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 28,
    "patch_size": 14,
}
VIDEO = {
    "depth": 2,
    "hidden_size": WIDTH,
    "intermediate_size": 40,
    "num_heads": 4,
    "in_channels": 3,
    "patch_size": 8,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
    "out_hidden_size": WIDTH,
}
SOUND = {
    "hidden_size": WIDTH,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_mel_bins": 8,
    "max_source_positions": 20,
}
POSITIONS = {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 1, 1]}}
UNTIED = {"tie_word_embeddings": False}

# The class, its settings, and what its text model was called before transformers 4.52, which is
# also how the Hub's files call it.
MODELS: dict[str, tuple[str, dict[str, Any], str]] = {
    "gemma3": (
        "Gemma3ForConditionalGeneration",
        {
            "text_config": TEXT
            | {"sliding_window": 16, "layer_types": ["sliding_attention", "full_attention"]},
            "vision_config": SIGHT | {"vision_use_head": False},
            "mm_tokens_per_image": 4,
            "image_token_index": 120,
            "boi_token_index": 121,
            "eoi_token_index": 122,
        },
        "language_model.model.",
    ),
    "llava": (
        "LlavaForConditionalGeneration",
        {
            "text_config": TEXT | {"model_type": "llama"},
            "vision_config": SIGHT | {"model_type": "clip_vision_model", "projection_dim": WIDTH},
            "image_token_index": 120,
            **UNTIED,
        },
        "language_model.model.",
    ),
    "paligemma": (
        "PaliGemmaForConditionalGeneration",
        {
            "text_config": TEXT | {"model_type": "gemma"},
            "vision_config": SIGHT | {"model_type": "siglip_vision_model"},
            "image_token_index": 120,
            "projection_dim": WIDTH,
        },
        "language_model.model.",
    ),
    "mistral3": (
        "Mistral3ForConditionalGeneration",
        {
            "text_config": TEXT | UNTIED | {"model_type": "mistral"},
            "vision_config": SIGHT | {"model_type": "pixtral", "head_dim": 8},
            "image_token_index": 120,
            **UNTIED,
        },
        "language_model.model.",
    ),
    "mllama": (
        "MllamaForConditionalGeneration",
        {
            "text_config": TEXT
            | UNTIED
            | {
                "num_hidden_layers": 3,
                "cross_attention_layers": [1],
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e4},
            },
            "vision_config": {
                "hidden_size": WIDTH,
                "intermediate_size": 40,
                "num_hidden_layers": 2,
                "num_global_layers": 1,
                "attention_heads": 4,
                "image_size": 28,
                "patch_size": 14,
                "vision_output_dim": 2 * WIDTH,
                "max_num_tiles": 2,
                "intermediate_layers_indices": [0],
                "supported_aspect_ratios": [[1, 1], [1, 2], [2, 1]],
            },
            "image_token_index": 120,
        },
        "language_model.model.",
    ),
    "qwen2.5-vl": (
        "Qwen2_5_VLForConditionalGeneration",
        {
            "text_config": TEXT | POSITIONS,
            "vision_config": VIDEO | {"window_size": 32, "fullatt_block_indexes": [1]},
            "image_token_id": 120,
            "video_token_id": 121,
            "vision_start_token_id": 122,
            "vision_end_token_id": 123,
            **UNTIED,
        },
        "model.",
    ),
    "qwen3-vl": (
        "Qwen3VLForConditionalGeneration",
        {
            "text_config": TEXT | POSITIONS,
            "vision_config": VIDEO | {"num_position_embeddings": 16, "deepstack_visual_indexes": [0]},
            "image_token_id": 120,
            "video_token_id": 121,
            "vision_start_token_id": 122,
            "vision_end_token_id": 123,
            **UNTIED,
        },
        "model.language_model.",
    ),
    "voxtral": (
        "VoxtralForConditionalGeneration",
        {
            "text_config": TEXT | UNTIED | {"model_type": "llama"},
            "audio_config": SOUND | {"intermediate_size": 128},
            "audio_token_id": 120,
        },
        "language_model.model.",
    ),
    "smolvlm": (
        "SmolVLMForConditionalGeneration",
        {
            "text_config": TEXT | {"model_type": "llama"},
            "vision_config": SIGHT,
            "image_token_id": 120,
            "scale_factor": 1,
        },
        "text_model.",
    ),
}


def inner(name: str) -> str:
    """What transformers calls the text model today."""
    return "model.text_model." if name == "smolvlm" else "model.language_model."


def made(name: str, folder: Path, **settings: Any) -> tuple[Path, Path]:
    """A base, and an adapter on its text model, under today's names."""
    class_name, config, _ = MODELS[name]
    model_class = getattr(transformers, class_name)
    torch.manual_seed(0)
    model = model_class(model_class.config_class(**config))
    model.save_pretrained(folder / "base")
    # The config of a training on the text model alone: no suffix of it hits anything else.
    targets = rf"{inner(name)}layers\.\d+\..*(q_proj|v_proj|up_proj)".replace("model.", r"model\.")
    lora = peft.LoraConfig(**{"r": 4, "lora_alpha": 8, "target_modules": targets, **settings})
    add(model, lora, folder / "adapter")
    return folder / "base", folder / "adapter"


def renamed(adapter: Path, target: Path, rename: Callable[[str], str], **config: Any) -> Path:
    """A copy of an adapter with other names in its file, and other entries in its config."""
    shutil.copytree(adapter, target)
    weights = target / "adapter_model.safetensors"
    save_file(
        {rename(key): tensor.contiguous() for key, tensor in load_file(weights).items()},
        weights,
        {"format": "pt"},
    )
    text = target / "adapter_config.json"
    text.write_text(json.dumps(json.loads(text.read_text()) | config))
    return target


def spelled(name: str, prefix: str) -> Callable[[str], str]:
    """Rename the text model of a model."""
    return lambda key: key.replace(PEFT + inner(name), PEFT + prefix)
