"""What diffusers does with a LoRA file: with each of its modules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._target import AdapterHeader, Findings, Landing
from lorasurgery.text import times

SOURCE = "diffusers/loaders/peft.py"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for diffusers`"
DOWN, UP = ".lora_A.weight", ".lora_B.weight"


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a LoRA file against one model of a pipeline, whose folder is the base."""
    part = "unet" if str(base.config.get("_class_name", "")).startswith("UNet") else "transformer"
    matrices = {
        name.removesuffix(".weight"): each for name, each in base.tensors.items() if len(each.shape) > 1
    }
    modules = sorted({_module(name) for name in adapter.tensors})
    return Findings([_landing(module, part, adapter.tensors, matrices) for module in modules])


def _module(name: str) -> str:
    return name.removesuffix(DOWN).removesuffix(UP)


def _landing(
    module: str, part: str, tensors: Mapping[str, LazyTensor], matrices: Mapping[str, LazyTensor]
) -> Landing:
    down, up = tensors.get(module + DOWN), tensors.get(module + UP)
    if not module.startswith(f"{part}."):
        reason = f"its name does not begin with {part}., the part of the pipeline that the base is"
        return Landing(module, "ignored", reason=reason, way_out="check it with its own model", source=SOURCE)
    if down is None or up is None:
        return Landing(module, "unknown", reason="names in an older form are not looked at")
    served = module.removeprefix(f"{part}.")
    if served not in matrices:
        return Landing(module, "ignored", served, "the model has no such module", CONVERT, SOURCE)
    shape = matrices[served].shape
    widths, own = (up.shape[0], math.prod(down.shape[1:])), (shape[0], math.prod(shape[1:]))
    if widths != own:
        reason = f"it changes a matrix of {times(widths)}, and the base's is {times(own)}"
        return Landing(module, "refused", served, reason, "name its own base", SOURCE)
    return Landing(module, "lands", served)
