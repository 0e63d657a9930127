"""Names of weights as vLLM's WeightsMapper renames them, from the tables that its classes state.

Source: vLLM 0.33.0 (4ba787ec9), `vllm/model_executor/models/utils.py`, `WeightsMapper._map_name`:
expressions, then parts, then stacked parts, then prefixes, then suffixes; each is replaced once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Renamings = Mapping[str, Sequence[tuple[str, str]]]


def renamed(name: str, tables: Renamings, *, stacked: bool = False) -> str:
    """Rename one weight.

    Args:
        stacked: also put projections into the packed ones that the server has, which is done with
            the weights of a base and not with those of an adapter.
    """
    for pattern, new in tables.get("regex", ()):
        name = re.sub(pattern, new, name)
    for old, new in tables.get("substr", ()):
        name = name.replace(old, new, 1)
    for old, new in tables.get("stacked", ()) if stacked else ():
        name = name.replace(old, new, 1)
    for old, new in tables.get("prefix", ()):
        if name.startswith(old):
            name = name.replace(old, new, 1)
    for old, new in tables.get("suffix", ()):
        if name.endswith(old):
            name = new.join(name.rsplit(old, 1))
    return name
