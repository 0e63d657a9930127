"""Weights for some modules of all adapters: `double_blocks.*=0.6`, times the weight of the adapter.

A pattern matches a module's path, or what follows a dot in it, so that `double_blocks.*` is the same in
a checkpoint that has `model.diffusion_model.` in front. The last pattern that matches counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lorasurgery.arguments import several
from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.text import counted


@dataclass(frozen=True)
class BlockWeights:
    """Patterns with the factor that modules get which they match."""

    factors: tuple[tuple[str, float], ...] = ()

    @staticmethod
    def of(given: str | Sequence[str]) -> BlockWeights:
        """Read the user's words.

        Raises:
            UnsupportedError: they are not a pattern and a number.
        """
        return BlockWeights(tuple(_split(text) for text in several(given, "weight")))

    def __call__(self, path: str) -> float:
        """Return the factor of a module."""
        return next((factor for pattern, factor in reversed(self.factors) if _matches(pattern, path)), 1.0)

    def notes(self, paths: Iterable[str]) -> list[str]:
        """Say how many modules each pattern weighs.

        Raises:
            NothingToDoError: a pattern matches none.
        """
        paths = set(paths)
        counts = {pattern: sum(_matches(pattern, path) for path in paths) for pattern, _ in self.factors}
        for pattern, count in counts.items():
            if not count:
                raise NothingToDoError(
                    f"--weight {pattern!r} matches no module. Names look like {min(paths, default='')!r}."
                )
        return [
            f"{counted(counts[pattern], 'module')} of {pattern!r} times {factor:g}"
            for pattern, factor in self.factors
        ]


AS_TRAINED = BlockWeights()


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
