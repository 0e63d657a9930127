"""Where two tensors of one dtype differ, and by how many steps from one stored number to the next (see `bits.py`); and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, no_type_check

import numpy as np
from torch import Tensor

from lorasurgery.linalg.bits import pattern
from lorasurgery.linalg.compiled import TILE, compiled, lowest_bit

if TYPE_CHECKING:
    from numpy.typing import NDArray


def note_steps(
    one: Tensor, other: Tensor, start: int, first: int, places: NDArray[Any], steps: NDArray[Any], held: int
) -> tuple[int, int]:
    """Append the differences between two tensors to two lists, which hold `held` entries already.

    Args:
        one, other: of one dtype and size, at least one element each.
        start: the flat position to begin with.
        first: added to every position that is noted.
        places, steps: int64: where the tensors differ, and how many steps lead from `other` to `one`. Room for a `TILE` at least.

    Returns:
        The flat position up to which all is noted, short of the end where the lists are full; and how many entries they hold.
    """
    a, b = pattern(one).numpy().reshape(-1), pattern(other).numpy().reshape(-1)
    at, count = _note(a, b, _lowest(one), start, first, places, steps, held)
    return int(at), int(count)


def take_steps(values: Tensor, places: NDArray[Any], steps: NDArray[Any]) -> None:
    """Move the elements at flat positions by so many steps, in place; `values` is contiguous."""
    _take(pattern(values).numpy().reshape(-1), _lowest(values), places, steps)


def _lowest(values: Tensor) -> int:
    """The pattern of -0 as an integer, from which negative floats count downwards; 0 for integers, which are in order already."""
    return -(2 ** (8 * values.dtype.itemsize - 1)) if values.dtype.is_floating_point else 0


@compiled
@no_type_check
def _turned(number: Any, lowest: Any) -> Any:
    """`bits.ordered` of one pattern, and `bits.from_ordered` of one number: both turn the negative ones about."""
    return lowest - number - 1 if number < 0 and lowest < 0 else number


@compiled
@no_type_check
def _note(
    one: Any, other: Any, lowest: Any, start: Any, first: Any, places: Any, steps: Any, held: Any
) -> Any:
    one, other, first = one[start:], other[start:], first + start
    at = 0
    while at < len(one) and held + TILE <= len(places):
        differing = np.uint64(0)
        if at + TILE <= len(one):
            for i in range(TILE):
                differing |= np.uint64(one[at + i] != other[at + i]) << np.uint64(i)
        else:
            for i in range(len(one) - at):
                differing |= np.uint64(one[at + i] != other[at + i]) << np.uint64(i)
        while differing:
            place = at + lowest_bit(differing)
            differing &= differing - np.uint64(1)
            places[held] = first + place
            steps[held] = _turned(np.int64(one[place]), lowest) - _turned(np.int64(other[place]), lowest)
            held += 1
        at += TILE
    return start + min(at, len(one)), held


@compiled
@no_type_check
def _take(bits: Any, lowest: Any, places: Any, steps: Any) -> Any:
    for i in range(len(places)):
        place = places[i]
        bits[place] = _turned(_turned(np.int64(bits[place]), lowest) + steps[i], lowest)
