"""Choose parameters by globs over run-time names: `--include` and `--exclude`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lorasurgery.arguments import several
from lorasurgery.errors import NothingToDoError


@dataclass(frozen=True)
class NameFilter:
    """The user's choice of parameters.

    A parameter is chosen if a pattern of `include` or `module` matches it (or there are no such
    patterns), and none of `exclude` does. A pattern matches a parameter by its full name
    (`*.norm.bias`) or by its module's path (`*.q_proj`).
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    module: Sequence[str] = ()

    @staticmethod
    def of(
        include: str | Sequence[str], exclude: str | Sequence[str], module: str | Sequence[str] = ()
    ) -> NameFilter:
        """Read the user's patterns; a single string is one pattern."""
        return NameFilter(several(include, "include"), several(exclude, "exclude"), several(module, "module"))

    def __call__(self, name: str) -> bool:
        patterns = (*self.include, *self.module)
        is_included = not patterns or any(_matches(pattern, name) for pattern in patterns)
        return is_included and not any(_matches(pattern, name) for pattern in self.exclude)

    def check(self, names: Iterable[str]) -> None:
        """Refuse a pattern that matches nothing, and a choice that leaves nothing.

        Raises:
            NothingToDoError: with the closest names.
        """
        names = list(names)
        given = {"--include": self.include, "--exclude": self.exclude, "--module": self.module}
        for option, patterns in given.items():
            for pattern in patterns:
                if not any(_matches(pattern, name) for name in names):
                    raise NothingToDoError(
                        f"{option} {pattern!r} matches no parameter.{_closest(pattern, names)}"
                    )
        if not any(self(name) for name in names):
            options = " and ".join(option for option, patterns in given.items() if patterns)
            raise NothingToDoError(f"None of {len(names)} parameters is left by {options}.")


# Everything.
ALL = NameFilter()


def _matches(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name.rpartition(".")[0], pattern)


def _closest(pattern: str, names: Sequence[str]) -> str:
    modules = list(dict.fromkeys(name.rpartition(".")[0] for name in names))
    near = difflib.get_close_matches(pattern.strip("*."), modules, n=3, cutoff=0.3) or modules[:3]
    examples = ", ".join(repr(name) for name in near)
    return f" Names look like {examples}; a pattern spans the whole name, as in '*.q_proj'."
