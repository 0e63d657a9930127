"""Who decides where no sum does: a part that two adapters bring and that cannot be added up, or that cannot be weighted."""

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
    """Which adapter has each part that is no sum: the user's word (`--take PATTERN=ADAPTER`), or the only one that brings it."""

    def __init__(self, choices: Mapping[str, int]) -> None:
        self._choices = choices
        self._holder: dict[str, tuple[int, str]] = {}
        self._used: set[str] = set()

    @staticmethod
    def of(take: Sequence[str], given: Sequence[NamedAdapter]) -> PartAssignment:
        """Read `PATTERN=ADAPTER`, an adapter being called as it was given or by its folder's name.

        Raises:
            UnsupportedError: a choice has another form, or names no adapter, or several.
        """
        choices: dict[str, int] = {}
        for text in take:
            pattern, mark, name = text.partition("=")
            known = [index for index, each in enumerate(given) if name == each.name]
            known = known or [index for index, each in enumerate(given) if name == Path(each.name).name]
            if not mark or len(known) != 1:
                raise UnsupportedError(
                    f"--take {text!r}: PATTERN=ADAPTER is expected, where ADAPTER is one of {', '.join(each.name for each in given)}."
                )
            if choices.setdefault(pattern, known[0]) != known[0]:
                raise UnsupportedError(f"--take {pattern!r} is given to two adapters; choose one.")
        return PartAssignment(choices)

    def take(
        self, index: int, given: NamedAdapter, part: str, why: str, *, has_strength: bool = False
    ) -> bool:
        """Whether an adapter's part is the one to use.

        Args:
            has_strength: whether it can be used to a part, or more than once, as a change of a weight can and a new weight cannot.

        Raises:
            UnsupportedError: it is weighted and cannot be, or another adapter brings it too and nobody chose.
        """
        chosen = self._choice(part)
        if chosen is not None and chosen != index:
            return False
        if given.weight != 1 and not has_strength:
            raise UnsupportedError(
                f"{part!r} of {given.name} {why}, and cannot be taken {given.weight:g} times. Give {given.name} the weight 1, or leave "
                f"the part to another adapter with --take '{part}=ADAPTER'."
            )
        holder = self._holder.setdefault(part, (index, given.name))
        if holder[0] != index:
            raise UnsupportedError(
                f"{part!r} of {given.name} {why}, and {holder[1]} brings it too. Choose with --take '{part}={holder[1]}' or --take '{part}={given.name}'."
            )
        return True

    def is_given_away(self, index: int, part: str) -> bool:
        """Whether the user left this part to another adapter."""
        chosen = self._choice(part)
        return chosen is not None and chosen != index

    def refuse_unused(self) -> None:
        """Refuse a choice that no part of any adapter answered to, once all of them are known.

        Raises:
            UnsupportedError: there is one.
        """
        unused = [pattern for pattern in self._choices if pattern not in self._used]
        if unused:
            raise UnsupportedError(
                f"--take {unused[0]!r} names no part of any adapter; parts are called like 'score.weight' or by their module."
            )

    def _choice(self, part: str) -> int | None:
        for pattern, index in self._choices.items():
            if fnmatchcase(part, pattern) or fnmatchcase(part.rpartition(".")[0], pattern):
                self._used.add(pattern)
                return index
        return None
