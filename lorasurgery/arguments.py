"""Arguments as callers write them, read as the command line reads them.

`"4"` is 4, `"40kB"` is a number of bytes, and one name is a list of one. Whatever else is given is
refused in one line that speaks of the argument by its name.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence

from lorasurgery.errors import NotACheckpointError, UnsupportedError
from lorasurgery.paths import StrPath, expanded

# An adapter as callers give it: its name, with a weight after a colon where that is not 1; or the
# name and the weight as a pair.
Given = StrPath | tuple[StrPath, float]

WEIGHT = re.compile(r"(?P<name>.+):(?P<weight>[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?)", re.DOTALL)
UNITS = {
    "": 1,
    "B": 1,
    **{
        f"{prefix}{end}": 10 ** (3 * power)
        for power, prefix in enumerate("KMGT", start=1)
        for end in ("", "B")
    },
    **{
        f"{prefix}I{end}": 2 ** (10 * power)
        for power, prefix in enumerate("KMGT", start=1)
        for end in ("", "B")
    },
}


def several(given: StrPath | Iterable[str], name: str) -> tuple[str, ...]:
    """Return words or names as a tuple; a single one is a list of one, and not of its letters.

    Raises:
        UnsupportedError: it is something else, or something else stands among them.
    """
    if not isinstance(given, str | os.PathLike | Iterable):
        raise UnsupportedError(f"{name} is a list of names, and not {given!r}.")
    words = [given] if isinstance(given, str | os.PathLike) else list(given)
    for word in words:
        if not isinstance(word, str | os.PathLike):
            raise UnsupportedError(f"{name} is a list of names, and {word!r} in it is not one.")
    return tuple(os.fspath(word) for word in words)


def adapters_of(given: Given | Iterable[Given]) -> tuple[Given, ...]:
    """Return adapters as a tuple: one name or one pair is a list of one, a mapping is its pairs.

    Raises:
        UnsupportedError: it is none of these.
    """
    if isinstance(given, Mapping):
        return tuple(given.items())
    if not isinstance(given, str | os.PathLike | Iterable):
        raise UnsupportedError(f"adapters is a list of names, and not {given!r}.")
    if isinstance(given, str | os.PathLike) or _is_pair(given):
        return (given,)  # type: ignore[return-value]  # an iterable that is a pair is one adapter
    return tuple(given)  # type: ignore[arg-type]


def _is_pair(given: object) -> bool:
    return (
        isinstance(given, tuple)
        and len(given) == 2
        and isinstance(given[0], str | os.PathLike)
        and isinstance(given[1], int | float)
    )


def split_weight(given: Given) -> tuple[str, float]:
    """Split `adapter:0.5` or `("adapter", 0.5)` into name and weight; the weight is 1 by default.

    A path that exists is a path, whatever stands after its last colon.

    Raises:
        UnsupportedError: no name, or a weight that is not a finite number.
    """
    if not isinstance(given, str | os.PathLike):
        if not _is_pair(given):
            raise UnsupportedError(
                f"{given!r} is not an adapter; one is a name, 'name:0.5', or the pair ('name', 0.5)."
            )
        return os.fspath(given[0]), _finite(float(given[1]), str(given))
    text = os.fspath(given)
    if _exists(text):
        return text, 1.0
    found = WEIGHT.fullmatch(text)
    if found is not None:
        return found["name"], _finite(float(found["weight"]), text)
    name, colon, number = text.rpartition(":")
    if colon and not name:
        raise UnsupportedError(f"No adapter is named before {text!r}; write ADAPTER{text}.")
    if colon and _exists(name):
        raise UnsupportedError(f"{number!r} in {text!r} is not a weight; one is a number, as in {name}:0.5.")
    return text, 1.0


def _exists(name: str) -> bool:
    try:
        return bool(name) and expanded(name).exists()
    except (OSError, NotACheckpointError):  # a name that no file can have, an address of nothing
        return False


def _finite(weight: float, text: str) -> float:
    if not math.isfinite(weight):
        raise UnsupportedError(f"The weight in {text!r} is not a finite number.")
    return weight


def _number(given: object) -> float:
    """What a number or its text says; NaN for everything else."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return math.nan
    try:
        return float(given)
    except (ValueError, OverflowError):
        return math.nan


def whole(given: object, name: str) -> int | None:
    """A whole number from 1 on, also as `"4"` or 4.0.

    Raises:
        UnsupportedError: it is something else.
    """
    if given is None:
        return None
    number = _number(given)
    if not number.is_integer() or number < 1:
        raise UnsupportedError(f"{name} is a whole number from 1 on, and not {given!r}.")
    return int(number)


def real(given: object, name: str) -> float | None:
    """A finite number, also as a string.

    Raises:
        UnsupportedError: it is something else.
    """
    if given is None:
        return None
    number = _number(given)
    if not math.isfinite(number):
        raise UnsupportedError(f"{name} is a number, and not {given!r}.")
    return number


def share(given: object, name: str) -> float | None:
    """A number from 0 to 1, also as a string.

    Raises:
        UnsupportedError: it is something else.
    """
    number = real(given, name)
    if number is not None and not 0 <= number <= 1:
        raise UnsupportedError(f"{name} is a share from 0 to 1, and not {number:g}.")
    return number


def nbytes_of(given: object, name: str) -> int | None:
    """A number of bytes from 1 on, also as `"40kB"`.

    Raises:
        UnsupportedError: it is something else.
    """
    if given is None or not isinstance(given, str):
        return whole(given, name)
    return whole(parse_size(given), name)


def one_of(given: str, allowed: Sequence[str], name: str) -> str:
    """A word, if it is one of those allowed.

    Raises:
        UnsupportedError: it is none of them.
    """
    if given not in allowed:
        raise UnsupportedError(f"{name} is {' or '.join(allowed)}, and not {given!r}.")
    return given


def parse_size(text: str) -> int:
    """Read `30MB`, `1.5 GiB`, `20k` or `2000000` as bytes.

    Raises:
        UnsupportedError: it is not a size.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    nbytes = float(match[1]) * UNITS.get(match[2].upper(), math.inf) if match else math.inf
    if nbytes == math.inf:
        raise UnsupportedError(f"{text!r} is not a size; one looks like 30MB, 1.5GiB, 20k or 2000000.")
    return int(nbytes)
