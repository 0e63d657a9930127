"""Part k of n of a run, and how bytes are shared out among parts.

Each item goes, the largest first, to the part that has the fewest bytes so far (Graham, "Bounds on
multiprocessing timing anomalies", 1969): no part gets more than 4/3 of the best possible largest share.
Sizes and their order decide alone, so that every machine finds the same shares.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lorasurgery.errors import UnsupportedError

FORM = re.compile(r"\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*")
NAME = re.compile(r"([0-9]+)-of-([0-9]+)")


@dataclass(frozen=True, order=True)
class Part:
    """Part `index` of `count`, counted from 1; it is written `3/8`.

    Raises:
        UnsupportedError: there is no such part.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count:
            raise UnsupportedError(
                f"{self.index}/{self.count} is not a part; parts of n are 1/n to n/n, as in --part 3/8."
            )

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    @property
    def name(self) -> str:
        """The name of its folder: `3-of-8`."""
        return f"{self.index}-of-{self.count}"

    @staticmethod
    def of(given: str | Part) -> Part:
        """Read `3/8`.

        Raises:
            UnsupportedError: it is something else.
        """
        if isinstance(given, Part):
            return given
        found = FORM.fullmatch(given) if isinstance(given, str) else None
        if found is None:
            raise UnsupportedError(f"part is k/n, as in --part 3/8, and not {given!r}.")
        return Part(int(found[1]), int(found[2]))


def shared_out(sizes: Sequence[int], count: int) -> list[int]:
    """Return for each size the part, from 1 to `count`, to which it goes."""
    filled = [(0, index) for index in range(1, count + 1)]
    owners = [0] * len(sizes)
    for place in sorted(range(len(sizes)), key=lambda place: (-sizes[place], place)):
        nbytes, index = heapq.heappop(filled)
        owners[place] = index
        heapq.heappush(filled, (nbytes + sizes[place], index))
    return owners
