"""How one matrix and its parts are called, as the user says it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lorasurgery.errors import UnsupportedError

PRESETS = {
    "qkv": ("qkv_proj=q_proj,k_proj,v_proj",),
    "gate_up": ("gate_up_proj=gate_proj,up_proj",),
    "experts": (
        "experts.gate_up_proj=gate_proj,up_proj",
        "experts.down_proj=down_proj",
        "experts.gate_up_proj=gate_up_projs",
        "experts.down_proj=down_projs",
    ),
}
TAKES_TURNS = "query_key_value"


@dataclass(frozen=True)
class Packing:
    """One matrix and its parts from top to bottom.

    `whole` is the end of a module's path, `parts` are the names of modules next to it, `rows` those
    that the user gave. The parts of expert 3 of stacked experts are `3.part`, next to the whole.
    `preset` is the word that stands for several packings, some of which may match nothing.
    """

    whole: str
    parts: tuple[str, ...]
    rows: tuple[int | None, ...]
    preset: str = ""

    @property
    def text(self) -> str:
        return f"{self.whole}={','.join(self.parts)}"


def parse(texts: Iterable[str]) -> list[Packing]:
    """Read `qkv`, `gate_up`, `experts`, or `whole=part[:rows],part[:rows],…`.

    Raises:
        UnsupportedError: it is none of these.
    """
    return [
        dataclasses.replace(_parse_one(line), preset=text if text in PRESETS else "")
        for text in texts
        for line in PRESETS.get(text, (text,))
    ]


def _parse_one(text: str) -> Packing:
    whole, equals, listed = text.partition("=")
    found = [re.fullmatch(r"([\w.]+)(?::(\d+))?", part.strip()) for part in listed.split(",")]
    if not whole or not equals or not all(found):
        raise UnsupportedError(
            f"{text!r} is not a packing; one is {', '.join(PRESETS)}, or looks like "
            "qkv_proj=q_proj:2048,k_proj:512,v_proj:512."
        )
    if whole.rpartition(".")[2] == TAKES_TURNS:
        raise UnsupportedError(
            f"In {TAKES_TURNS} the rows of queries, keys and values take turns, head by head; it is not "
            "packed or split."
        )
    parts = [match for match in found if match]
    return Packing(
        whole.strip(),
        tuple(match[1] for match in parts),
        tuple(int(match[2]) if match[2] else None for match in parts),
    )
