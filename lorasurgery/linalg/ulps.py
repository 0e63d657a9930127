"""Differences between arrays of one dtype, in ulps: where they differ and by how much, and how to
add them back.

The bits of a float are an integer, and with the negative ones turned about, these are in the order
of the numbers: neighbours are neighbouring integers, across zero too, and -0 is one less than +0.
So the difference of two counts the steps (units in the last place) between them, and is small where
the numbers are close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.kernels.call import Kernel, PreparedArguments
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NOTE, _TAKE = Kernel("ulps", "note_ulps"), Kernel("ulps", "add_ulps")
_LAST, _CHUNK = Kernel("moves", "last_place"), Kernel("moves", "take_chunk")
_ALL, _SPLIT = Kernel("moves", "move_all"), Kernel("moves", "split_moves")


class Differences:
    """Positions and differences in ulps (int64 each), in a buffer that grows and that kernels append to."""

    def __init__(self) -> None:
        self._lists = np.empty((2, 0), np.int64)
        self._held = np.zeros(1, np.int64)
        self._taken = PreparedArguments(*self._lists, self._held)

    @property
    def held(self) -> int:
        """How many there are."""
        return int(self._held[0])

    @property
    def places(self) -> NDArray[np.int64]:
        """Positions where numbers differ."""
        return self._lists[0, : self.held]

    @property
    def steps(self) -> NDArray[np.int64]:
        """Return the ulps that lead from the given number to the wanted one, in the order of `places`."""
        return self._lists[1, : self.held]

    def with_room(self, count: int) -> PreparedArguments:
        """Return positions, ulps and their count as kernels take them, with room for `count` more."""
        wanted = self.held + count
        if wanted > self._lists.shape[1]:
            grown = np.empty((2, max(wanted, 2 * self._lists.shape[1])), np.int64)
            grown[:, : self.held] = self._lists[:, : self.held]
            self._lists = grown
            self._taken = PreparedArguments(*grown, self._held)
        return self._taken

    def note(self, wanted: StoredArray, given: StoredArray, first: int) -> None:
        """Append the differences of two matrices of one dtype and size, whose first element has the
        position `first`.
        """
        _NOTE(_signed(wanted), _signed(given), lowest(wanted.dtype), first, self.with_room(wanted.bits.size))

    def append(self, places: NDArray[np.int64], steps: NDArray[np.int64]) -> None:
        """Append differences that are known."""
        self.with_room(len(places))
        stop = self.held + len(places)
        self._lists[0, self.held : stop], self._lists[1, self.held : stop] = places, steps
        self._held[0] = stop

    def keep(self, count: int) -> None:
        """Forget all but the first."""
        assert count <= self.held, "no more than there are"
        self._held[0] = count

    def clear(self) -> None:
        """Forget them; the room stays."""
        self._held[0] = 0


def take_steps(values: StoredArray, places: NDArray[np.int64], steps: NDArray[np.int64]) -> None:
    """Add ulps to the elements at flat positions, in place; the elements' bits must be contiguous."""
    _TAKE(_signed(values), lowest(values.dtype), places, steps)


def last_place(gaps: NDArray[np.uint8], first: int) -> int | None:
    """Return the last position of a chunk of corrections; None where its positions do not ascend.

    Args:
        gaps: gaps between positions by planes of bytes, (planes, count).
        first: the first position, 0 or more.
    """
    place = _LAST(gaps, first)
    return place if place >= 0 else None


def take_chunk(
    values: StoredArray,
    first: int,
    gaps: NDArray[np.uint8],
    zigzags: NDArray[np.uint8],
    state: NDArray[np.int64],
    *,
    backward: bool = False,
) -> None:
    """Add to elements, in place, the ulps of those corrections of a chunk that belong to them.

    Args:
        first: the position of the first element.
        gaps, zigzags: planes of bytes, (planes, count): gaps between positions, which ascend, and ulps
            (0, -1, 1, -2, ...).
        state: index and position of the next correction, which is not one before these elements; moved on.
    """
    assert int(state[0]) < gaps.shape[1], "a chunk that was used up"
    assert int(state[1]) >= first, "a correction of an earlier element"
    _CHUNK(_signed(values), lowest(values.dtype), first, gaps, zigzags, state, int(backward))


def move_all(values: StoredArray, planes: NDArray[np.uint8], *, backward: bool = False) -> None:
    """Add ulps to all elements, in place, given their zigzag numbers by planes of bytes (itemsize, count)."""
    _ALL(_unsigned(values), planes, _flipped(values.dtype), int(backward))


def split_moves(target: StoredArray, base: StoredArray, planes: NDArray[np.uint8]) -> None:
    """Write the ulps that lead from the base to the target into planes, as `move_all` takes them."""
    _SPLIT(_unsigned(target), _unsigned(base), planes, _flipped(target.dtype))


def lowest(dtype: Dtype) -> int:
    """Return the bit pattern of -0 as an integer, from which negative floats count downwards; 0 for
    integer dtypes.
    """
    return -(2 ** (8 * dtype.itemsize - 1)) if dtype.is_floating_point else 0


def _flipped(dtype: Dtype) -> int:
    """The bits that are reversed in negative floats."""
    return 2 ** (8 * dtype.itemsize - 1) - 1 if dtype.is_floating_point else 0


def _unsigned(values: StoredArray) -> NDArray[Any]:
    return values.bits.reshape(-1).view(f"u{values.dtype.itemsize}")


def _signed(values: StoredArray) -> NDArray[Any]:
    return values.bits.reshape(-1).view(f"i{values.dtype.itemsize}")
