"""OpenCLIP's layers in all-in-one checkpoints, for files that name and cut them as transformers does.

conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight    Stable Diffusion XL
    text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj, k_proj, v_proj
"""

from __future__ import annotations

import dataclasses
import re

from lorasurgery.adapter import Adapter, Host
from lorasurgery.formats._image.families.open_clip import FAMILY
from lorasurgery.formats._image.flat_names import flattened
from lorasurgery.formats._image.image_file import ModuleFactors, adapter_of, renamed_host
from lorasurgery.formats._image.pipeline import in_pipeline, open_clip
from lorasurgery.formats._image.renaming import Reading, renamed
from lorasurgery.formats._module_rules import PACKED_PROJECTION
from lorasurgery.formats._module_rules import module_refusal as refusal_of_peft

OWNER = re.compile(r"(conditioner\.embedders\.\d+|cond_stage_model)\.model\.")
SECOND = "conditioner.embedders.1."


def module_refusal(host: Host, path: str) -> str | None:
    """Say why a LoRA file cannot have factors for a module; it has them for OpenCLIP's packed projections."""
    return None if open_clip(path) and path.endswith(PACKED_PROJECTION) else refusal_of_peft(host, path)


def open_clip_apart(adapter: Adapter) -> Adapter:
    """Give OpenCLIP's layers transformers' names, with queries, keys and values apart.

    An adapter with a layer that the table does not know stays as it is.
    """
    inside = {path: _inside(path) for path in adapter.modules if open_clip(path)}
    places = {path: FAMILY.find(flattened(rest), "original") for path, rest in inside.items()}
    known = {path: place for path, place in places.items() if place is not None}
    if not known or len(known) < len(places):
        return adapter
    found = {
        path: ModuleFactors(factors, None if adapter.is_vector(path) else adapter.host.kernels.get(path, ()))
        for path, factors in adapter.modules.items()
    }
    kept = {path: in_pipeline(path, adapter.host) or path for path in found if path not in known}
    modules = {new: found[path] for path, new in kept.items()}
    for part, is_second in (("text_encoder", False), ("text_encoder_2", True)):
        group = {path: found[path] for path in known if path.startswith(SECOND) == is_second}
        reading = Reading(FAMILY, "original", {path: known[path] for path in group})
        modules |= {f"{part}.{name}": each for name, each in renamed(group, reading, "diffusers").items()}
    built = adapter_of(modules, None, "")
    host = renamed_host(built, adapter, kept)
    return dataclasses.replace(adapter, host=host, modules=built.modules, nested=None)


def _inside(path: str) -> str:
    """Return the name inside of OpenCLIP; attention itself stands for its packed projection."""
    rest = OWNER.sub("", path)
    return f"{rest}{PACKED_PROJECTION}" if rest.endswith(".attn") else rest
