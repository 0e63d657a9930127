"""The ends of cells: halfway from a stored number to both of its neighbours, less what it was before."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled
from lorasurgery.linalg.kernels.numbers import read

_SIGN, _MAGNITUDE, _NONE, _ONE = np.uint32(0x8000), np.uint32(0x7FFF), np.uint32(0), np.uint32(1)
_HALF = np.float32(0.5)


@compiled
@no_type_check
def cell_ends(stored: Any, base: Any, low: Any, high: Any, kind: Any) -> Any:
    """Write both ends of the cells of finite floats of 16 bits, whose patterns are unsigned."""
    for i in range(len(stored)):
        bits = np.uint32(stored[i])
        sign, magnitude = bits & _SIGN, bits & _MAGNITUDE
        # The neighbour of either zero on its other side has the other sign.
        inside = sign | (magnitude - _ONE) if magnitude > _NONE else (sign ^ _SIGN) | _ONE
        half, before = read(bits, kind) * _HALF, base[i]
        outer = (half + read(sign | (magnitude + _ONE), kind) * _HALF) - before
        inner = (half + read(inside, kind) * _HALF) - before
        low[i] = outer if sign > _NONE else inner
        high[i] = inner if sign > _NONE else outer
