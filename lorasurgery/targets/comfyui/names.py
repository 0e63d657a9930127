"""The names under which ComfyUI finds the modules of a diffusion model in a LoRA file.

For every model: `diffusion_model.` and the original name, `lora_unet_` and that name without dots. For the
families in the facts also diffusers' names, after the beginnings that stand there. A UNet's attention has
`.processor.` before `to_q` in these, and lacks the `.0` after `to_out`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lorasurgery.formats._image.families._family import Family
from lorasurgery.formats._image.flat_names import flattened


def names_in_files(
    modules: Iterable[str], family: Family | None, rules: Mapping[str, Any]
) -> dict[str, tuple[str, int, int]]:
    """Map every name of a module in a file to its original name, which part of it, and of how many."""
    found: dict[str, tuple[str, int, int]] = {}
    for module in modules:
        whole = (module, 0, 1)
        found[f"diffusion_model.{module}"] = found[f"lora_unet_{flattened(module)}"] = whole
        place = family.find(flattened(module), "original") if family is not None else None
        if place is None:
            continue
        count = len(place.rule.diffusers)
        for part in range(count):
            for name in _of_diffusers(place.path("diffusers", part), rules):
                found.setdefault(name, (module, part, count))
    return found


def _of_diffusers(name: str, rules: Mapping[str, Any]) -> Iterator[str]:
    for beginning in rules["flat"]:
        yield beginning + flattened(name)
    if rules["attention"] and ".to_" in name:
        name = name.replace(".to_", f".{rules['attention']}.to_").removesuffix(".0")
    for beginning in rules["dotted"]:
        yield beginning + name
