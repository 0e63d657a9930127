"""What the user asks of a swappable export, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.arguments import Given
from lorasurgery.paths import StrPath


@dataclass(frozen=True)
class SwapRequest:
    """Which adapters become inputs of which graph, as the user said it; `base` is the checkpoint
    of the graph, if known.
    """

    model: str
    adapters: tuple[Given, ...]
    output: StrPath | None
    base: str | None
    experts_order: str | None
    atol: float
    verify: bool
    force: bool
