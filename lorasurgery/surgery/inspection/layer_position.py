"""Find the layer of a module, and its kind within the layer, from its path.

model.layers.3.self_attn.q_proj     layer model.layers.3, kind self_attn.q_proj
down_blocks.0.attentions.1.to_q     layer down_blocks.0,  kind attentions.*.to_q
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# What a row of a table may be.
GROUPINGS = ("layer", "kind", "module")
NUMBER = re.compile(r"\b\d+\b")


@dataclass(frozen=True)
class LayerPosition:
    """A module's layer and kind.

    `layer` is the path through its first number, "" outside of all layers; `kind` is what follows,
    with other numbers as stars.
    """

    layer: str
    kind: str


def place_of(path: str) -> LayerPosition:
    """Split a path at its first number."""
    parts = path.split(".")
    first = next((i for i, part in enumerate(parts) if part.isdigit()), None)
    if first is None or first == len(parts) - 1:
        return LayerPosition("", _starred(path))
    return LayerPosition(".".join(parts[: first + 1]), _starred(".".join(parts[first + 1 :])))


def _starred(name: str) -> str:
    return NUMBER.sub("*", name)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Shorten dotted names to the last parts that tell them apart.

    `q_proj`, but `attention.output.dense` where there is an `output.dense` too.
    None begins with a number or a star, but for a name that is nothing else.

    A name that ends as another does in full keeps all its parts.
    """
    names = list(dict.fromkeys(names))
    found = {}
    for name in names:
        parts = name.split(".")
        # A number alone says nothing: `to_out.*`, and not `*`.
        endings = (
            ".".join(parts[-count:])
            for count in range(1, len(parts) + 1)
            if parts[-count] != "*" and not parts[-count].isdigit()
        )
        found[name] = next(
            (end for end in endings if sum(_ends_with(other, end) for other in names) == 1), name
        )
    return found


def _ends_with(name: str, end: str) -> bool:
    return name == end or name.endswith(f".{end}")
