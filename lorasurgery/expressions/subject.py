"""A name that is matched: where each kind of letter is in it, and how many steps it may still take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

# Unsloth's own expression takes about 60 for a name; a second or so of work is the end.
MAX_STEPS = 200_000


class TooManyStepsError(Exception):
    """An expression and a name that keep each other busy."""


class Subject:
    """A name that is matched, with the positions where each kind of letter stands, and a count of steps."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.everywhere = (1 << len(text) + 1) - 1
        self.steps = 0
        self.masks: dict[object, int] = {}

    def count(self, steps: int = 1) -> None:
        # An integer of many bits takes its time as well.
        self.steps += steps * (1 + len(self.text) // 1000)
        if self.steps > MAX_STEPS:
            raise TooManyStepsError

    def starts(self, word: str) -> int:
        """The positions where a word stands."""
        if word not in self.masks:
            self.count()
            self.masks[word] = bits_of(_occurrences(word, self.text))
        return self.masks[word]

    def where(self, is_letter: Callable[[str], bool]) -> int:
        """The positions of the letters that are of a kind."""
        if is_letter not in self.masks:
            self.count(1 + len(self.text) // 10)
            self.masks[is_letter] = bits_of(i for i, letter in enumerate(self.text) if is_letter(letter))
        return self.masks[is_letter]


def bits_of(positions: Iterable[int]) -> int:
    bits = 0
    for position in positions:
        bits |= 1 << position
    return bits


def _occurrences(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def positions_of(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
