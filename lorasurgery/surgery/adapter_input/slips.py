"""Notes on what may be a slip of the hand in a list of adapters.

Such slips are an adapter that is given twice, a weight of zero, or a folder that has its only
adapter in a folder below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from lorasurgery.arguments import Given, split_weight
from lorasurgery.paths import expanded
from lorasurgery.stand_in_names import as_said


class GivenAdapter(Protocol):
    """An adapter's name, its folder or file, and its weight."""

    @property
    def name(self) -> str: ...
    @property
    def folder(self) -> Path: ...
    @property
    def weight(self) -> float: ...


def name_of(given: str, found: Path) -> str:
    """Name an adapter as it was given, or by its own folder where that is below the given one."""
    place = expanded(given)
    if place.is_dir() and found.is_dir() and place in found.parents:
        return str(Path(given) / found.relative_to(place)) if "://" not in given else as_said(str(found))
    return as_said(given)


def found_below(given: str, name: str) -> Iterator[str]:
    """Say that an adapter is in a deeper folder than the user gave."""
    if name != given:
        yield f"the adapter in {given} is {name}"


def slips_in(given: Sequence[Given], adapters: Sequence[GivenAdapter]) -> Iterator[str]:
    """Sentences for the notes of a report.

    Args:
        given: the adapters as the user wrote them.
        adapters: the same as they were found.
    """
    for written, each in zip(given, adapters, strict=True):
        yield from found_below(split_weight(written)[0], each.name)
    places: dict[Path, list[GivenAdapter]] = {}
    for each in adapters:
        places.setdefault(each.folder.resolve(), []).append(each)
    for same in places.values():
        if len(same) > 1:
            total = sum(each.weight for each in same)
            yield f"{same[0].name} is given {len(same)} times, so that its change counts {total:g} times"
    for each in adapters:
        if each.weight == 0:
            yield f"{each.name} has the weight 0, so that it changes nothing"
