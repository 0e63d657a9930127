"""The alpha in the header of a safetensors file, for modules without a tensor `alpha` of their own.

    lora_adapter_metadata    PEFT's config of each part of a pipeline, as JSON:
                             "transformer.lora_alpha": 16 (diffusers, SimpleTuner)
    lora_alpha, alpha        one number for all modules (LightX2V)
    ss_network_alpha         the option of sd-scripts, whose own files have the tensors: not applied,
                             and noted

ComfyUI reads none of these and takes the scale 1 (its issue 15830); diffusers reads the first,
SGLang and LightX2V the others. The scale of the training counts: the header's alpha is applied,
and a note says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.foreign import is_number, json_value, quoted, shortened
from lorasurgery.formats._image.image_file import metadata_in
from lorasurgery.formats.peft.module_tensors import ValuePatterns

METADATA = "lora_adapter_metadata"
NUMBERS = ("lora_alpha", "alpha")
OPTION = "ss_network_alpha"
# Where a header has one of these, the scale is stated.
STATING = (METADATA, *NUMBERS)

# What PEFT's config calls the parts of a pipeline that other programs give other names.
PARTS: Mapping[str, tuple[str, ...]] = {
    "": ("transformer", "unet"),
    "diffusion_model": ("transformer", "unet"),
    "model": ("transformer", "unet"),
    "text_encoders": ("text_encoder",),
    "lora_unet": ("unet", "transformer"),
    "lora_transformer": ("transformer",),
    "lora_te": ("text_encoder",),
    "lora_te1": ("text_encoder",),
    "lora_te2": ("text_encoder_2",),
    "lora_te3": ("text_encoder_3",),
}
# Prefixes of names whose dots became underscores.
FLAT = ("lora_", "lycoris")


@dataclass(frozen=True)
class HeaderAlpha:
    """The scale in a file's header: a `number` for all modules, or PEFT's `config` by parts of a pipeline.

    `key` is where the header says so; `count` is how many modules have no alpha of their own.
    """

    path: Path
    key: str = ""
    count: int = 0
    number: float | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    option: str = ""

    @cached_property
    def patterns(self) -> ValuePatterns:
        """Compile the alphas by patterns of the config, once for all modules."""
        return ValuePatterns(self.config, f"{self.path}: {METADATA} in the header")

    def scale_of(self, part: str, name: str) -> Callable[[int], float | None]:
        """Return the scale of a module as a function of its rank; the function gives None without an alpha.

        Args:
            part: what the file calls the part of the pipeline (`transformer`, `diffusion_model`,
                `lora_te1`); empty for none.
            name: the module's path in that part.

        Raises:
            DamagedFileError: when called: the config is not one that PEFT reads.
            UnsupportedError: when called: it is for another method than LoRA, or for several other
                parts and not for this one.
        """
        return lambda rank: self._scale(part, name, rank)

    def settings_of(self, part: str) -> Mapping[str, Any]:
        """Return PEFT's config of one part; a model that was saved alone names no part."""
        whole = {key: value for key, value in self.config.items() if "." not in key}
        own = {key.removeprefix(f"{part}."): value for key, value in self.config.items()}
        return whole | {key: value for key, value in own.items() if "." not in key}

    def notes(self, scales: Iterable[float]) -> tuple[str, ...]:
        """Say what the user should know about scales that come from the header."""
        if not self.count or (all(scale == 1 for scale in scales) and not self.option):
            return ()
        if self.option:
            return (
                f"{self.path.name}: {self.count} modules have no alpha, so their scale is 1; {OPTION} = "
                f"{self.option} in the file's "
                "header is an option of the training and is not applied",
            )
        return (
            f"{self.path.name}: the scale of {self.count} modules follows from the alpha in the file's "
            f"header ({self.key}), "
            "which ComfyUI does not read: it takes the scale 1",
        )

    def _scale(self, part: str, name: str, rank: int) -> float | None:
        if self.number is not None:
            return self.number / rank if rank else 1.0
        spelling = self._spelling(part)
        settings = self.settings_of(spelling)
        alpha = self._alpha(settings, spelling, part, name)
        if alpha is None or not rank:
            return alpha and 1.0
        return alpha / (math.sqrt(rank) if settings.get("use_rslora") else rank)

    def _spelling(self, part: str) -> str:
        """Return the config's name of a part."""
        stated: list[str] = sorted({key.partition(".")[0] for key in self.config if "." in key})
        known = [each for each in (part, *PARTS.get(part, ())) if each in stated]
        if known or part not in PARTS:
            return known[0] if known else part
        if len(stated) < 2:
            return stated[0] if stated else part
        raise UnsupportedError(
            f"{self.path} has alphas in its header ({METADATA}) for the parts {', '.join(stated)}, and its "
            "modules are of "
            f"{part!r}: name the modules by those parts, or store an alpha for each."
        )

    def _alpha(self, settings: Mapping[str, Any], spelling: str, part: str, name: str) -> float | None:
        place = f"{part}.{name}" if part else name
        if settings.get("peft_type") not in (None, "LORA"):
            raise UnsupportedError(
                f"{self.path}: {place!r} has the method {settings['peft_type']}, and only LoRA is read "
                "here; merge it with diffusers."
            )
        default: float | None = settings.get("lora_alpha")
        if default is None:
            return None
        if not is_number(default):
            raise DamagedFileError(
                f"{self.path}: {METADATA} has an alpha that is not a number: {quoted(default)}."
            )
        if settings.get("alpha_pattern") and part.startswith(FLAT):
            raise UnsupportedError(
                f"{self.path}: {METADATA} has alphas by dotted names, and {name!r} has no dots: store an "
                "alpha for each module."
            )
        own = f"{spelling}.alpha_pattern"
        return self.patterns.value(own if own in self.config else "alpha_pattern", name, default)


def header_of(path: Path, modules: Mapping[str, Mapping[str, object]]) -> HeaderAlpha:
    """Read what a file's header says of the scales of its modules.

    Args:
        modules: the tensors of each module by what they are; those with an `alpha` go by that.

    Raises:
        DamagedFileError: the header has no number, or no config, where there should be one.
    """
    header = metadata_in(path)
    count = sum("alpha" not in parts for parts in modules.values())
    key = next((key for key in (*STATING, OPTION) if header.get(key)), None)
    if key is None:
        return HeaderAlpha(path)
    if key == METADATA:
        return HeaderAlpha(path, key, count, config=_config(path, header[key]))
    if not count:
        return HeaderAlpha(path)
    if key == OPTION:
        return HeaderAlpha(path, key, count, option=shortened(header[key]))
    return HeaderAlpha(path, key, count, _number(path, key, header[key]))


def _config(path: Path, text: str) -> Mapping[str, Any]:
    try:
        config = json_value(text)
    except ValueError as error:
        raise DamagedFileError(f"{path}: {METADATA} in the header is not valid JSON: {error}") from None
    if not isinstance(config, dict):
        raise DamagedFileError(f"{path}: {METADATA} in the header is not a JSON object.")
    return config


def _number(path: Path, key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not value:
        raise DamagedFileError(
            f"{path}: {key} in the header is {shortened(text)}, and an alpha is a finite number other than 0."
        )
    return value
