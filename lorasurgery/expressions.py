"""Regular expressions out of files, matched in bounded time.

Python's `re` goes back and tries again, so that sixty letters such as `(([a-z.])+)+$x` keep it busy for ever, and nothing
stops it. Here all positions that an expression can have reached in a name are followed at once, as the bits of one integer
(Thompson, "Regular Expression Search Algorithm", 1968), under a limit of steps. Only whether a name matches is asked, so
greedy and lazy repeats are the same. Python's own parser reads the expression, so the syntax is that of `re`, but for what
needs going back: references to groups, conditions, atomic groups and possessive repeats are not understood.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, product
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.foreign import shortened

# Unsloth's own expression takes about 60 for a name; a second or so of work is the end.
MAX_STEPS = 200_000
# So many words are looked for one after the other; more are looked up.
FEW_WORDS = 50
FLAGS = re.UNICODE | re.IGNORECASE | re.DOTALL | re.VERBOSE


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
                f"The expression {shortened(self.text)!r} takes too long to match against {shortened(name)!r}; "
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
            self.masks[word] = _bits(_occurrences(word, self.text))
        return self.masks[word]

    def where(self, is_letter: Callable[[str], bool]) -> int:
        """The positions of the letters that are of a kind."""
        if is_letter not in self.masks:
            self.count(1 + len(self.text) // 10)
            self.masks[is_letter] = _bits(i for i, letter in enumerate(self.text) if is_letter(letter))
        return self.masks[is_letter]


# Positions before -> positions after, as bits.
Step = Callable[[int, Subject], int]
Letter = Callable[[str], bool]


def _bits(positions: Iterable[int]) -> int:
    bits = 0
    for position in positions:
        bits |= 1 << position
    return bits


def _occurrences(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _positions(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


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
    letter = _letter(kind, value, flags)
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
        only = _letter(inner[0][0], inner[0][1], flags) if len(inner) == 1 else None
        most = None if most is code.MAXREPEAT else most
        return _repeat(_sequence(inner, flags), least, most, only)
    if kind is code.AT:
        return _anchor(value)
    if kind in (code.ASSERT, code.ASSERT_NOT):
        direction, inner = value
        step = _sequence(inner, flags)
        return _assertion(step, kind is code.ASSERT, is_ahead=direction > 0)
    raise ValueError(f"{str(kind).lower()} is not understood here")


def _letter(kind: Any, value: Any, flags: int) -> Letter | None:
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


def _anything(letter: str) -> bool:
    return True


def _not_a_line_break(letter: str) -> bool:
    return letter != "\n"


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _not(test: Letter) -> Letter:
    return lambda letter: not test(letter)


CATEGORIES: dict[Any, Letter] = {
    code.CATEGORY_DIGIT: str.isdecimal,
    code.CATEGORY_SPACE: str.isspace,
    code.CATEGORY_WORD: _is_word,
    code.CATEGORY_NOT_DIGIT: _not(str.isdecimal),
    code.CATEGORY_NOT_SPACE: _not(str.isspace),
    code.CATEGORY_NOT_WORD: _not(_is_word),
}


def _either_case(test: Letter, flags: int) -> Letter:
    if not flags & re.IGNORECASE:
        return test
    return lambda letter: test(letter) or test(letter.lower()) or test(letter.upper())


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
    """Go on from each position over the letters of a mask, as far as they reach: a sum carries over a run of ones."""
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
        words = subject.where(_is_word)
        boundaries = (words ^ (words << 1)) & subject.everywhere
        return bits & (boundaries if where is code.AT_BOUNDARY else ~boundaries)

    return run


def _assertion(step: Step, wanted: bool, *, is_ahead: bool) -> Step:
    def run(bits: int, subject: Subject) -> int:
        if is_ahead:
            found = _bits(i for i in _positions(bits) if step(1 << i, subject))
        else:  # of a fixed width, so that each position is the end of one attempt alone
            found = bits & step(subject.everywhere, subject)
        return found if wanted else bits & ~found

    return run


# How a word may begin: with the name's own beginning (`^`), or anywhere in it (`.*`). Neither is a letter.
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
        for start in _positions(bits):
            subject.count(len(lookup.by_shape))
            after |= _bits(start + length for length, _ in lookup.at(subject.text, start))
        return after

    return run


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
