"""Name modules as a base's files do, where a server goes by these names.

    model.layers.0.mlp.experts.3.gate_proj  ->  model.layers.0.block_sparse_moe.experts.3.w1
    model.vision_tower.encoder.layers.0     ->  vision_tower.vision_model.encoder.layers.0

transformers renames some modules while it loads a file, and servers do not: the experts of Mixtral and
its like, and the towers of models that see. An adapter that was trained today has transformers' names.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.surgery.base.weights import BaseWeights
from lorasurgery.surgery.conversion.runtime_profiles import Profile
from lorasurgery.surgery.conversion.served_modules import unserved

EXPERT = re.compile(r"(?P<layer>.+\.layers\.\d+)\.(?P<owner>[\w.]+\.experts)\.(?P<number>\d+)\.(?P<part>\w+)")
# What the parts of an expert are called in files, by what transformers calls them.
IN_FILES: Mapping[str, str] = {"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}


def named_as_served(
    adapter: Adapter, profile: Profile, base: Checkpoint | None, weights: BaseWeights | None
) -> tuple[Adapter, list[str]]:
    """The adapter with names that its server finds, and what was renamed.

    Experts get the names of the base's files; so does any other module that the server does not find by
    the name that it has, and finds by that of the file.

    Args:
        base: the model that is served; without it no name is changed.
        weights: where the adapter's modules are in that base.
    """
    if not profile.target.names_as_stored or base is None:
        return adapter, []
    adapter, notes = named_as_stored(adapter, base)
    names = {
        path: name for path in unserved(adapter, profile, base) if (name := _in_file(adapter, path, weights))
    }
    if names:
        lost = unserved(_renamed(adapter, names), profile, base)
        names = {path: name for path, name in names.items() if name not in lost}
    return _renamed(adapter, names), [*notes, *_note(names, "module", "modules")]


def named_as_stored(adapter: Adapter, base: Checkpoint) -> tuple[Adapter, list[str]]:
    """The adapter with its single experts under the names of a base's files, and what was renamed."""
    owners = dict(_owners(base.tensors))
    names = {path: new for path in adapter.modules if (new := _stored(path, owners)) != path}
    return _renamed(adapter, names), _note(names, "expert's module", "experts' modules")


def _renamed(adapter: Adapter, names: Mapping[str, str]) -> Adapter:
    if not names:
        return adapter
    modules = {names.get(path, path): factors for path, factors in adapter.modules.items()}
    # The rules of formats know a model's modules by its class's names, which the server does not have.
    host = dataclasses.replace(
        adapter.host,
        modules=tuple(names.get(path, path) for path in adapter.host.modules),
        kinds={names.get(path, path): kind for path, kind in adapter.host.kinds.items()},
    )
    return dataclasses.replace(adapter, host=host, modules=dict(sorted(modules.items())))


def _note(names: Mapping[str, str], one: str, several: str) -> list[str]:
    if not names:
        return []
    first, have = min(names), f"1 {one} has" if len(names) == 1 else f"{len(names)} {several} have"
    return [f"{have} the names of the base's files ({first!r} is {names[first]!r})"]


def _in_file(adapter: Adapter, path: str, weights: BaseWeights | None) -> str | None:
    """What the base's file calls a linear module; None where that is the same, or no tensor of its own."""
    if weights is None or path not in adapter.modules or adapter.host.kinds.get(path) == "embedding":
        return None
    located = weights.names.weight_of(path)
    whole = located.layout.whole if located is not None else None
    name = whole.tensor.removesuffix(".weight") if whole is not None else path
    return name if name != path else None


def _owners(tensors: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Which module holds the experts of a layer, of files that name their parts otherwise."""
    for name in tensors:
        match = EXPERT.fullmatch(name.removesuffix(".weight"))
        if match is not None and match["part"] in IN_FILES.values():
            yield match["layer"], match["owner"]


def _stored(path: str, owners: Mapping[str, str]) -> str:
    match = EXPERT.fullmatch(path)
    if match is None or match["layer"] not in owners or match["part"] not in IN_FILES:
        return path
    return f"{match['layer']}.{owners[match['layer']]}.{match['number']}.{IN_FILES[match['part']]}"
