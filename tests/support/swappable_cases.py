"""Swappable graphs of two adapters, made once for all tests, and how far from torch they may be."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from lorasurgery.errors import (
    SurgeryError,
)
from lorasurgery.onnx.swappable import swappable
from lorasurgery.onnx.swapping.report import SwapReport
from support import exported_graphs as g
from support import swappable_graphs as s
from support.shared_folders import Shared

# Relative to the largest output; seen: 1e-6.
CLOSE = 1e-5
# What an adapter must change at least for its absence to be noticed.
VISIBLE = 0.05


@dataclass
class Case:
    """A family's bare graph, PEFT's two models and their folders, `one` and `two`."""

    name: str
    model: Any
    graph: Path
    folder: Path
    adapted: dict[str, Any]

    @property
    def adapters(self) -> list[str]:
        return [str(self.folder / name) for name in self.adapted]

    @cached_property
    def report(self) -> SwapReport:
        """Of the graph with both adapters, in `out`, which nobody writes to."""
        return swappable(self.graph, self.adapters, self.folder / "out")

    @property
    def out(self) -> Path:
        return Path(self.report.output)


class Cases:
    """One of each, made when it is first asked for."""

    def __init__(self, make: Callable[[str], Path], shared: Shared) -> None:
        self.make, self.shared = make, shared
        self.made: dict[tuple[str, bool], Case] = {}

    def __call__(self, name: str, *, dynamo: bool = True) -> Case:
        key = (name, dynamo)
        if key not in self.made:
            folder, model = self.make(name), g.built(name)
            adapted = {
                each: g.adapted(name, model, folder / each, config, seed)
                for seed, (each, config) in enumerate(zip(("one", "two"), s.configs(name), strict=True))
            }
            shutil.copytree(g.exported_once(name, self.shared, dynamo=dynamo).parent, folder / "in")
            self.made[key] = Case(name, model, folder / "in" / "model.onnx", folder, adapted)
        return self.made[key]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refused(kind: type[SurgeryError], words: str, out: Path, *args: Any, **options: Any) -> None:
    """Nothing is left behind, and the message has the words."""
    with pytest.raises(kind, match=words):
        swappable(*args, out, **options)
    assert not out.exists()
    assert not out.with_name(f"{out.name}.partial").exists()
