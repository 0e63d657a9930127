"""How a call of the command line ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """The exit code, and what was said."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]
