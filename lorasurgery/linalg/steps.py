"""Where numbers of one dtype differ, and by how many steps from one stored number to the next; and back.

The bits of a float are an integer, and with the negative ones turned about, these are in the order of the numbers: neighbours are
neighbouring integers, across zero too, and -0 is one less than +0. So the difference of two counts the steps (units in the last place)
between them, and is small where the numbers are close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lorasurgery.linalg import loops
from lorasurgery.raw import Raw

if TYPE_CHECKING:
    from numpy.typing import NDArray


def note_steps(
    one: Raw, other: Raw, start: int, first: int, places: NDArray[Any], steps: NDArray[Any], held: int
) -> tuple[int, int]:
    """Append the differences between two matrices to two lists, which hold `held` entries already.

    Args:
        one, other: of one dtype and size, at least one element each.
        start: the flat position to begin with.
        first: added to every position that is noted.
        places, steps: int64: where the numbers differ, and how many steps lead from `other` to `one`. Room for a `loops.TILE` at least.

    Returns:
        The flat position up to which all is noted, short of the end where the lists are full; and how many entries they hold.
    """
    at, count = loops.note_steps(
        _signed(one), _signed(other), _lowest(one), start, first, places, steps, held
    )
    return int(at), int(count)


def take_steps(values: Raw, places: NDArray[Any], steps: NDArray[Any]) -> None:
    """Move the elements at flat positions by so many steps, in place; their bits are contiguous."""
    loops.take_steps(_signed(values), _lowest(values), places, steps)


def _signed(values: Raw) -> NDArray[Any]:
    return values.bits.reshape(-1).view(f"i{values.dtype.itemsize}")


def _lowest(values: Raw) -> int:
    """The pattern of -0 as an integer, from which negative floats count downwards; 0 for integers, which are in order already."""
    return -(2 ** (8 * values.dtype.itemsize - 1)) if values.dtype.is_floating_point else 0
