"""Shapes and lists of names, as messages put them."""

from __future__ import annotations

from collections.abc import Sequence

# How many offenders a message names before it counts the others.
SHOWN = 3


def times(shape: Sequence[int]) -> str:
    """`64×160`; a shape without dimensions is a single number."""
    return "×".join(map(str, shape)) or "a single number"


def listed(names: Sequence[str]) -> str:
    """`'a', 'b', 'c' and 4 more`."""
    shown = ", ".join(repr(name) for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
