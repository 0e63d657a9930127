"""All spellings of a module's name: with wrappers of training, another prefix, or a text model
inside another.

    model.language_model.layers.0.mlp.up_proj    what a class calls it at run time
    language_model.model.layers.0.mlp.up_proj    what files and older classes call it: transformers'
                                                 own tables know (`conversion`)
    model.layers.0.mlp.up_proj                   what the text model calls it where it is a model of its own
    model.layers.0._orig_mod.mlp.up_proj         with the name of a wrapper that training put around a layer

Names are aligned by one rewriting for all: a prefix that is put on, taken off, or exchanged for
another one in front of the same numbered layers. Every verb and every format that looks for names
in a model asks here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from lorasurgery.text import number_in

# What torch.compile, FSDP, activation checkpointing, fairscale and Lightning call the module inside
# their wrapper.
WRAPPERS = frozenset(
    {
        "_orig_mod",
        "_fsdp_wrapped_module",
        "_checkpoint_wrapped_module",
        "_fpw_module",
        "_forward_module",
    }
)
# What DataParallel and DDP call it: a name that a model's own module may have as well, so that its
# place decides.
PARALLEL = "module"
WRAPPED_AS_TEXT = re.compile(rf"(?:{'|'.join(sorted(WRAPPERS))})(?:\\?\.|_)")

Place = TypeVar("Place", bound=Hashable)


def unwrapped(name: str, known: Container[str] = ()) -> str:
    """A name without those of wrappers, wherever they stand.

    `module` counts as one in front, and behind `model`, a layer's number or another wrapper.

    Args:
        known: names that are a model's own, and stay as they are.
    """
    if name in known or ("module" not in name and "_orig_mod" not in name):  # one of them is in all
        return name
    kept: list[str] = []
    after_wrapper = True
    for part in name.split("."):
        is_wrapper = part in WRAPPERS or (part == PARALLEL and after_wrapper)
        after_wrapper = is_wrapper or part == "model" or part.isdigit()
        if not is_wrapper:
            kept.append(part)
    return ".".join(kept)


def unwrapped_text(text: str) -> str:
    """Return a pattern, the end of a name, or a name with underscores for dots, without the names
    of wrappers.
    """
    return re.sub(rf"^{PARALLEL}\\?\.", "", WRAPPED_AS_TEXT.sub("", text))


def unwrapped_model(names: Iterable[str]) -> dict[str, str]:
    """Map all names of a model without a known class to names without wrappers, unless two would
    become one.

    `module` counts as a wrapper where all names begin with it: only then nothing of the model's own
    can be called so.
    """
    found = {name: ".".join(part for part in name.split(".") if part not in WRAPPERS) for name in names}
    while found and all(name.startswith(f"{PARALLEL}.") for name in found.values()):
        found = {name: plain.removeprefix(f"{PARALLEL}.") for name, plain in found.items()}
    return found if len(set(found.values())) == len(found) else {name: name for name in found}


@dataclass(frozen=True)
class Rewriting:
    """One prefix in the place of another; empty strings put one on or take one off."""

    old: str = ""
    new: str = ""

    def __call__(self, name: str) -> str:
        return self.new + name.removeprefix(self.old) if name.startswith(self.old) else name

    @property
    def inverse(self) -> Rewriting:
        return Rewriting(self.new, self.old)

    @property
    def is_exchange(self) -> bool:
        """Whether both sides have a prefix of their own."""
        return bool(self.old and self.new)

    def note(self, theirs: str, ours: str) -> str:
        """Say what was aligned; nothing where nothing was."""
        if self.is_exchange:
            return f"{theirs} names begin with '{self.old}', {ours} with '{self.new}'"
        if self.old:
            return f"{theirs} names have the prefix '{self.old}', {ours} lack it"
        return f"{theirs} names lack the prefix '{self.new}', {ours} have it" if self.new else ""


def best_rewritings(
    names: Collection[str], known: Iterable[str], place: Callable[[str], Place | None]
) -> list[Rewriting]:
    """Return the rewritings by which most of the names are found in a model.

    Each puts them in other places; names as they are come first.

    Args:
        names: those that are looked for.
        known: names that the model has, to take prefixes from.
        place: where the model has a name, if it has it; a name that has no place once rewritten is
            tried as it is.
    """

    asked = _ends(names)

    def places(rewriting: Rewriting) -> dict[str, Place]:
        found = {name: place(rewriting(name)) or place(name) for name in asked}
        return {name: where for name, where in found.items() if where is not None}

    plain = places(Rewriting())
    if len(plain) == len(asked):
        return [Rewriting()]
    candidates = [Rewriting(), *_candidates(names, known)]
    placed = {rewriting: places(rewriting) for rewriting in candidates}
    most = max(map(len, placed.values()))
    best: dict[frozenset[tuple[str, Place]], Rewriting] = {}
    for rewriting, found in placed.items():
        if len(found) == most:
            best.setdefault(frozenset(found.items()), rewriting)
    return [Rewriting()] if len(plain) == most else list(best.values())


def _ends(names: Iterable[str]) -> list[str]:
    """Return the first and last of all names that differ only in numbers, which stand for all of them."""
    alike: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for name in names:
        alike[_mask(name)][name] = _numbers(name)
    ends = [end(found, key=found.__getitem__) for found in alike.values() for end in (min, max)]
    return list(dict.fromkeys(ends))


def _numbers(name: str) -> list[int]:
    return [number for part in name.split(".") if (number := number_in(part)) is not None]


def _candidates(names: Iterable[str], known: Iterable[str]) -> list[Rewriting]:
    """All rewritings that may help, the shortest prefixes first."""
    theirs, ours = _masked(names), _masked(known)
    found = {Rewriting(old, "") for old in _firsts(theirs)} | {Rewriting("", new) for new in _firsts(ours)}
    by_rest: Mapping[str, set[str]] = defaultdict(set)
    for name in ours:
        for prefix, rest in cuts(name):
            by_rest[rest].add(prefix)
    for name in theirs:
        for prefix, rest in cuts(name):
            found |= {Rewriting(prefix, new) for new in by_rest.get(rest, ()) if _may_be(prefix, new, rest)}
    found.discard(Rewriting())
    return sorted(found, key=lambda each: (each.is_exchange, len(each.old + each.new), each.old, each.new))


def _may_be(old: str, new: str, rest: str) -> bool:
    """Whether a prefix may stand for another in front of the same rest.

    Two prefixes are exchanged in front of a list of layers alone: of a lone `dense.weight` it would
    mean nothing.
    """
    if "#" in old + new:
        return False
    is_exchange = bool(old and new)
    return not is_exchange or ("#" in rest.split(".")[1:] and old.split(".")[-2] != new.split(".")[-2])


def _masked(names: Iterable[str]) -> set[str]:
    return {_mask(name) for name in names}


def _mask(name: str) -> str:
    """A name with `#` for every number: those of all layers are one."""
    return ".".join("#" if part.isdecimal() else part for part in name.split("."))


def _firsts(names: Iterable[str]) -> set[str]:
    """The first parts of dotted names, and the first two: `model.`, `base_model.model.`."""
    split = [name.split(".") for name in names if "." in name]
    firsts = {f"{parts[0]}." for parts in split}
    pairs = {f"{parts[0]}.{parts[1]}." for parts in split if len(parts) > 2}
    return {prefix for prefix in firsts | pairs if "#" not in prefix}


def cuts(name: str) -> list[tuple[str, str]]:
    """All ways to cut a dotted name in two: `a.b.c` -> (``, `a.b.c`), (`a.`, `b.c`), (`a.b.`, `c`)."""
    dots = [0, *(dot.end() for dot in re.finditer(r"\.", name))]
    return [(name[:end], name[end:]) for end in dots]
