"""A run that is done in parts, and joined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lorasurgery import assemble


def in_parts(verb: Callable[..., Any], *inputs: Any, output: Path, count: int = 3, **options: Any) -> None:
    """Run all parts of a verb, the last one first, and join them."""
    for index in range(count, 0, -1):
        verb(*inputs, output, part=f"{index}/{count}", **options)
    assemble(output)
