"""The formats: every file of the folder whose name does not start with `_`, sorted by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

from lorasurgery.quantisation._module import Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight


class Format(Protocol):
    """What a format's file has; `MARKS`, where it has them, are ComfyUI's words for what it reads."""

    def weights(self, module: Module, stated: Stated, /) -> Iterator[QuantisedWeight]: ...


@cache
def formats() -> tuple[Format, ...]:
    """All formats."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    names = sorted(each.name for each in found if each.name[0] != "_")
    return tuple(importlib.import_module(f"{__package__}.{name}") for name in names)
