"""What the names of a base leave open: its family, where it is a part of a model and has no config."""

from __future__ import annotations

from lorasurgery.adapter import Adapter
from lorasurgery.formats._image.flat_names import flattened
from lorasurgery.formats._image.pipeline import in_pipeline, stated_class
from lorasurgery.formats._image.renaming import readings


def doubt_of(adapter: Adapter) -> list[str]:
    """Say which families of diffusers have the names that a base's modules have by the authors' naming, too.

    A whole model has modules that only one family has; a part of one, without a config, may be of several.
    """
    paths = {path: in_pipeline(path, adapter.host) or "" for path in adapter.host.kinds}
    names = {
        path: flattened(whole.partition(".")[2])
        for path, whole in paths.items()
        if whole.startswith("diffusion_model.") and whole.endswith(f".{path}")
    }
    if not names or stated_class(adapter.host):
        return []
    found = readings(names)
    ours = sorted({each.family.name for each in found if each.naming == "original"})
    others = sorted({each.family.name for each in found if each.naming == "diffusers"} - {*ours})
    if not ours or not others:
        return []
    return [
        f"the base's names are those of {' or '.join(ours)}, and diffusers' for {' or '.join(others)}: they "
        "are taken for the former; give the base as a folder with its config.json if it is another"
    ]
