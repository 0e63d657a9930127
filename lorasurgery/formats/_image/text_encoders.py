"""The names of text encoders: diffusers counts them, ComfyUI and sd-scripts call them by what they are.

    diffusers       text_encoder_2.encoder.block.0...          the second of Flux.1's, the third of SD 3's
    ComfyUI         text_encoders.t5xxl.transformer.encoder.block.0...
    sd-scripts      lora_te3_encoder_block_0_...               of both

Which encoder stands where follows from the family of the denoiser (`Family.encoders`). Inside,
transformers' names are the same everywhere; language models differ in what is in front of `layers`.

Source: `comfy/text_encoders/` of Comfy-Org/ComfyUI a125cd8, and `model_lora_keys_clip` of
`comfy/lora.py` ec93dca; `networks/lora_flux.py` and `lora_sd3.py` of kohya-ss/sd-scripts; the
pipelines of diffusers 0.42.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from lorasurgery.adapter import Adapter
from lorasurgery.formats._image.flat_names import flattened
from lorasurgery.formats._image.image_file import ModuleFactors, adapter_of, renamed_host
from lorasurgery.formats._image.open_clip import open_clip_apart
from lorasurgery.formats._image.pipeline import in_pipeline
from lorasurgery.formats._image.renaming import MODELS, readings

Program = Literal["comfyui", "diffusers", "kohya"]
COMFYUI = re.compile(r"text_encoders\.(?P<name>\w+)\.transformer\.(?P<rest>.+)")
DIFFUSERS = re.compile(r"text_encoder(_(?P<number>\d))?\.(?P<rest>.+)")
T5 = re.compile(r"encoder\.block\.\d+\.")
CLIP = re.compile(r"text_model\.")
# What ComfyUI has of CLIP under diffusers' words; all else by its own alone.
OF_CLIP = re.compile(r"text_model\.encoder\.layers\.\d+\.(self_attn\.(q|k|v|out)_proj|mlp\.fc[12])")
LAYERS = re.compile(r"(?:model\.|language_model\.)*(?P<layer>layers\.\d+\..+)")
# Where no denoiser says more: as of Stable Diffusion XL and 3.
USUAL = ("clip_l", "clip_g", "t5xxl")
# sd-scripts' numbers, as diffusers' words for the same numbers.
IN_KOHYA = {"clip_l": "text_encoder", "clip_g": "text_encoder_2", "t5xxl": "text_encoder_3"}


def encoders_named(adapter: Adapter, program: Program) -> Adapter:
    """Give the modules of text encoders the names that a program has for them."""
    adapter = open_clip_apart(adapter)
    wholes = {path: in_pipeline(path, adapter.host) or path for path in adapter.modules}
    if not any(map(_parts, wholes.values())):
        return adapter
    order = _order(adapter, wholes)
    new = {path: _named(whole, order, program) for path, whole in wholes.items()}
    if all(new[path] == whole for path, whole in wholes.items()) or len({*new.values()}) < len(new):
        return adapter
    modules = {
        new[path]: ModuleFactors(
            factors, None if adapter.is_vector(path) else adapter.host.kernels.get(path, ())
        )
        for path, factors in adapter.modules.items()
    }
    built = adapter_of(modules, None, "")
    host = renamed_host(built, adapter, new)
    return dataclasses.replace(adapter, host=host, modules=built.modules, nested=None)


def _parts(whole: str) -> re.Match[str] | None:
    return COMFYUI.fullmatch(whole) or DIFFUSERS.fullmatch(whole)


def _order(adapter: Adapter, wholes: Mapping[str, str]) -> Sequence[str]:
    """Return ComfyUI's names of the encoders, in the order of diffusers."""
    flat = {
        path: flattened(whole.partition(".")[2]) for path, whole in wholes.items() if whole.startswith(MODELS)
    }
    known = [each.family.encoders for each in readings(flat, adapter.modules)] if flat else []
    names = [name for whole in wholes.values() if (name := _encoder(whole, USUAL)[0])]
    fitting = [order for order in known if order and {*names} <= {*order}]
    return (fitting or [order for order in known if len(order) == 1] or [USUAL])[0]


def _encoder(whole: str, order: Sequence[str]) -> tuple[str, str]:
    """Return ComfyUI's name of the encoder that a module is of, and the name inside; "" where not known."""
    found = _parts(whole)
    if found is None:
        return "", whole
    if "name" in found.groupdict():
        return found["name"], found["rest"]
    if T5.match(found["rest"]):
        return next((name for name in order if "t5" in name), ""), found["rest"]
    index, is_clip = int(found["number"] or 1) - 1, bool(CLIP.match(found["rest"]))
    name = order[index] if index < len(order) else ""
    return (name if name.startswith("clip") == is_clip else ""), found["rest"]


def _named(whole: str, order: Sequence[str], program: Program) -> str:
    name, rest = _encoder(whole, order)
    if not name:
        return whole
    if program == "diffusers":
        number = order.index(name) + 1 if name in order else 0
        return f"text_encoder{f'_{number}' if number > 1 else ''}.{rest}" if number else whole
    layer = LAYERS.fullmatch(rest)
    if program == "kohya":
        alone = "text_encoder" if len(order) == 1 else IN_KOHYA.get(name, "")
        return f"{alone}.{layer['layer'] if layer else rest}" if alone else whole
    inside = f"model.{layer['layer']}" if layer else rest
    if name.startswith("clip") and OF_CLIP.fullmatch(rest):
        return f"{IN_KOHYA[name]}.{rest}"
    return f"text_encoders.{name}.transformer.{inside}"
