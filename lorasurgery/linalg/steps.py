"""Where two tensors of one dtype differ, and by how many steps from one stored number to the next (see `bits.py`); and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from lorasurgery.linalg import loops
from lorasurgery.linalg.bits import pattern

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
        places, steps: int64: where the tensors differ, and how many steps lead from `other` to `one`. Room for a `loops.TILE` at least.

    Returns:
        The flat position up to which all is noted, short of the end where the lists are full; and how many entries they hold.
    """
    a, b = pattern(one).numpy().reshape(-1), pattern(other).numpy().reshape(-1)
    at, count = loops.note_steps(a, b, _lowest(one), start, first, places, steps, held)
    return int(at), int(count)


def take_steps(values: Tensor, places: NDArray[Any], steps: NDArray[Any]) -> None:
    """Move the elements at flat positions by so many steps, in place; `values` is contiguous."""
    loops.take_steps(pattern(values).numpy().reshape(-1), _lowest(values), places, steps)


def _lowest(values: Tensor) -> int:
    """The pattern of -0 as an integer, from which negative floats count downwards; 0 for integers, which are in order already."""
    return -(2 ** (8 * values.dtype.itemsize - 1)) if values.dtype.is_floating_point else 0
