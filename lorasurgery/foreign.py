"""The bytes of files that others made, on their way to becoming values.

A parser raises whatever comes to hand over a damaged or hostile file, and believes every size that
the file states. Two rules hold for every reader here: `reading` turns any exception into one line
that names the file, and what a file says of itself (a size, a count, a depth) is believed only as
far as its own bytes go.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lorasurgery.errors import DamagedFileError, SurgeryError, UnreadableError
from lorasurgery.remote import bring
from lorasurgery.text import printable, reason_of

# As many as a safetensors header may have; the index of the largest public model has a tenth.
MAX_JSON_BYTES = 100_000_000
# Configs have about five levels. Python's own limit is too late: what is read just below it cannot
# be written or compared.
MAX_DEPTH = 100
# Python writes no integer of more digits.
MAX_DIGITS = 4300
# transformers' spelling of the floats that JSON does not have
# (`PreTrainedConfig._decode_special_floats`).
FLOAT_KEY = "__float__"
SPECIAL_FLOATS = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}


@contextmanager
def reading(path: Path | str, what: str = "") -> Iterator[None]:
    """Turn any exception that a parser raises over a file into one line that names the file.

    Errors of ours pass unchanged, as do a lack of memory, an absent package, and a system error
    that names its file.

    Args:
        what: what the file was read as, with its article: "a PyTorch checkpoint".

    Raises:
        UnreadableError: for a system error that does not.
        DamagedFileError: for everything else.
    """
    try:
        yield
    except (SurgeryError, MemoryError, ImportError):
        raise
    except Exception as error:
        purpose = f" as {what}" if what else ""
        if isinstance(error, OSError) and error.errno is not None:
            if error.filename is not None:
                raise
            raise UnreadableError(f"{path} cannot be read{purpose}: {error.strerror}.") from None
        raise DamagedFileError(
            f"{path} cannot be read{purpose}: {type(error).__name__}: {reason_of(error)}."
        ) from None


def json_of(path: Path) -> Any:
    """Read a JSON file, with transformers' spelling of infinities and NaN; of a repeated name the
    last counts.

    Raises:
        DamagedFileError: it is not JSON, or no program can mean what it says: see `json_value`.
    """
    bring(path)
    nbytes = path.stat().st_size
    if nbytes > MAX_JSON_BYTES:
        raise DamagedFileError(f"{path} has {nbytes} bytes, too many for JSON of this kind.")
    try:
        return json_value(path.read_bytes().decode("utf-8"), has_special_floats=True)
    except ValueError as error:
        raise DamagedFileError(f"{path} is not valid JSON: {error}") from None


def json_value(text: str, *, has_special_floats: bool = False) -> Any:
    """The value of a JSON text.

    Args:
        has_special_floats: whether transformers wrote it, whose spelling of infinities and NaN is
            decoded then.

    Raises:
        ValueError: it is not JSON, is nested deeper than 100 levels, or has an integer of more than
            4300 digits or half of a surrogate pair, which UTF-8 cannot spell.
    """

    def integer(digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            at = text.find(digits)
            place = " ".join(text[max(0, at - 40) : at + 10].split())
            raise ValueError(f"a number has {len(digits)} digits, at {place}...")
        return int(digits)

    try:
        value = json.loads(text, parse_int=integer, object_hook=_decoded if has_special_floats else None)
    except RecursionError:
        raise ValueError(_too_deep()) from None
    _check_depth(value)
    if "\\u" in text:
        check_letters(value)
    return value


def _decoded(content: dict[str, Any]) -> Any:
    tag = content.get(FLOAT_KEY)
    is_special = len(content) == 1 and isinstance(tag, str) and tag in SPECIAL_FLOATS
    return SPECIAL_FLOATS[tag] if is_special and tag is not None else content


def with_special_floats(value: Any) -> Any:
    """The same value with infinities and NaN as transformers spells them in a config."""
    if isinstance(value, Mapping):
        return {key: with_special_floats(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_special_floats(each) for each in value]
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return {FLOAT_KEY: "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise ValueError(_too_deep())


def _too_deep() -> str:
    return f"it is nested deeper than {MAX_DEPTH} levels"


def _inside(value: Any) -> list[Any]:
    """The lists and objects in a list or an object."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, list | dict)]


def check_letters(value: Any) -> None:
    """Check that every text in a value out of JSON is one that UTF-8 can spell.

    Raises:
        ValueError: one has half of a surrogate pair, which JSON's escapes can spell.
    """
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a text in it has half of a surrogate pair, which UTF-8 cannot spell") from None


def is_number(value: object) -> bool:
    """Whether a value is a number that a float holds: neither a truth value, nor NaN, nor infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def shortened(text: str, letters: int = 120) -> str:
    """Return a name or value of a file for a message: on one line, and cut in the middle if it is long."""
    if len(text) > letters:
        half = (letters - 3) // 2
        text = f"{text[:half]}...{text[-half:]}"
    return printable(text)


def quoted(value: object, letters: int = 120) -> str:
    """Return a value of a file as Python writes it, shortened; however large it is, the rest is
    never formatted.
    """
    return shortened(_BRIEF.repr(value), letters)


class _Brief(reprlib.Repr):
    """`reprlib` with room for what a message quotes, and integers of any length."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 200
        self.maxlevel = 4

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002 - as reprlib calls it
        return repr(x) if x.bit_length() <= 256 else f"an integer of {x.bit_length()} bits"


_BRIEF = _Brief()
