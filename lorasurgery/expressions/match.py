"""An expression compiled to steps, each from the positions before an item to those after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.expressions.letters import Letter, is_word, letter_test
from lorasurgery.expressions.subject import Subject, TooManyStepsError, bits_of, positions_of
from lorasurgery.expressions.words import Word, Words, words_of
from lorasurgery.foreign import shortened

# So many words are looked for one after the other; more are looked up.
FEW_WORDS = 50
FLAGS = re.UNICODE | re.IGNORECASE | re.DOTALL | re.VERBOSE
# Positions before -> positions after, as bits.
Step = Callable[[int, Subject], int]


@dataclass(frozen=True)
class Expression:
    """A regular expression that asks whether a name matches."""

    text: str
    step: Step

    def hits(self, name: str) -> bool:
        """Whether the expression matches the whole name.

        Raises:
            UnsupportedError: it takes too many steps to find out.
        """
        subject = Subject(name)
        try:
            return bool(self.step(1, subject) >> len(name) & 1)
        except (TooManyStepsError, RecursionError):
            raise UnsupportedError(
                f"The expression {shortened(self.text)!r} takes too long to match against "
                f"{shortened(name)!r}; "
                "list the modules by name instead."
            ) from None


@lru_cache(maxsize=20_000)
def compiled(text: str) -> Expression:
    """Compile an expression.

    Raises:
        ValueError: it is none, or needs what only going back can find.
    """
    tree = parsed(text)
    try:
        return Expression(text, _sequence(tree, tree.state.flags))
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def parsed(text: str) -> Any:
    """Python's own syntax tree of an expression.

    Raises:
        ValueError: it is none, or is nested too deep.
    """
    try:
        re.compile(text)
        return _parser.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"it is not a regular expression: {error}") from None


def _sequence(items: Any, flags: int) -> Step:
    steps: list[Step] = []
    for are_letters, group in groupby(items, lambda item: item[0] is code.LITERAL):
        if are_letters and not flags & re.IGNORECASE:
            steps.append(_one_of(["".join(chr(value) for _, value in group)]))
        else:
            steps += [_item(kind, value, flags) for kind, value in group]

    def run(bits: int, subject: Subject) -> int:
        for step in steps:
            subject.count()
            bits = step(bits, subject)
            if not bits:
                break
        return bits

    return run


def _item(kind: Any, value: Any, flags: int) -> Step:
    """The step of one item of a syntax tree.

    Raises:
        ValueError: it is not understood here.
    """
    if flags & ~FLAGS:
        raise ValueError(f"its flags are not understood here: {re.RegexFlag(flags & ~FLAGS)!r}")
    letter = letter_test(kind, value, flags)
    if letter is not None:
        return lambda bits, subject: (bits & subject.where(letter)) << 1
    if kind is code.SUBPATTERN:
        _, added, removed, inner = value
        return _sequence(inner, (flags | added) & ~removed)
    if kind is code.BRANCH:
        words = None if flags & (re.IGNORECASE | re.DOTALL) else words_of([(kind, value)])
        if words and not any(word.start for word in words):
            return _words(words)
        return _branch([_sequence(each, flags) for each in value[1]])
    if kind in (code.MAX_REPEAT, code.MIN_REPEAT):
        least, most, inner = value
        only = letter_test(inner[0][0], inner[0][1], flags) if len(inner) == 1 else None
        most = None if most is code.MAXREPEAT else most
        return _repeat(_sequence(inner, flags), least, most, only)
    if kind is code.AT:
        return _anchor(value)
    if kind in (code.ASSERT, code.ASSERT_NOT):
        direction, inner = value
        step = _sequence(inner, flags)
        return _assertion(step, kind is code.ASSERT, is_ahead=direction > 0)
    raise ValueError(f"{str(kind).lower()} is not understood here")


def _branch(steps: list[Step]) -> Step:
    def run(bits: int, subject: Subject) -> int:
        after = 0
        for step in steps:
            after |= step(bits, subject)
        return after

    return run


def _repeat(step: Step, least: int, most: int | None, only: Letter | None) -> Step:
    """Repeats of a step; of one letter (`only`) without an upper limit, all at once."""

    def run(bits: int, subject: Subject) -> int:
        # After more repeats than the name has letters, another one changes nothing.
        for _ in range(min(least, len(subject.text) + 1)):
            bits = step(bits, subject)
        if only is not None and most is None:
            return _spread(bits, subject.where(only))
        after = new = bits
        for _ in range(len(subject.text) + 1 if most is None else most - least):
            new = step(new, subject) & ~after
            if not new:
                break
            after |= new
        return after

    return run


def _spread(bits: int, mask: int) -> int:
    """Continue from each position over the letters of a mask: a sum carries over a run of ones."""
    inside = bits & mask
    return bits | ((inside + mask) ^ mask) | inside


def _anchor(where: Any) -> Step:
    def run(bits: int, subject: Subject) -> int:
        if where in (code.AT_BEGINNING, code.AT_BEGINNING_STRING):
            return bits & 1
        end = 1 << len(subject.text)
        if where is code.AT_END_STRING:
            return bits & end
        if where is code.AT_END:
            return bits & (end | (end >> 1 if subject.text.endswith("\n") else 0))
        words = subject.where(is_word)
        boundaries = (words ^ (words << 1)) & subject.everywhere
        return bits & (boundaries if where is code.AT_BOUNDARY else ~boundaries)

    return run


def _assertion(step: Step, wanted: bool, *, is_ahead: bool) -> Step:
    def run(bits: int, subject: Subject) -> int:
        if is_ahead:
            found = bits_of(i for i in positions_of(bits) if step(1 << i, subject))
        else:  # of a fixed width, so that each position is the end of one attempt alone
            found = bits & step(subject.everywhere, subject)
        return found if wanted else bits & ~found

    return run


def _one_of(words: list[str]) -> Step:
    def run(bits: int, subject: Subject) -> int:
        after = 0
        for word in words:
            after |= (bits & subject.starts(word)) << len(word)
        return after

    return run


def _words(words: list[Word]) -> Step:
    if len(words) <= FEW_WORDS and not any(word.dots for word in words):
        return _one_of([word.text for word in words])
    lookup = Words((word, None) for word in words)

    def run(bits: int, subject: Subject) -> int:
        after = 0
        for start in positions_of(bits):
            subject.count(len(lookup.by_shape))
            after |= bits_of(start + length for length, _ in lookup.at(subject.text, start))
        return after

    return run
