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

    def clear(self) -> None:
        """Forget them; the room stays."""
        self._held[0] = 0


def take_steps(values: StoredArray, places: NDArray[np.int64], steps: NDArray[np.int64]) -> None:
    """Add ulps to the elements at flat positions, in place; the elements' bits must be contiguous."""
    _TAKE(_signed(values), lowest(values.dtype), places, steps)


def lowest(dtype: Dtype) -> int:
    """Return the bit pattern of -0 as an integer, from which negative floats count downwards; 0 for
    integer dtypes.
    """
    return -(2 ** (8 * dtype.itemsize - 1)) if dtype.is_floating_point else 0


def _signed(values: StoredArray) -> NDArray[Any]:
    return values.bits.reshape(-1).view(f"i{values.dtype.itemsize}")
