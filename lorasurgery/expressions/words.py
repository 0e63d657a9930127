"""Expressions that spell words: looked up in a table, not tried one after the other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from re import _constants as code  # type: ignore[attr-defined]
from typing import Any

# How a word may begin: with the name's own beginning (`^`), or anywhere in it (`.*`). Neither is a
# letter.
WHOLE, ANYWHERE = "^ ", ".*"


@dataclass(frozen=True)
class Word:
    """A text in which some positions (`dots`) stand for any letter; `start` is WHOLE, ANYWHERE or nothing."""

    text: str
    dots: tuple[int, ...] = ()
    start: str = ""


class Words:
    """Many words, each with a value, found in a name by looking up and not by trying one after the other."""

    def __init__(self, words: Iterable[tuple[Word, Any]]) -> None:
        self.by_shape: dict[tuple[int, tuple[int, ...]], dict[str, list[Any]]] = defaultdict(dict)
        for word, value in words:
            shape = (len(word.text), word.dots)
            self.by_shape[shape].setdefault(_masked(word.text, word.dots), []).append(value)

    def at(self, name: str, start: int) -> Iterator[tuple[int, Any]]:
        """The lengths and values of the words that stand at a position."""
        for (length, dots), values in self.by_shape.items():
            piece = name[start : start + length]
            if len(piece) == length and "\n" not in [piece[i] for i in dots]:
                for value in values.get(_masked(piece, dots), ()):
                    yield length, value

    def ending(self, name: str) -> Iterator[tuple[int, Any]]:
        """The lengths and values of the words that a name ends in."""
        for (length, dots), values in self.by_shape.items():
            piece = name[len(name) - length :]
            if len(name) >= length and "\n" not in [piece[i] for i in dots]:
                for value in values.get(_masked(piece, dots), ()):
                    yield length, value


def _masked(text: str, dots: tuple[int, ...]) -> str:
    if not dots:
        return text
    letters = list(text)
    for i in dots:
        letters[i] = "."
    return "".join(letters)


def words_of(tree: Any) -> list[Word] | None:
    """The words that a syntax tree means, where it means not many more than it spells; None for any other."""
    items = list(tree)
    if items and items[-1] == (code.AT, code.AT_END):
        items.pop()
    texts = _spelled(items)
    words = [_word(letters) for letters in texts or ()]
    return None if texts is None or None in words else [word for word in words if word is not None]


def last_word(tree: Any) -> Word:
    """The letters that everything ends in which a syntax tree matches; they stand anywhere."""
    letters: Spelled = []
    if tree and tree.state.flags == re.UNICODE:
        for kind, value in reversed(list(tree)):
            if kind not in (code.LITERAL, code.ANY):
                break
            letters.append(chr(value) if kind is code.LITERAL else None)
    word = _word(letters[::-1])
    assert word is not None, "letters alone"
    return Word(word.text, word.dots, ANYWHERE)


# Letters, None for any letter, and the two beginnings.
Spelled = list[str | None]
MAX_LETTERS = 10_000_000


def _word(letters: Spelled) -> Word | None:
    start = letters[0] if letters and letters[0] in (WHOLE, ANYWHERE) else ""
    rest = letters[1:] if start else letters
    if WHOLE in rest or ANYWHERE in rest:
        return None
    dots = tuple(i for i, letter in enumerate(rest) if letter is None)
    return Word("".join("." if letter is None else letter for letter in rest), dots, start or "")


def _spelled(items: Any) -> list[Spelled] | None:
    found: list[Spelled] = [[]]
    for kind, value in items:
        each = _choices(kind, value)
        # Several choices one after the other multiply.
        if each is None or (len(each) > 1 and len(found) > 1 and len(each) * len(found) > 100):
            return None
        if len(each) == 1:
            for letters in found:
                letters += each[0]
        else:
            found = [first + second for first, second in product(found, each)]
        if len(found) * len(found[0]) > MAX_LETTERS:
            return None
    return found


def _choices(kind: Any, value: Any) -> list[Spelled] | None:
    if kind is code.LITERAL:
        return [[chr(value)]]
    if kind is code.ANY:
        return [[None]]
    if kind is code.IN and all(each is code.LITERAL for each, _ in value):
        return [[chr(letter)] for _, letter in value]
    if kind is code.SUBPATTERN and not value[1] and not value[2]:
        return _spelled(value[3])
    if kind is code.BRANCH:
        texts = [_spelled(branch) for branch in value[1]]
        known = [each for each in texts if each is not None]
        return [letters for each in known for letters in each] if len(known) == len(texts) else None
    if kind in (code.MAX_REPEAT, code.MIN_REPEAT):
        return _repeated(*value)
    return [[WHOLE]] if (kind, value) == (code.AT, code.AT_BEGINNING) else None


def _repeated(least: int, most: int, inner: Any) -> list[Spelled] | None:
    if (least, most) == (0, code.MAXREPEAT) and list(inner) == [(code.ANY, None)]:
        return [[ANYWHERE]]
    once = _spelled(inner) if (least, most) == (0, 1) else None
    return None if once is None else [[], *once]
