"""Tests of one letter: classes, categories, either case."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import _constants as code  # type: ignore[attr-defined]
from typing import Any

Letter = Callable[[str], bool]


def letter_test(kind: Any, value: Any, flags: int) -> Letter | None:
    """The test of one letter, for an item that is one."""
    if kind is code.ANY:
        return _anything if flags & re.DOTALL else _not_a_line_break
    if kind is code.LITERAL:
        return _either_case(chr(value).__eq__, flags)
    if kind is code.NOT_LITERAL:
        return _not(_either_case(chr(value).__eq__, flags))
    if kind is code.IN:
        negated = value[0][0] is code.NEGATE
        tests = [_of_class(*each) for each in value[negated:]]
        one_of = _either_case(lambda letter: any(test(letter) for test in tests), flags)
        return _not(one_of) if negated else one_of
    return None


def _of_class(kind: Any, value: Any) -> Letter:
    if kind is code.LITERAL:
        return chr(value).__eq__
    if kind is code.RANGE:
        return lambda letter: value[0] <= ord(letter) <= value[1]
    return CATEGORIES[value]


def _anything(_: str) -> bool:
    return True


def _not_a_line_break(letter: str) -> bool:
    return letter != "\n"


def is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _not(test: Letter) -> Letter:
    return lambda letter: not test(letter)


CATEGORIES: dict[Any, Letter] = {
    code.CATEGORY_DIGIT: str.isdecimal,
    code.CATEGORY_SPACE: str.isspace,
    code.CATEGORY_WORD: is_word,
    code.CATEGORY_NOT_DIGIT: _not(str.isdecimal),
    code.CATEGORY_NOT_SPACE: _not(str.isspace),
    code.CATEGORY_NOT_WORD: _not(is_word),
}


def _either_case(test: Letter, flags: int) -> Letter:
    if not flags & re.IGNORECASE:
        return test
    return lambda letter: test(letter) or test(letter.lower()) or test(letter.upper())
