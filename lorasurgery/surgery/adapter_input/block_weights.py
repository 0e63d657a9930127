"""Weights for some modules of all adapters: `double_blocks.*=0.6`, times the weight of the adapter.

A pattern matches a module's path, or what follows a dot in it, so that `double_blocks.*` is the same in
a checkpoint that has `model.diffusion_model.` in front. In a pipeline, a path begins with the model's
folder: `text_encoder.*` and `text_encoder/*` are all modules of that. The last pattern that matches counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from lorasurgery.arguments import several
from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.text import counted


@dataclass(frozen=True)
class BlockWeights:
    """Patterns with the factor that modules get which they match.

    `part` is the model of a pipeline whose modules are asked for; "" outside of pipelines.
    """

    factors: tuple[tuple[str, float], ...] = ()
    part: str = ""

    @staticmethod
    def of(given: str | Sequence[str]) -> BlockWeights:
        """Read the user's words.

        Raises:
            UnsupportedError: they are not a pattern and a number.
        """
        return BlockWeights(tuple(_split(text) for text in several(given, "weight")))

    def __call__(self, path: str) -> float:
        """Return the factor of a module."""
        return next((factor for pattern, factor in reversed(self.factors) if self._has(pattern, path)), 1.0)

    def of_part(self, part: str) -> BlockWeights:
        """Return the weights of the modules of one model of a pipeline."""
        return replace(self, part=part)

    def _has(self, pattern: str, path: str) -> bool:
        if not self.part:
            return _matches(pattern, path)
        return _matches(pattern.replace("/", ".", 1), f"{self.part}.{path}")

    def notes(self, paths: Iterable[str]) -> list[str]:
        """Say how many modules each pattern weighs; of a pipeline's model, those patterns that weigh some.

        Raises:
            NothingToDoError: a pattern matches none; see `check_parts` for pipelines.
        """
        paths = set(paths)
        counts = {pattern: sum(self._has(pattern, path) for path in paths) for pattern, _ in self.factors}
        if not self.part and (idle := [pattern for pattern, count in counts.items() if not count]):
            raise _matches_nothing(idle[0], paths)
        return [
            f"{counted(counts[pattern], 'module')} of {pattern!r} times {factor:g}"
            for pattern, factor in self.factors
            if counts[pattern]
        ]

    def check_parts(self, paths: Mapping[str, Iterable[str]]) -> None:
        """Refuse a pattern that matches no module of any model of a pipeline.

        Args:
            paths: of the modules that change, by the model's folder.

        Raises:
            NothingToDoError: there is one.
        """
        by_part = {self.of_part(part): [*inside] for part, inside in paths.items()}
        for pattern, _ in self.factors:
            if not any(each._has(pattern, path) for each, inside in by_part.items() for path in inside):
                wholes = {f"{each.part}.{path}" for each, inside in by_part.items() for path in inside}
                raise _matches_nothing(pattern, wholes)


AS_TRAINED = BlockWeights()


def _matches_nothing(pattern: str, paths: set[str]) -> NothingToDoError:
    return NothingToDoError(
        f"--weight {pattern!r} matches no module. Names look like {min(paths, default='')!r}."
    )


def _split(text: str) -> tuple[str, float]:
    pattern, _, number = text.rpartition("=")
    try:
        factor = float(number)
    except ValueError:
        factor = math.nan
    if not pattern or not math.isfinite(factor):
        raise UnsupportedError(
            f"--weight takes a pattern of modules and a number, as in 'double_blocks.*=0.6', and not "
            f"{text!r}."
        )
    return pattern, factor


def _matches(pattern: str, path: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"*.{pattern}")
