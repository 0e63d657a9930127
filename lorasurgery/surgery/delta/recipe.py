"""How one piece of a checkpoint is made from the other side: a prediction, and what corrects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lorasurgery.checkpoint.digest import Digest, digest
from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.delta.side_contents import Key, title_of

# The methods, and the parts of the delta that each may have.
#
#   unchanged  the source's own bytes
#   sparse     where numbers moved, and by how many ulps
#   planes     the moves of all numbers, by planes of bytes
#   low-rank   round(source + left @ right), and where that is wrong; and the way back
#   cast       the source in another dtype, and where that is wrong
#   rows       the rows that both have by their moves, and the other rows whole
#   whole      all numbers, by planes of bytes; no source
METHODS: Mapping[str, tuple[str, ...]] = {
    "unchanged": (),
    "sparse": ("corrections",),
    "planes": ("planes",),
    "low-rank": ("left", "right", "corrections", "back", "grown"),
    "cast": ("corrections",),
    "rows": ("planes", "tail"),
    "whole": ("planes",),
}
# Methods by whose parts the source comes back from the piece, too.
BOTH_WAYS = ("unchanged", "sparse", "planes", "low-rank")


@dataclass(frozen=True)
class Recipe:
    """How a piece is made.

    Attributes:
        key, hash: the piece, and the hash of its bytes.
        source, source_hash: what it is made from; None for `whole`.
        parts: what the delta holds for it, by the names of `METHODS`.
        part_hashes: of the bytes of each part.
        is_reversed: whether the piece is what the recipe's own source was, made from what it made.
    """

    key: Key
    hash: str
    method: str
    source: Key | None = None
    source_hash: str = ""
    parts: Mapping[str, LazyTensor] = field(default_factory=dict)
    part_hashes: Mapping[str, str] = field(default_factory=dict)
    is_reversed: bool = False

    @property
    def nbytes(self) -> int:
        """What the delta holds for it."""
        return sum(part.nbytes for part in self.parts.values())

    def reversed(self) -> Recipe:
        """Return the recipe of the source, from the piece."""
        assert self.source is not None
        assert self.method in BOTH_WAYS
        return replace(
            self,
            key=self.source,
            hash=self.source_hash,
            source=self.key,
            source_hash=self.hash,
            is_reversed=True,
        )

    def read_parts(self) -> dict[str, StoredArray]:
        """Read all parts, also those that lead the other way, and hold each against its hash.

        Raises:
            DamagedFileError: a part is not as it was written.
        """
        found = {}
        for name in sorted(self.parts):
            found[name], hashed = self.parts[name].raw(), Digest()
            hashed.add(found[name])
            self._check(name, str(hashed))
        return found

    def check_parts(self) -> None:
        """Hold all parts against their hashes, in bounded memory.

        Raises:
            DamagedFileError: a part is not as it was written.
        """
        for name in sorted(self.parts):
            self._check(name, digest(self.parts[name]))

    def _check(self, name: str, hashed: str) -> None:
        if hashed != self.part_hashes[name]:
            place = self.parts[name].place
            file = f"{place.path} is damaged" if place else "The delta is damaged"
            raise DamagedFileError(f"{file}: {name!r} of {title_of(self.key)!r} is not as it was written.")
