"""What the families of image and video models call their modules: one file per family.

A family's file says how its authors and ComfyUI name a module and how diffusers does; the folder is
the registry.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil

from lorasurgery.formats._image.families._family import Family


@functools.cache
def families() -> tuple[Family, ...]:
    """Load the tables of all families, by the names of their files."""
    names = sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_"))
    found: list[Family] = [importlib.import_module(f"{__name__}.{name}").FAMILY for name in names]
    return tuple(found)
