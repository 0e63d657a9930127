"""The ends of cells: halfway from a stored number to both of its neighbours, less what it was before."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled, compiled_part
from lorasurgery.linalg.kernels.numbers import read

_SIGN, _MAGNITUDE, _NONE, _ONE = np.uint32(0x8000), np.uint32(0x7FFF), np.uint32(0), np.uint32(1)
_HALF = np.float32(0.5)


@compiled_part
@no_type_check
def ends_of_cell(stored: Any, kind: Any) -> Any:
    """Return both ends of what rounds to a finite float of 16 bits, whose pattern is unsigned."""
    bits = np.uint32(stored)
    sign, magnitude = bits & _SIGN, bits & _MAGNITUDE
    inside = sign | (magnitude - _ONE) if magnitude > _NONE else (sign ^ _SIGN) | _ONE
    half = read(bits, kind) * _HALF
    outer = half + read(sign | (magnitude + _ONE), kind) * _HALF
    inner = half + read(inside, kind) * _HALF
    return (outer, inner) if sign > _NONE else (inner, outer)


@compiled
@no_type_check
def cell_ends(stored: Any, base: Any, low: Any, high: Any, kind: Any) -> Any:
    """Write both ends of the cells of finite floats of 16 bits, whose patterns are unsigned."""
    for i in range(len(stored)):
        first, last = ends_of_cell(stored[i], kind)
        low[i], high[i] = first - base[i], last - base[i]
