"""The BLAKE3 hash of a tensor's bytes, as they lie in a file.

A record of a merge comes along with a model, from anywhere, so the hash is a cryptographic one; of
those BLAKE3 is the fastest, and needs no special instructions for it.

Source: O'Connor, Aumasson, Neves & Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere", 2020,
specification.
"""

from __future__ import annotations

from collections.abc import Callable

from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray

# Read at once.
ELEMENTS = 1 << 20


class Digest:
    """The hash of a tensor that comes block by block."""

    def __init__(self) -> None:
        from blake3 import blake3

        self._hash = blake3()

    def add(self, block: StoredArray) -> None:
        """Take the next elements."""
        self._hash.update(block.data)

    def __str__(self) -> str:
        return self._hash.hexdigest()


def digest(tensor: LazyTensor, write: Callable[[int, StoredArray], None] | None = None) -> str:
    """Hash a tensor, block by block.

    Args:
        write: called with where each block begins, in bytes, and with the block.
    """
    found, offset = Digest(), 0
    for _, block in tensor.viewed((tensor.numel,)).raw_blocks(ELEMENTS):
        if write is not None:
            write(offset, block)
        found.add(block)
        offset += block.bits.nbytes
    return str(found)
