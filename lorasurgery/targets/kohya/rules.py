"""What sd-scripts does with a LoRA file: with each of its modules."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.formats._image.flat_names import flattened
from lorasurgery.formats._image.header_alpha import header_of
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._image_model import ImageModel, Shape, as_matrix, image_model
from lorasurgery.targets._target import AdapterHeader, Findings, Landing
from lorasurgery.text import times

DOWN, UP, ALPHA = "lora_down.weight", "lora_up.weight", "alpha"
MODEL, TEXT_ENCODERS = "lora_unet_", "lora_te"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for kohya`"

Parts = Mapping[str, LazyTensor]


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a LoRA file against a diffusion model: its original checkpoint, or a folder of diffusers."""
    model = image_model(base, facts["families"])
    modules = _by_module(adapter.tensors)
    if model.family is None:
        reason = "sd-scripts has no model of this family"
        return Findings([Landing(module, "unknown", reason=reason) for module in sorted(modules)])
    network = _Network(model, facts["families"][model.family.name], frozenset(modules))
    header = header_of(adapter.path, modules)
    landings = []
    for module, parts in sorted(modules.items()):
        scale = None
        if DOWN in parts:
            scale_of = header.scale_of(MODEL.rstrip("_"), module.removeprefix(MODEL))
            scale = scale_of(parts[DOWN].shape[0])
        landings.append(network.landing(module, parts, scale))
    return Findings(landings)


def _by_module(tensors: Parts) -> dict[str, dict[str, LazyTensor]]:
    """Group a file's tensors by what stands before the first dot, as sd-scripts does."""
    found: dict[str, dict[str, LazyTensor]] = defaultdict(dict)
    for key, tensor in tensors.items():
        module, _, part = key.partition(".")
        found[module][part] = tensor
    return found


@dataclass(frozen=True)
class _Network:
    """sd-scripts' low-rank layers for a model; `modules` are the names that the file has."""

    model: ImageModel
    rules: Mapping[str, Any]
    modules: Collection[str]

    def landing(self, module: str, parts: Parts, scale: float | None) -> Landing:
        """What becomes of one module.

        Args:
            scale: what the file's header alone says of it, if anything.
        """
        if module.startswith(TEXT_ENCODERS):
            return Landing(module, "unknown", reason="names of text encoders are not looked at")
        source = str(self.rules["path"])
        if module not in self._layers:
            return Landing(module, "ignored", "", self._why_absent(module), CONVERT, source)
        served, shape = self._layers[module]
        if DOWN not in parts:
            reason = "it has no lora_down.weight, and only plain LoRA is read"
            return Landing(module, "ignored", served, reason, CONVERT, source)
        if UP not in parts:
            return Landing(module, "refused", served, "it has no lora_up.weight", CONVERT, source)
        widths = parts[UP].shape[0], math.prod(parts[DOWN].shape[1:])
        if widths != shape:
            reason = f"it changes a matrix of {times(widths)}, and the base's is {times(shape)}"
            return Landing(module, "refused", served, reason, "name its own base", source)
        fate, reason = self._by_numbers(parts, scale)
        return Landing(module, fate, served, reason, CONVERT if reason else "", source)  # type: ignore[arg-type]

    def _by_numbers(self, parts: Parts, scale: float | None) -> tuple[str, str]:
        if odd := sorted({*parts} - {DOWN, UP, ALPHA}):
            return "altered", f"{odd[0]!r} is left out, and the rest is taken for plain LoRA"
        if ALPHA in parts:
            return "lands", ""
        if self.rules["needs_alpha"]:
            return "refused", "it has no alpha, which is looked up without a default"
        if scale is None or math.isclose(scale, 1, rel_tol=1e-6):
            return "lands", ""
        return "altered", f"its scale {scale:g} is in the file's header, which is not read: 1 is taken"

    def _why_absent(self, module: str) -> str:
        if module in self._names:
            return "sd-scripts has LoRA in the model's blocks, and this is outside of them"
        return "the model has no layer of this name"

    @cached_property
    def _layers(self) -> Mapping[str, tuple[str, Shape]]:
        """The layers that get LoRA, by their name in files: the model's own name, and its shape."""
        inside = re.compile(self.rules["inside"])
        return {name: found[:2] for name, found in self._names.items() if inside.fullmatch(found[2])}

    @cached_property
    def _names(self) -> Mapping[str, tuple[str, Shape, str]]:
        """All layers by their names in files, each with the flat name that the model has it by."""
        found = {}
        for original, shape in self.model.matrices.items():
            by_naming = dict(self._spelled(original))
            own = by_naming.get(self.rules["names"][0], "")
            for flat in by_naming.values():
                found[MODEL + flat] = original, as_matrix(shape), own
        return found

    def _spelled(self, original: str) -> Iterator[tuple[str, str]]:
        """The flat names of a layer, by naming, where files may have them."""
        assert self.model.family is not None
        place = self.model.family.find(flattened(original), "original")
        for naming in self.rules["names"]:
            if naming == "original":
                yield naming, flattened(original)
            elif place is not None and len(place.rule.diffusers) == 1 and self._converts(naming):
                yield naming, flattened(place.path("diffusers"))

    def _converts(self, naming: str) -> bool:
        """Whether diffusers' names are known: a second naming is, where a file has a down or an up block."""
        blocks = ("down_blocks", "up_blocks")
        is_first = naming == self.rules["names"][0]
        return is_first or any(block in module for module in self.modules for block in blocks)
