"""Choose parameters by globs over run-time names: `--include` and `--exclude`.

In a pipeline, a pattern may begin with a model's folder (`unet/*.to_q`): it is about that model, and what
follows the folder is its pattern there. A pattern without a folder is for all models.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from lorasurgery.arguments import several
from lorasurgery.errors import NothingToDoError


@dataclass(frozen=True)
class NameFilter:
    """The user's choice of parameters.

    A parameter is chosen if a pattern of `include` or `module` matches it (or there are no such
    patterns), and none of `exclude` does. A pattern matches a parameter by its full name
    (`*.norm.bias`) or by its module's path (`*.q_proj`). `anywhere` are the patterns of a pipeline's
    model that are for all of its models, and need not match in each.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    module: Sequence[str] = ()
    anywhere: frozenset[str] = frozenset()

    @staticmethod
    def of(
        include: str | Sequence[str], exclude: str | Sequence[str], module: str | Sequence[str] = ()
    ) -> NameFilter:
        """Read the user's patterns; a single string is one pattern."""
        return NameFilter(several(include, "include"), several(exclude, "exclude"), several(module, "module"))

    def __call__(self, name: str) -> bool:
        patterns = (*self.include, *self.module)
        is_included = not patterns or any(_matches(pattern, name) for pattern in patterns)
        return is_included and not self.excludes(name)

    def excludes(self, name: str) -> bool:
        """Whether a pattern of `exclude` matches a parameter."""
        return any(_matches(pattern, name) for pattern in self.exclude)

    def including(self, include: Sequence[str]) -> NameFilter:
        """Return the choice with other patterns that include."""
        return replace(self, include=tuple(include))

    def of_part(self, part: str) -> NameFilter:
        """Return the choice in one model of a pipeline; of a model that no `include` is about, nothing."""
        include, exclude = _about(part, self.include), _about(part, self.exclude)
        if self.include and not include:
            return NOTHING
        plain = frozenset(each for each in (*self.include, *self.exclude) if "/" not in each)
        return replace(self, include=include, exclude=exclude, anywhere=plain)

    def check(self, names: Iterable[str]) -> None:
        """Refuse a pattern that matches nothing, and a choice that leaves nothing.

        Raises:
            NothingToDoError: with the closest names.
        """
        names = list(names)
        given = {"--include": self.include, "--exclude": self.exclude, "--module": self.module}
        for option, patterns in given.items():
            for pattern in patterns:
                if pattern not in self.anywhere and not any(_matches(pattern, name) for name in names):
                    raise NothingToDoError(
                        f"{option} {pattern!r} matches no parameter.{_closest(pattern, names)}"
                    )
        if not any(self(name) for name in names):
            options = " and ".join(option for option, patterns in given.items() if patterns)
            raise NothingToDoError(f"None of {len(names)} parameters is left by {options}.")


# Everything, and nothing.
ALL = NameFilter()
NOTHING = NameFilter(exclude=("*",))


def matched(patterns: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns that match one of the names at least."""
    names = list(names)
    return tuple(pattern for pattern in patterns if any(_matches(pattern, name) for name in names))


def _about(part: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return what patterns say of one model of a pipeline."""
    split = (
        pattern.rpartition("/") if "/" not in pattern else pattern.partition("/") for pattern in patterns
    )
    return tuple(inside for owner, mark, inside in split if not mark or fnmatchcase(part, owner))


def _matches(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name.rpartition(".")[0], pattern)


def _closest(pattern: str, names: Sequence[str]) -> str:
    modules = list(dict.fromkeys(name.rpartition(".")[0] for name in names))
    near = difflib.get_close_matches(pattern.strip("*."), modules, n=3, cutoff=0.3) or modules[:3]
    examples = ", ".join(repr(name) for name in near)
    return f" Names look like {examples}; a pattern spans the whole name, as in '*.q_proj'."
