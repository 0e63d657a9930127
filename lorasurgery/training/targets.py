"""Which modules are trained: globs over module names, part by part.

A pattern is held against the end of a module's name, one part of the pattern for one part of the
name: `*` is any single part (or a piece of one), `**` any number of parts. So
`layer.*.output.dense` is `bert.encoder.layer.0.output.dense` and not
`bert.encoder.layer.0.attention.output.dense`, which PEFT's own suffix `output.dense` would hit too.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from lorasurgery.errors import NothingToDoError

if TYPE_CHECKING:
    from torch import nn


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern fits the end of a name, part by part."""
    return _fits(["**", *pattern.split(".")], name.split("."))


def choose(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names that a pattern fits, in the order of `names`; all of them where there is no pattern.

    Raises:
        NothingToDoError: a pattern fits nothing; with the closest names.
    """
    for pattern in patterns:
        if not any(matches(pattern, name) for name in names):
            raise NothingToDoError(
                f"--target {pattern!r} matches none of {len(names)} linear layers.{_closest(pattern, names)}"
            )
    return [name for name in names if not patterns or any(matches(pattern, name) for pattern in patterns)]


def linear_layers(model: nn.Module, heads: Collection[str]) -> list[str]:
    """All linear layers, in the model's order; not the heads, which are trained as a whole, nor
    what turns states into words.
    """
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    output = getattr(model, "get_output_embeddings", lambda: None)()
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, (nn.Linear, Conv1D))
        and module is not output
        and not any(name == head or name.startswith(f"{head}.") for head in heads)
    ]


def _fits(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(pattern[1:], parts[start:]) for start in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(pattern[1:], parts[1:])


def _closest(pattern: str, names: Sequence[str]) -> str:
    words = pattern.replace("*", "").strip(".")
    near = sorted(names, key=lambda name: -_likeness(words, name))[:3]
    return (
        f" The closest are {', '.join(repr(name) for name in near)}; `*` stands for one part between dots, "
        "`**` for any number."
    )


def _likeness(words: str, name: str) -> float:
    """How much of the words stands in the name's end; names are longer than what people write."""
    return difflib.SequenceMatcher(None, words, name[-2 * len(words) :]).ratio()
