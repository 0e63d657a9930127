"""The flat names of kohya's files: their prefixes, the paths that they stand for, and back.

    lora_unet_double_blocks_0_img_attn_qkv   <->   diffusion_model.double_blocks.0.img_attn.qkv

A name is read alone where it has one reading (`flat_names`), or as the names of one family of
models are (`families`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from lorasurgery.adapter import Adapter
from lorasurgery.formats._image.families._family import Naming
from lorasurgery.formats._image.families.stable_diffusion import FAMILY as FIRST_UNET
from lorasurgery.formats._image.families.stable_diffusion_xl import FAMILY as SECOND_UNET
from lorasurgery.formats._image.flat_names import dotted, flattened
from lorasurgery.formats._image.lycoris_writer import only_in_comfyui
from lorasurgery.formats._image.open_clip import open_clip_apart
from lorasurgery.formats._image.pipeline import NOT_DIFFUSERS, WHERE, class_of, in_pipeline
from lorasurgery.formats._image.renaming import family_of, in_naming, one_reading
from lorasurgery.formats._image.text_encoders import encoders_named
from lorasurgery.variants.edit import Factors, own_shape

# SDXL's second text encoder, and the width of what both give.
SECOND_ENCODER = re.compile(r"text_encoder_2\.|conditioner\.embedders\.1\.|text_encoders\.clip_g\.")
SDXL_PROMPT = 2048
# What a prefix says that the module is part of, as the parts are called elsewhere.
PREFIXES: Mapping[str, tuple[str, ...]] = {
    "lora_unet_": WHERE["unet"],
    "lora_te_": WHERE["text_encoder"],
    "lora_te1_": WHERE["text_encoder"],
    "lora_te2_": WHERE["text_encoder_2"],
    "lora_te3_": WHERE["text_encoder_3"],
    "lora_transformer_": WHERE["transformer"],
    "lora_prior_unet_": (),
    "lora_prior_te_": (),
    "lycoris_": WHERE["unet"],
    "oft_unet_": WHERE["unet"],
}
PARTS = {
    "unet.": "lora_unet_",
    "diffusion_model.": "lora_unet_",
    "model.diffusion_model.": "lora_unet_",
    "transformer.": "lora_transformer_",
    "text_encoder.": "lora_te1_",
    "text_encoder_2.": "lora_te2_",
    "text_encoder_3.": "lora_te3_",
    "text_encoders.clip_l.transformer.": "lora_te1_",
    "text_encoders.clip_g.transformer.": "lora_te2_",
    "text_encoders.t5xxl.transformer.": "lora_te3_",
}
# The flat names of diffusers' transformers that programs read, by the beginning of the class's name. Of all
# other families that have a table, a file gets the original names (`recast`); LyCORIS has names for all.
TRANSFORMERS: Mapping[str, str] = {
    # OneTrainer and ComfyUI, and diffusers itself for Flux.1
    **dict.fromkeys(("FluxT", "Chroma", "SD3"), "lora_transformer_"),
    # OneTrainer alone, and there is no table
    "Sana": "lora_transformer_",
    # ComfyUI, and musubi-tuner for Qwen-Image: the original models have these names too
    **dict.fromkeys(("QwenImage", "LTX", "HiDream"), "lora_unet_"),
}


def recast(adapter: Adapter) -> Adapter:
    """Give modules of diffusers' transformers the original names where kohya's programs have no others,
    and those of the first UNets diffusers' names.

    Of flat names that are original and diffusers' alike, the part in front becomes that which the
    reader puts there.
    """
    is_own = adapter.source is not None and adapter.source.format == "kohya"
    if not is_own and _is_first_unet(adapter):
        adapter = in_naming(adapter, "diffusers")
    adapter = open_clip_apart(adapter)
    if not is_own and not adapter.host.modules:
        adapter = encoders_named(adapter, "kohya")
    split = _split_all(adapter)
    # Of names that ComfyUI maps to a part of a packed module it reads factors, and no changes of biases.
    unread = ("lycoris_", "lora_transformer_") if only_in_comfyui(adapter) else ("lycoris_",)
    is_unread = any(
        prefix in unread and prefix != _own_prefix(path, adapter) for path, (prefix, _) in split.items()
    )
    if is_unread or (not is_own and any(map(NOT_DIFFUSERS.match, adapter.modules))):
        adapter = in_naming(adapter, "original")
    names = names_of(adapter)
    read = read_alone({name: adapter.modules[path] for path, name in names.items()})
    paths = {path: read[name] or path for path, name in names.items()}
    changed = {path for path, new in paths.items() if path != new}
    if adapter.host.modules or any(_inside(path) != _inside(paths[path]) for path in changed) or not changed:
        return adapter
    host = dataclasses.replace(
        adapter.host,
        kinds={paths.get(path, path): kind for path, kind in adapter.host.kinds.items()},
        kernels={paths.get(path, path): kernel for path, kernel in adapter.host.kernels.items()},
    )
    modules = {paths[path]: factors for path, factors in adapter.modules.items()}
    return dataclasses.replace(adapter, host=host, modules=dict(sorted(modules.items())))


def _is_first_unet(adapter: Adapter) -> bool:
    """Whether the modules may be those of Stable Diffusion 1 or 2, whose UNet sd-scripts has by diffusers'
    names alone; SDXL's it knows by the original ones. That has `label_emb`, two text encoders, and prompts of
    other width.
    """
    is_later = any(path.endswith("label_emb.0.0") for path in adapter.host.modules)
    is_later = is_later or any(map(SECOND_ENCODER.match, adapter.modules))
    is_later = is_later or any(
        path.endswith(("attn2.to_k", "attn2.to_v")) and (own_shape(each) or (0, 0))[1] == SDXL_PROMPT
        for path, each in adapter.modules.items()
    )
    return FIRST_UNET.name in family_of(adapter) and not is_later


def _inside(path: str) -> str:
    return path.partition(".")[2]


def split_name(name: str) -> tuple[str, str]:
    """Split a name into a known prefix, or "", and what follows."""
    prefix = next((each for each in PREFIXES if name.startswith(each)), "")
    rest = name.removeprefix(prefix)
    # Some converters left `unet_` behind, and Wan-Fun's trainer an underscore.
    return prefix, rest.removeprefix("unet_").lstrip("_") if prefix == "lora_unet_" else rest


def read_alone(modules: Mapping[str, Factors]) -> dict[str, str | None]:
    """Return the paths of names that have only one reading: each for itself, or as those of one family."""
    known = {name: _read_one(name) for name in modules}
    others = {
        name: split_name(name)[1] for name, path in known.items() if path is None and _is_of_model(name)
    }
    reading = one_reading(others, modules, usual=_usual_naming(others))
    return known | ({name: reading.path(name) for name in others} if reading is not None else {})


def _is_of_model(name: str) -> bool:
    return name.startswith(("lora_unet_", "lora_transformer_", "lycoris_", "oft_unet_"))


def _usual_naming(names: Iterable[str]) -> Naming | None:
    """Return the naming that the prefixes speak for, where a family has names in it; None for either."""
    prefixes = {split_name(name)[0] for name in names}
    if prefixes <= {"lora_unet_", "oft_unet_"}:
        return "original"
    return "diffusers" if prefixes == {"lora_transformer_"} else None


def _read_one(name: str) -> str | None:
    prefix, rest = split_name(name)
    return next((found for part in PREFIXES.get(prefix, ()) if (found := dotted(rest, part))), None)


def names_of(adapter: Adapter) -> dict[str, str]:
    """Return the file's name of each module."""
    split = _split_all(adapter)
    # The only text encoder of Stable Diffusion 1 and 2 has no number.
    prefixes = {prefix for prefix, _ in split.values()}
    has_others = not prefixes.isdisjoint(("lora_te2_", "lora_te3_", "lora_transformer_"))
    is_original = any("diffusion_model." in path or path.startswith("conditioner.") for path in split)
    is_xl = family_of(adapter) == SECOND_UNET.name
    first = "lora_te1_" if has_others or is_original or is_xl else "lora_te_"
    return {path: _start(prefix, rest, first) + flattened(rest) for path, (prefix, rest) in split.items()}


