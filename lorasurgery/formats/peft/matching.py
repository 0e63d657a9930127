r"""How PEFT finds modules by name, and the shortest names that find exactly the wanted ones.

PEFT (0.21.2) matches names in four ways:

- `target_modules`, `target_parameters`: an entry hits the name itself and every name that ends in
  `.entry`; a string instead of a list is a regular expression for the whole name
  (`tuners_utils.check_target_module_exists`);
- `rank_pattern`, `alpha_pattern`: keys are regular expressions, `re.match(rf"(.*\.)?({key})$",
  name)`, the first one to match wins, in the order of the file, which PEFT sorts
  (`other.get_pattern_key`);
- `modules_to_save`, `trainable_token_indices`: an entry hits every name that ends in it, *in
  mid-word too*: `norm` hits `input_layernorm` (`other._set_trainable`);
- `modules_to_save` again: each entry, read as a regular expression, keeps LoRA out of every module
  that has it as a whole part of its path, and so out of the module's children
  (`tuners_utils.check_target_module_exists`).

Here every name that is written hits only what it was written for, and neither order nor luck is
involved.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from lorasurgery.expressions import ANYWHERE, WHOLE, Word, Words, compiled, last_word, parsed, words_of

Default = TypeVar("Default", float, None)

# More patterns than this are joined, a value each: PEFT compiles every pattern again for every
# module once Python's cache of 512 compiled expressions overflows, and an adapter with a thousand
# patterns takes minutes to load.
MAX_SINGLE_PATTERNS = 200


def suffixes(name: str) -> tuple[str, ...]:
    """List the dotted suffixes of a name, shortest first: `c`, `b.c`, `a.b.c`."""
    parts = name.split(".")
    return tuple(".".join(parts[start:]) for start in reversed(range(len(parts))))


def own_suffixes(
    wanted: Collection[str], others: Iterable[str], least_parts: int = 1
) -> dict[str, str | None]:
    """Find for each wanted name the shortest suffix that no other name has; None where there is none.

    Suffixes of fewer than `least_parts` parts are not used, nor any that start with a layer's
    number, which nobody can read.
    """
    taken = {suffix for name in others for suffix in suffixes(name)}

    def usable(suffix: str, name: str) -> bool:
        readable = suffix.count(".") + 1 >= least_parts and not suffix.split(".")[0].isdigit()
        return suffix not in taken and (readable or suffix == name)

    return {name: next((s for s in suffixes(name) if usable(s, name)), None) for name in wanted}


def suffix_hits(entries: Collection[str], names: Iterable[str]) -> set[str]:
    """Simulate `target_modules`: return the names that a list of entries hits."""
    lookup = set(entries)
    return {name for name in names if not lookup.isdisjoint(suffixes(name))}


def target_names(wanted: Collection[str], names: Collection[str], least_parts: int = 1) -> list[str] | str:
    """Name modules in as few words as PEFT understands: a list of suffixes, or one regular expression.

    `names` are all names of the model. The expression is only for a name that is itself a suffix of
    an unwanted one.
    """
    unwanted = set(names).difference(wanted)
    found = own_suffixes(wanted, unwanted, least_parts)
    entries = sorted({suffix for suffix in found.values() if suffix is not None})
    if None in found.values():
        expression = "|".join(re.escape(name) for name in sorted(wanted))
        assert {name for name in names if re.fullmatch(expression, name)} == set(wanted)
        return expression
    assert suffix_hits(entries, names) == set(wanted), (
        f"target_modules {entries} hit more or less than {wanted}"
    )
    return entries


def value_patterns(values: Mapping[str, float]) -> tuple[float, dict[str, float]]:
    """Split a value per name into the commonest value, and patterns for names that have another one."""
    counts = Counter(values.values())
    default = min(counts, key=lambda value: (-counts[value], value))
    by_value: dict[float, list[str]] = defaultdict(list)
    for name, value in values.items():
        by_value[value].append(name)
    patterns = {
        value: _patterns_for(names, values.keys() - set(names))
        for value, names in by_value.items()
        if value != default
    }
    if sum(map(len, patterns.values())) > MAX_SINGLE_PATTERNS:
        patterns = {value: [f"({'|'.join(several)})"] for value, several in patterns.items()}
    written = {pattern: value for value, several in patterns.items() for pattern in several}
    read = read_patterns(written, default)
    assert all(read(name) == value for name, value in values.items()), (
        f"{written} means something else to PEFT"
    )
    return default, written


def _patterns_for(names: Collection[str], others: Iterable[str]) -> list[str]:
    # Dots are escaped: unescaped, `layers.1` also means `layers_1`.
    found = own_suffixes(names, others)
    return sorted({f"^{re.escape(name)}" if own is None else re.escape(own) for name, own in found.items()})


def value_pattern(key: str) -> str:
    """Return the expression that PEFT makes of a key of `rank_pattern`."""
    return rf"(.*\.)?({key})$"


def is_plain(key: str) -> bool:
    """Whether a key is a plain name, which matches itself as an expression."""
    return re.fullmatch(r"[\w.-]*", key) is not None


def read_patterns(patterns: Mapping[str, float], default: Default) -> Callable[[str], float | Default]:
    """Simulate `rank_pattern`: return the function from a module to the value that PEFT reads for it.

    Keys are looked up by what they end in, and the time grows with the names and not with their
    square.

    Raises:
        ValueError: a key is not an expression that can be followed.
    """
    keys = sorted(patterns)
    words = [(word, index, other) for index, key in enumerate(keys) for word, other in _ends(key)]
    lookup = Words((word, (index, word.start, other)) for word, index, other in words)

    def read(name: str) -> float | Default:
        hits = sorted(
            (index, other)
            for length, (index, start, other) in lookup.ending(name)
            if _may_begin(name, length, start)
        )
        first = next((index for index, other in hits if not other or compiled(other).hits(name)), None)
        return default if first is None else patterns[keys[first]]

    return read


def _ends(key: str) -> Iterator[tuple[Word, str]]:
    """List the words that a name hit by a key may end in, each with a further expression that must hit it."""
    tree: Any = ()
    if is_plain(key):
        yield Word(key, tuple(i for i, letter in enumerate(key) if letter == ".")), ""
        return
    with suppress(ValueError):  # where it is one only within PEFT's parentheses
        tree = parsed(key)
    words = words_of(tree) if tree and tree.state.flags == re.UNICODE else None
    if words is not None:
        yield from ((word, "") for word in words)
    else:
        yield last_word(tree), compiled(value_pattern(key)).text


def _may_begin(name: str, length: int, start: str) -> bool:
    """Whether a word of this length at the end of a name begins where PEFT's expression allows it."""
    if length == len(name) or start == ANYWHERE:
        return True
    return start != WHOLE and name[len(name) - length - 1] == "."


