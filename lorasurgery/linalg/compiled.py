"""Loops that numba compiles: for steps that would be a pass over memory each in torch, or a call for every element.

Nothing is reassociated and no product and sum are fused, so that numbers are IEEE's on every machine. Compiled code is kept beside the
source, or in the user's cache where that cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, no_type_check

import numpy as np
from numba import njit

# So many elements are compared at once, a bit for each. Loops over a number of them that is known when they are compiled, from the
# beginning of a slice, are what the compiler spreads over vector units best: by five times.
TILE = 64


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have a function compiled when it is first called; it lets go of the interpreter's lock.

    Mark it with `no_type_check` as well: the tests' checks of shapes are not to be compiled.
    """
    try:
        return njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # nowhere can it be kept: it is compiled in every run
        return njit(nogil=True, error_model="numpy")(function)


@compiled
@no_type_check
def lowest_bit(mask: Any) -> Any:
    """The index of the lowest bit that is set in a uint64: the count of those below it, which compilers know as one instruction."""
    below = (mask & (~mask + np.uint64(1))) - np.uint64(1)
    pairs = below - ((below >> np.uint64(1)) & np.uint64(0x5555555555555555))
    fours = (pairs & np.uint64(0x3333333333333333)) + (
        (pairs >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    bytewise = (fours + (fours >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bytewise * np.uint64(0x0101010101010101)) >> np.uint64(56))
