"""ComfyUI's names of modules in LoRA files, written anew from what its code does; none of its code is here.

Rules: `model_lora_keys_unet` of `comfy/lora.py`, Comfy-Org/ComfyUI ec93dca (2026). Names of models:
`comfyui_names.json`, which says where it is from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_FILE = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# The modules of small models, by the names in their checkpoints.
ORIGINAL: Mapping[str, list[str]] = {name: words.split() for name, words in _FILE["names"].items()}

# What stands in front of diffusers' names, dotted and flat, for the families that have them in the table.
DIFFUSERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Stable Diffusion 3": (("transformer.", "base_model.model."), ("lora_transformer_", "lycoris_")),
    "Flux.1": (("transformer.", ""), ("lora_transformer_", "lycoris_")),
    "Qwen-Image": (("transformer.", ""), ("lycoris_",)),
    "Z-Image": (("transformer.", "diffusion_model.", ""), ("lycoris_",)),
    # The class of Z-Image is Lumina 2's, and the table is made for both; its names are Z-Image's.
    "Lumina 2": ((), ()),
    "HiDream": (("transformer.",), ("lycoris_",)),
    "AuraFlow": (("transformer.",), ()),
    "PixArt": (("transformer.", "base_model.model.", "unet.base_model.model."), ()),
}
UNETS = ("Stable Diffusion 1 or 2", "Stable Diffusion XL")


def names_in_files(family: str, original: Iterable[str], diffusers: Iterable[str]) -> set[str]:
    """Return all names under which modules of a model are found, given its names in both namings."""
    found = set()
    for name in original:
        found |= {f"diffusion_model.{name}", f"lora_unet_{_flat(name)}"}
        if family == "LTX-Video":
            found.add(name)
        if family == "ACE-Step":
            inside = name.removeprefix("decoder.")
            found |= {f"base_model.model.{inside}", f"lycoris_{_flat(inside)}"}
        if family == "HunyuanVideo":
            found |= {f"{part}.{_of_authors(name)}" for part in ("transformer", "diffusion_model")}
    for name in diffusers:
        found |= set(_of_diffusers(family, name))
    return found


def _of_diffusers(family: str, name: str) -> Iterator[str]:
    if family in UNETS:
        yield from (f"{part}{_flat(name)}" for part in ("lora_unet_", "lycoris_"))
        end = ".0" if name.endswith(".to_out.0") else ""
        processor = name.removesuffix(end).replace(".to_", ".processor.to_")
        yield from (f"{part}{processor}" for part in ("", "unet."))
        return
    dotted, flat = DIFFUSERS.get(family, ((), ()))
    yield from (f"{part}{name}" for part in dotted)
    yield from (f"{part}{_flat(name)}" for part in flat)


def _of_authors(name: str) -> str:
    """Return the authors' name of a HunyuanVideo module by ComfyUI's."""
    pairs = {"_mod.lin": "_mod.linear", "_attn.qkv": "_attn_qkv", "_attn.proj": "_attn_proj"}
    pairs |= {"mlp.0": "mlp.fc1", "mlp.2": "mlp.fc2", ".modulation.lin": ".modulation.linear"}
    end = next((each for each in pairs if name.endswith(each)), "")
    return name.removesuffix(end) + pairs.get(end, "")


def _flat(name: str) -> str:
    return name.replace(".", "_")


CLIP_LAYERS = ("mlp.fc1", "mlp.fc2", *(f"self_attn.{name}_proj" for name in ("q", "k", "v", "out")))
# What a CLIP is called in LoRA files where it stands first and where it stands second.
CLIP_PARTS = {
    "clip_l": ("lora_te_", "lora_te1_", "text_encoder."),
    "clip_g": ("lora_te2_", "text_encoder_2."),
}


def encoder_names_in_files(weights: Iterable[str]) -> set[str]:
    """Return all names under which the weights of text encoders are found (`t5xxl.transformer...`).

    Rules: `model_lora_keys_clip` of the same file, for a clip_g that stands beside a clip_l.
    """
    weights = list(weights)
    encoders = {name.partition(".")[0] for name in weights}
    found = {f"text_encoders.{name}" for name in weights}
    for weight in weights:
        encoder, _, rest = weight.partition(".transformer.")
        if encoder in CLIP_PARTS and rest.endswith(CLIP_LAYERS):
            found |= {part + (_flat(rest) if part.endswith("_") else rest) for part in CLIP_PARTS[encoder]}
        if encoder == "t5xxl":
            number = 1 + len(encoders & {*CLIP_PARTS})
            numbers = {number, 3} if number == 2 and "clip_l" in encoders else {number}
            found |= {f"lora_te{each}_{_flat(rest)}" for each in numbers}
        if len(encoders) == 1 and rest.startswith("model."):
            found.add(f"lora_te_{_flat(rest.removeprefix('model.'))}")
    return found