def ending_in(names: Iterable[str]) -> Callable[[str], list[str]]:
    """Index names by their ends: return the function that lists names ending in a text, even in mid-word."""
    backwards = sorted(name[::-1] for name in names)

    def find(ending: str) -> list[str]:
        start = bisect_left(backwards, ending[::-1])
        stop = bisect_left(backwards, ending[::-1] + chr(0x10FFFF))
        return [name[::-1] for name in backwards[start:stop]]

    return find


def keeps_out(entry: str, name: str) -> bool:
    """Simulate the other side of `modules_to_save`: whether an entry keeps LoRA out of the module `name`."""
    return re.match(rf"(^|.*\.){entry}($|\..*)", name) is not None


def savable(wanted: Collection[str], names: Collection[str], adapted: Collection[str]) -> set[str]:
    """Find the wanted modules that `modules_to_save` can name by full path without hitting others.

    `names` are all modules, `adapted` those with LoRA. An entry that hits a wanted neighbour is
    fine, as long as that neighbour stays, so the set shrinks until nothing changes.
    """
    find = ending_in([*names, *_names_inside(adapted)])
    # An entry is also read as a regular expression.
    kept = _without_adapted({name for name in wanted if re.fullmatch(r"[\w.]+", name)}, adapted)
    while True:
        exact = {name for name in kept if kept.issuperset(find(name))}
        if exact == kept:
            return kept
        kept = exact


def _without_adapted(entries: set[str], adapted: Collection[str]) -> set[str]:
    # Inside a module that LoRA wraps, names are no longer what they were.
    inside = tuple(f"{name}." for name in adapted)
    entries = {entry for entry in entries if not entry.startswith(inside)}
    # One expression for all entries finds out quickly that no module is concerned, which is the
    # common case.
    concerned = [name for name in adapted if keeps_out(f"(?:{'|'.join(sorted(entries))})", name)]
    return {entry for entry in entries if not any(keeps_out(entry, name) for name in concerned)}


def _names_inside(adapted: Iterable[str]) -> list[str]:
    # PEFT looks for modules_to_save when LoRA is in place already, and finds its own modules too.
    inside = ("base_layer", "lora_dropout.default", "lora_A.default", "lora_B.default", "lora_A", "lora_B")
    return [f"{name}.{child}" for name in adapted for child in inside]
