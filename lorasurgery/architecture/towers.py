"""The parts of a model that also sees or hears: its text model and its other towers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any

from lorasurgery.architecture.value import Architecture, owner

# What configs of several models call that of the text model.
TEXT_CONFIGS = ("text_config", "llm_config", "language_config")


def has_towers(config: Mapping[str, Any]) -> bool:
    """Return whether a config describes a text model and others next to it."""
    return any(isinstance(config.get(key), Mapping) for key in TEXT_CONFIGS)


def text_model(architecture: Architecture) -> str:
    """Return the module that holds the token table, the embedding with the most rows; the root is ""."""
    tables = [each for each in architecture.parameters.values() if each.kind == "embedding"]
    largest = max(tables, key=lambda each: each.shape[0], default=None)
    return owner(largest.module) if largest is not None else ""


def towers(modules: Iterable[str]) -> dict[str, str]:
    """Return the tower of each module that is in one: the first part of its path in which layers differ.

    `model.vision_tower.encoder.layers.0.mlp` lies in `model.vision_tower`; a head beside the towers
    lies in none.
    """
    modules = list(modules)
    stems = [_stem(path) for path in modules if any(part.isdigit() for part in path.split("."))]
    shared = [first for first, *_ in takewhile(lambda parts: len(set(parts)) == 1, zip(*stems, strict=False))]
    split = [path.split(".") for path in modules]
    return {
        ".".join(parts): ".".join(parts[: len(shared) + 1])
        for parts in split
        if parts[: len(shared)] == shared and len(parts) > len(shared)
    }


def _stem(path: str) -> list[str]:
    """What stands in front of a path's first number."""
    return list(takewhile(lambda part: not part.isdigit(), path.split(".")))