def _start(prefix: str, rest: str, first: str) -> str:
    if prefix != "lora_te1_":
        return prefix
    # ComfyUI looks for the layers of a language model without a number, which stands alone.
    return "lora_te_" if rest.startswith("layers.") else first


def _split_all(adapter: Adapter) -> dict[str, tuple[str, str]]:
    """Return the prefix of each module's name, and the path that follows, still with its dots."""
    of_transformer = _of_transformer(adapter)
    return {path: _prefix(path, adapter, of_transformer) for path in adapter.modules}


def _prefix(path: str, adapter: Adapter, of_transformer: str) -> tuple[str, str]:
    if "." not in path and (adapter.unresolved or path.startswith(tuple(PREFIXES))):
        return "", path
    own = _own_prefix(path, adapter)
    if path.startswith("cond_stage_model.transformer."):
        return "lora_te_", path.removeprefix("cond_stage_model.transformer.")
    whole = in_pipeline(path, adapter.host)
    part = next((part for part in PARTS if whole and whole.startswith(part)), None)
    if not whole or not part:
        return "lycoris_", path
    rest = whole.removeprefix(part)
    if part not in ("transformer.", "diffusion_model.", "unet."):
        return PARTS[part], rest
    return own or (of_transformer if part == "transformer." else PARTS[part]), rest


def _own_prefix(path: str, adapter: Adapter) -> str:
    """Return the prefix that a module has in the kohya file that it was read from; "" without one."""
    is_own = adapter.source is not None and adapter.source.format == "kohya"
    return str(adapter.source.config.get(path, "")) if is_own and adapter.source else ""


def _of_transformer(adapter: Adapter) -> str:
    """Return the prefix for modules of diffusers' transformers.

    It is OneTrainer's where neither the base nor the names show which transformer it is.
    """
    class_name = class_of(adapter.host)
    if not class_name:
        inside = {path: path.partition(".")[2] for path in adapter.modules if path.startswith("transformer.")}
        flat = {path: flattened(rest) for path, rest in inside.items()}
        reading = one_reading(flat, adapter.modules, usual="diffusers")
        class_name = reading.family.classes[0] if reading is not None else ""
    known = (prefix for start, prefix in TRANSFORMERS.items() if class_name.startswith(start))
    return next(known, "lycoris_" if class_name else "lora_transformer_")
