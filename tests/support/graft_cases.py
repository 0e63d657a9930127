"""Graphs with an adapter grafted into them, made once for all tests, and how far from torch they may be."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Relative to the largest output; seen: 7e-7.
CLOSE = 1e-5
EXPORTERS = {"dynamo": True, "torchscript": False}


@dataclass(frozen=True)
class Case:
    """A model, its checkpoint, an adapter on it, and the graph of the bare model by each exporter."""

    name: str
    model: Any
    adapted: Any
    base: Path
    adapter: Path
    graphs: dict[str, Path]


def copied(graph: Path, folder: Path) -> Path:
    """A graph and its data in a folder of its own, to be damaged."""
    shutil.copytree(graph.parent, folder)
    return folder / graph.name
