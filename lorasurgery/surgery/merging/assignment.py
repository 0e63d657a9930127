"""Choose which adapter supplies a part that cannot be added up, or that cannot be weighted (`--take`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from lorasurgery.errors import UnsupportedError


class NamedAdapter(Protocol):
    """An adapter's name and weight."""

    @property
    def name(self) -> str: ...
    @property
    def weight(self) -> float: ...


class PartAssignment:
    """The adapter of each non-additive part: the user's choice (`--take`), or the only one that has it."""

    def __init__(self, choices: Mapping[str, int]) -> None:
        self._choices = choices
        self._suppliers: dict[str, tuple[int, str]] = {}
        self._used_patterns: set[str] = set()

    @staticmethod
    def of(take: Sequence[str], given: Sequence[NamedAdapter]) -> PartAssignment:
        """Read `PATTERN=ADAPTER`, where an adapter is named as it was given or by its folder.

        Raises:
            UnsupportedError: a choice has another form, or names no adapter, or several.
        """
        choices: dict[str, int] = {}
        for text in take:
            pattern, mark, name = text.partition("=")
            indices = [index for index, each in enumerate(given) if name == each.name]
            indices = indices or [index for index, each in enumerate(given) if name == Path(each.name).name]
            if not mark or len(indices) != 1:
                raise UnsupportedError(
                    f"--take {text!r}: PATTERN=ADAPTER is expected, where ADAPTER is one of "
                    f"{', '.join(each.name for each in given)}."
                )
            if choices.setdefault(pattern, indices[0]) != indices[0]:
                raise UnsupportedError(f"--take {pattern!r} is given to two adapters; choose one.")
        return PartAssignment(choices)

    def take(
        self,
        index: int,
        given: NamedAdapter,
        part: str,
        why: str,
        weight: float | None = None,
        *,
        has_strength: bool = False,
    ) -> bool:
        """Return whether an adapter supplies a part.

        Args:
            weight: the part's, if not that of the adapter.
            has_strength: whether the part can be weighted: a change of a weight can, a new weight
                cannot.

        Raises:
            UnsupportedError: the part has a weight and cannot have one, or another adapter has it
                too and nobody chose.
        """
        chosen = self._choice(part)
        if chosen is not None and chosen != index:
            return False
        weight = given.weight if weight is None else weight
        if weight != 1 and not has_strength:
            raise UnsupportedError(
                f"{part!r} of {given.name} {why}, and cannot be taken {weight:g} times. Give "
                f"{given.name} the weight 1, leave the part out with --exclude '{part}*', or leave it to "
                f"another adapter with --take '{part}=ADAPTER'."
            )
        supplier = self._suppliers.setdefault(part, (index, given.name))
        if supplier[0] != index:
            raise UnsupportedError(
                f"{part!r} of {given.name} {why}, and {supplier[1]} brings it too. Choose with --take "
                f"'{part}={supplier[1]}' or --take '{part}={given.name}'."
            )
        return True

    def is_given_away(self, index: int, part: str) -> bool:
        """Return whether the user left this part to another adapter."""
        chosen = self._choice(part)
        return chosen is not None and chosen != index

    def refuse_unused(self) -> None:
        """Refuse a choice that matched no part of any adapter, once all parts are known.

        Raises:
            UnsupportedError: with the first such choice.
        """
        unused = [pattern for pattern in self._choices if pattern not in self._used_patterns]
        if unused:
            raise UnsupportedError(
                f"--take {unused[0]!r} names no part of any adapter; parts are called like 'score.weight' "
                "or by their module."
            )

    def _choice(self, part: str) -> int | None:
        for pattern, index in self._choices.items():
            if fnmatchcase(part, pattern) or fnmatchcase(part.rpartition(".")[0], pattern):
                self._used_patterns.add(pattern)
                return index
        return None
