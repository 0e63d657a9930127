"""A family of models: a table of its modules' names, original and in diffusers.

    "double_blocks.#.img_attn.qkv": Fused("transformer_blocks.#.attn.", ("to_q", "to_k", "to_v"))

`#` is a number; other numbers stand for themselves. Original names are those of the authors'
checkpoints, which ComfyUI has too. A name is found with its dots or with underscores in their
place, and only as a whole.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from lorasurgery.formats._image.flat_names import flattened

Naming = Literal["original", "diffusers"]
# A number of its own, or that of a `block3`.
NUMBER = re.compile(r"(?:(?<=_)|(?<=_block))(?:\d+|#)(?=_|$)")


@dataclass(frozen=True)
class Fused:
    """Modules of diffusers that are one module in the original, one below the other.

    Attributes:
        owner: what all their names begin with.
        parts: how their names go on, from the top.
        square: how many of them have as many rows as columns, by default all; the others share the
            rest alike.
        ratio: the rows of each other part by its columns, where nothing else tells them.
    """

    owner: str
    parts: tuple[str, ...]
    square: int | None = None
    ratio: float = 1.0


@dataclass(frozen=True)
class Swapped:
    """A module of diffusers whose two halves are in the other order (shift and scale).

    With a `ratio`, only where it has so many times as many rows as columns.
    """

    name: str
    ratio: float | None = None


@dataclass(frozen=True)
class Rule:
    """One module of the original, and what it is in diffusers; see `Fused` and `Swapped`."""

    original: str
    diffusers: tuple[str, ...]
    square: int = 0
    ratio: float = 1.0
    is_swapped: bool = False
    swapped_ratio: float | None = None

    @property
    def is_fused(self) -> bool:
        return len(self.diffusers) > 1

    def swaps(self, shape: tuple[int, ...] | None) -> bool:
        """Whether the halves of a module of this shape are swapped."""
        if not self.is_swapped or self.swapped_ratio is None or shape is None:
            return self.is_swapped
        return math.isclose(shape[0], self.swapped_ratio * shape[1])

    def templates(self, naming: Naming) -> tuple[str, ...]:
        """Return its names in one naming."""
        return (self.original,) if naming == "original" else self.diffusers


@dataclass(frozen=True)
class Place:
    """A module of a model: the rule that it goes by, the numbers in its name, and which part it is."""

    rule: Rule
    numbers: tuple[str, ...]
    part: int = 0

    def path(self, naming: Naming, part: int = 0) -> str:
        """Return the module's dotted name; `part` is which of several in diffusers."""
        numbers = iter(self.numbers)
        return re.sub("#", lambda _: next(numbers), self.rule.templates(naming)[part])


@dataclass(frozen=True)
class Family:
    """The table of one family.

    Attributes:
        name: what people call it.
        part: the part of a pipeline that the modules are of, as diffusers calls it.
        classes: the classes of diffusers or transformers.
        table: original names, and those of diffusers.
        original_part: what LoRA files call the part where they have original names.
        also: other original names that the table's have, to that name.
        keeps_also: whether files that have those names keep them when they are written again.
        mark: what is in the name of one module at least, in diffusers, where a file's other original names
            may be those of a language model.
        ratios: the rows of modules by their columns, where only that tells two families apart.
        widths: the columns of modules in published models, where several families have all names of a file.
        encoders: ComfyUI's names of the text encoders, in the order in which diffusers counts them.
        has_diffusers_files: whether a program reads LoRA files that have diffusers' names.
    """

    name: str
    part: str
    classes: tuple[str, ...]
    table: Mapping[str, str | Fused | Swapped]
    original_part: str = "diffusion_model"
    also: Mapping[str, str] = field(default_factory=dict)
    keeps_also: bool = True
    mark: str = ""
    ratios: Mapping[str, float] = field(default_factory=dict)
    widths: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    encoders: tuple[str, ...] = ()
    has_diffusers_files: bool = True

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Return the table with every line in one form."""
        return tuple(_rule(original, line) for original, line in self.table.items())

    def find(self, flat: str, naming: Naming) -> Place | None:
        """Find the module that a flat name is in one naming."""
        numbers = NUMBER.findall(flat)
        for template, rule, part in self._index[naming].get(NUMBER.sub("#", flat), ()):
            wanted = NUMBER.findall(template)
            if all(one in ("#", other) for one, other in zip(wanted, numbers, strict=True)):
                free = (other for one, other in zip(wanted, numbers, strict=True) if one == "#")
                return Place(rule, tuple(free), part)
        return None

    @cached_property
    def _index(self) -> Mapping[Naming, Mapping[str, list[tuple[str, Rule, int]]]]:
        """Map flat names with `#` for each number to the templates that have that form."""
        return {"original": self._indexed("original"), "diffusers": self._indexed("diffusers")}

    def _indexed(self, naming: Naming) -> Mapping[str, list[tuple[str, Rule, int]]]:
        found: dict[str, list[tuple[str, Rule, int]]] = defaultdict(list)
        for template, rule, part in self._templates(naming):
            found[NUMBER.sub("#", template)].append((template, rule, part))
        return found

    def _templates(self, naming: Naming) -> Iterator[tuple[str, Rule, int]]:
        for rule in self.rules:
            for part, template in enumerate(rule.templates(naming)):
                yield flattened(template), rule, part
        if naming == "original":
            yield from ((flattened(rule.original), rule, 0) for rule in self._other_rules)

    @cached_property
    def _other_rules(self) -> tuple[Rule, ...]:
        by_name = {rule.original: rule for rule in self.rules}
        return tuple(replace(by_name[name], original=other) for other, name in self.also.items())

    def originals(self, place: Place) -> list[str]:
        """Return all original names of a module, the usual one first."""
        rules = [rule for rule in (*self.rules, *self._other_rules) if rule.diffusers == place.rule.diffusers]
        return [Place(rule, place.numbers).path("original") for rule in rules]

    def is_like(self, place: Place, shape: tuple[int, ...] | None) -> bool:
        """Whether a module may have this shape (out, in · kernel), as far as the table knows."""
        ratio = self.ratios.get(place.rule.original)
        return ratio is None or shape is None or math.isclose(shape[0], ratio * shape[1])

    def is_published(self, place: Place, shape: tuple[int, ...] | None) -> bool:
        """Whether a published model has the module with so many columns, as far as the table knows."""
        widths = self.widths.get(place.rule.original)
        return widths is None or shape is None or shape[1] in widths


def _rule(original: str, line: str | Fused | Swapped) -> Rule:
    if isinstance(line, Fused):
        names = tuple(line.owner + part for part in line.parts)
        return Rule(original, names, len(names) if line.square is None else line.square, line.ratio)
    if isinstance(line, Swapped):
        return Rule(original, (line.name,), is_swapped=True, swapped_ratio=line.ratio)
    return Rule(original, (line,))
