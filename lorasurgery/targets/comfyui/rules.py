"""What ComfyUI does with a LoRA file: with each of its modules."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.formats._image.header_alpha import header_of
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._image_model import Shape, as_matrix, image_model
from lorasurgery.targets._target import AdapterHeader, Findings, Landing
from lorasurgery.targets.comfyui.names import names_in_files
from lorasurgery.text import times

NAMES, NUMBERS = "comfy/lora.py", "comfy/weight_adapter/lora.py"
# The two factors of a module, as ComfyUI looks for them, and what it reads beside them.
DOWN, UP, ALPHA = "down", "up", "alpha"
PARTS: Mapping[str, str] = {
    ".lora_down.weight": DOWN,
    ".lora_up.weight": UP,
    ".lora_A.weight": DOWN,
    ".lora_B.weight": UP,
    ".lora.down.weight": DOWN,
    ".lora.up.weight": UP,
    "_lora.down.weight": DOWN,
    "_lora.up.weight": UP,
    ".lora_A.default.weight": DOWN,
    ".lora_B.default.weight": UP,
    ".lora_A": DOWN,
    ".lora_B": UP,
    ".alpha": ALPHA,
}
KEY = re.compile(rf"(.+?)({'|'.join(map(re.escape, sorted(PARTS, key=len, reverse=True)))})")
TEXT_ENCODERS = ("lora_te", "text_encoder", "lora_prior_te")
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for comfyui`"

Parts = Mapping[str, LazyTensor]


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a LoRA file against a model: its original checkpoint, or a folder of diffusers."""
    model = image_model(base, facts["families"])
    matrices, family = model.matrices, model.family
    rules = facts["families"][family.name] if family is not None else {}
    names = names_in_files(matrices, family, rules)
    modules = _by_module(adapter.tensors)
    header = header_of(adapter.path, modules)
    landings = []
    for module, parts in sorted(modules.items()):
        landing = _landing(module, parts, names, matrices, is_known=family is not None)
        part, _, rest = module.partition(".")
        if landing.fate == "lands" and ALPHA not in parts:
            scale = header.scale_of(part, rest)(parts[DOWN].shape[0])
            landing = _without_alpha(landing, scale)
        landings.append(landing)
    return Findings(landings)


def _by_module(tensors: Mapping[str, LazyTensor]) -> dict[str, dict[str, LazyTensor]]:
    """Group a file's tensors by module; what is not known stays under its own name."""
    found: dict[str, dict[str, LazyTensor]] = defaultdict(dict)
    for key, tensor in tensors.items():
        match = KEY.fullmatch(key)
        if match is not None:
            found[match[1]][PARTS[match[2]]] = tensor
        else:
            is_flat = key.startswith(("lora_", "lycoris_"))
            module, _, part = key.partition(".") if is_flat else key.rpartition(".")
            found[module][part] = tensor
    return found


def _landing(
    module: str,
    parts: Parts,
    names: Mapping[str, tuple[str, int, int]],
    matrices: Mapping[str, Shape],
    *,
    is_known: bool,
) -> Landing:
    if module.startswith(TEXT_ENCODERS):
        return Landing(module, "unknown", reason="names of text encoders are not looked at")
    if module not in names:
        reason = "no module of the model has this name in ComfyUI's table"
        if is_known:
            return Landing(module, "ignored", "", reason, CONVERT, NAMES)
        return Landing(module, "unknown", reason="the model's family has no table here", way_out=CONVERT)
    if odd := sorted({*parts} - {DOWN, UP, ALPHA}):
        return Landing(module, "unknown", reason=f"{odd[0]!r} is not looked at, but plain LoRA alone")
    if UP not in parts:
        return Landing(module, "ignored", reason="it has no upper factor", source=NUMBERS)
    if DOWN not in parts:
        return Landing(module, "refused", reason="it has no lower factor", source=NUMBERS)
    original, part, count = names[module]
    served = f"diffusion_model.{original}"
    shape = matrices[original]
    widths = parts[UP].shape[0], math.prod(parts[DOWN].shape[1:])
    own = as_matrix(shape)
    if count > 1:
        # A part of a packed module: which rows it has is the family's, and the width is the module's.
        served, own = f"part {part + 1} of {served}", (min(widths[0], own[0]), own[1])
    if widths != own:
        reason = f"it changes a matrix of {times(widths)}, and the base's is {times(own)}"
        return Landing(module, "ignored", served, reason, "name its own base", NUMBERS)
    return Landing(module, "lands", served)


def _without_alpha(landing: Landing, scale: float | None) -> Landing:
    if scale is None or math.isclose(scale, 1, rel_tol=1e-6):
        return landing
    reason = f"its scale {scale:g} is in the file's header, which ComfyUI does not read: it takes 1"
    return Landing(landing.module, "altered", landing.served, reason, CONVERT, NUMBERS)
