"""Name single experts as a base's files do, where a server goes by these names.

    model.layers.0.mlp.experts.3.gate_proj  ->  model.layers.0.block_sparse_moe.experts.3.w1

transformers has renamed the experts of Mixtral and its like while it loads them, and servers have not.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import Checkpoint

EXPERT = re.compile(r"(?P<layer>.+\.layers\.\d+)\.(?P<owner>[\w.]+\.experts)\.(?P<number>\d+)\.(?P<part>\w+)")
# What the parts of an expert are called in files, by what transformers calls them.
IN_FILES: Mapping[str, str] = {"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}


def named_as_stored(adapter: Adapter, base: Checkpoint) -> tuple[Adapter, list[str]]:
    """The adapter with its single experts under the names of a base's files, and what was renamed."""
    owners = dict(_owners(base.tensors))
    names = {path: new for path in adapter.modules if (new := _stored(path, owners)) != path}
    if not names:
        return adapter, []
    modules = {names.get(path, path): factors for path, factors in adapter.modules.items()}
    first = min(names)
    note = f"{len(names)} experts' modules have the names of the base's files ({first!r} is {names[first]!r})"
    return dataclasses.replace(adapter, modules=dict(sorted(modules.items()))), [note]


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
