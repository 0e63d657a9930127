"""Text for people: shapes, shares, lists of names, foreign errors, and names in reading order.

Every message, screen and model card says these things in the same way because it says them with
these functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# How many offenders a message names before it counts the others.
SHOWN = 3
# Enough for an operator or a field with its values; torch's exporter goes on for pages.
MOST_LETTERS = 400
TRACEBACK = "Traceback (most recent call last):"
# Layers and experts have a few digits. Names come from files, and Python takes no integer of some
# thousand digits from a text.
MAX_DIGITS = 18


def times(shape: Sequence[int]) -> str:
    """Return a shape as `64×160`; a shape without dimensions is a single number."""
    return "×".join(map(str, shape)) or "a single number"


def listed(names: Iterable[str]) -> str:
    """Return the first names and a count of the others: `'a', 'b', 'c' and 4 more`."""
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def percent(share: float) -> str:
    """Return a share as `97.1 %`, with more digits where one would round it up to a whole: `99.998 %`."""
    if 0 < share < 0.0005:
        return "<0.1 %"
    for digits in (1, 2, 3, 4):
        if round(100 * share, digits) < 100:
            return f"{100 * share:.{digits}f} %"
    return "100 %"


def in_percent(share: float) -> str:
    """Return a share with two digits: `1.8 %`, `0.042 %`; what is nearly a whole has more, `99.8 %`."""
    if 0.995 <= share < 1:
        return percent(share)
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"


def ranks_in_words(ranks: Iterable[int]) -> str:
    """Return `rank 4`, or `ranks 1–16` where they differ."""
    found = sorted(set(ranks))
    if not found:
        return "no ranks"
    return f"rank {found[0]}" if len(found) == 1 else f"ranks {found[0]}–{found[-1]}"


def counted(number: int, noun: str) -> str:
    """Return `1 module`, `2 modules`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """Return the text with everything that does not print (line ends, escape codes) as Python escapes."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def reason_of(error: BaseException) -> str:
    """Return the first line of a foreign error, or its class if it is empty.

    Lines that the first one announces by a colon are joined to it. Of a traceback, as servers send one, only
    its last line is told.
    """
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    if TRACEBACK in lines:
        lines = [*lines[: lines.index(TRACEBACK)], lines[-1]]
    sentence = lines[:1]
    for line in lines[1:]:
        if not sentence[-1].endswith(":"):
            break
        sentence.append(line)
    reason = " ".join(sentence).rstrip(".:") or type(error).__name__
    return reason if len(reason) <= MOST_LETTERS else f"{reason[:MOST_LETTERS]}..."


def innermost(error: BaseException) -> BaseException:
    """Return the error that all the others were raised from."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def number_in(part: str) -> int | None:
    """Return the number that a part of a name spells, or None if it is not an index."""
    return int(part) if part.isdecimal() and len(part) <= MAX_DIGITS else None


def natural_key(name: str) -> list[tuple[int, str]]:
    """Return a sort key by which layer 2 comes before layer 10, and numbers before words."""
    numbers = [(number_in(part), part) for part in re.split(r"[.\[\]]", name)]
    return [(0, part) if number is None else (number, "") for number, part in numbers]
