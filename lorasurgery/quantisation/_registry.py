"""The formats: every file of the folder whose name does not start with `_`, sorted by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

from lorasurgery.quantisation import comfyui, fp8
from lorasurgery.quantisation._module import Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight


class QuantisedFormat(Protocol):
    """What the file of a format of quantised weights has."""

    def weights(self, module: Module, stated: Stated, /) -> Iterator[QuantisedWeight]: ...


@cache
def formats() -> tuple[QuantisedFormat, ...]:
    """Import all formats, sorted by name."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    names = sorted(each.name for each in found if each.name[0] != "_")
    return tuple(importlib.import_module(f"{__package__}.{name}") for name in names)


def formats_for(module: Module) -> tuple[QuantisedFormat, ...]:
    """List the formats that a module may be in.

    A module that ComfyUI marks has ComfyUI's own order of scales and may be rotated; only its own
    readers know them.
    """
    if not module.marked:
        return formats()
    return (fp8,) if module.marked in fp8.MARKS else (comfyui,)
