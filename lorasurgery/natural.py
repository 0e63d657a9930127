"""Numbers within names: layer 2 comes before layer 10, whatever else a name may have for a number."""

from __future__ import annotations

import re

# Layers and experts have a few digits. Names come from files, and Python takes no integer of some thousand digits from a text.
MAX_DIGITS = 18


def number_in(part: str) -> int | None:
    """The number that a part of a name is; None where it is none, or one that counts nothing."""
    return int(part) if part.isdecimal() and len(part) <= MAX_DIGITS else None


def natural_key(name: str) -> list[tuple[int, str]]:
    """A key that sorts layer 2 before layer 10, and numbers among the words of one place first by their value."""
    numbers = [(number_in(part), part) for part in re.split(r"[.\[\]]", name)]
    return [(0, part) if number is None else (number, "") for number, part in numbers]
