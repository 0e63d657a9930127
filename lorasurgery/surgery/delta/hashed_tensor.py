"""A tensor that is hashed while it is read, so that one pass over its bytes serves both ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lorasurgery.checkpoint.digest import Digest
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray


@dataclass(frozen=True)
class HashedTensor:
    """A tensor and the hash of what was read of it: of all its bytes, after one pass over its blocks."""

    tensor: LazyTensor
    _digest: Digest = field(default_factory=Digest)

    @property
    def hash(self) -> str:
        """The hash of the blocks that were given so far."""
        return str(self._digest)

    def blocks(self, elements: int) -> Iterator[StoredArray]:
        """Read the numbers in order, so many at a time."""
        for _, block in self.tensor.viewed((self.tensor.numel,)).raw_blocks(elements):
            self._digest.add(block)
            yield block

    def rows(self, elements: int) -> Iterator[tuple[int, StoredArray]]:
        """Read whole rows of a matrix, of about so many numbers; give each block with its first row."""
        for start, block in self.tensor.raw_blocks(elements):
            self._digest.add(block)
            yield start, block
