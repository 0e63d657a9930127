"""One safeguard: where it stands, what stands in its place without it, and the tests that miss it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """A text of a file of the package, what replaces it, and its tests: files, or `FILE::TEST`.

    Those that are slow are left out, unless none of the others can miss it.
    """

    file: str
    old: str
    new: str
    tests: str
    also_slow: bool = False

    def applied(self, source: str) -> str:
        """The file with the safeguard taken out, which stands in it once."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.file} has {source.count(self.old)} times: {self.old}")
        return source.replace(self.old, self.new)
