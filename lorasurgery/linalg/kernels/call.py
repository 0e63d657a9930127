"""Call a compiled loop with numpy's arrays and numbers.

A function that numba compiled takes an array as its parts, (memory's owner, parent, count, size of an element, address, shape, strides), and
gives its result through a pointer, its success as a number.

Source: numba's documentation, "Notes on the Numba Runtime", and `numba.core.callconv.CPUCallConv` (numba 0.68).
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lorasurgery.linalg.kernels.object_cache import load

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

# In bytes, of most processors.
LINE = 64
_LOCK = threading.Lock()
_C_TYPES: dict[str, Any] = {
    "<u2": ctypes.c_uint16,
    "<i2": ctypes.c_int16,
    "<u4": ctypes.c_uint32,
    "<i8": ctypes.c_int64,
    "<f4": ctypes.c_float,
    "<f8": ctypes.c_double,
    "int": ctypes.c_int64,
    "float": ctypes.c_double,
}


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array, not filled, that begins where a line of the processor's memory does: vectors that lie across two lines take twice as
    long to load, and numpy aligns to a quarter of a line."""
    dtype = np.dtype(dtype)
    nbytes = math.prod(shape) * dtype.itemsize
    room = np.empty(nbytes + LINE, np.uint8)
    start = -room.__array_interface__["data"][0] % LINE
    return room[start : start + nbytes].view(dtype).reshape(shape)


class Taken:
    """Arguments that are ready to be passed, for those that come again: to take an array apart takes a microsecond."""

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments  # their memory is to live
        self.types, self.parts = _taken(arguments)


class Loop:
    """A loop by its name in a module of this package. It is compiled for the types of arguments that it meets, and lets go of the
    interpreter's lock while it runs.

    Arrays are contiguous, row by row. Other arguments are Python's integers (64 bits), its floats, or numpy's numbers. It gives an
    integer, 0 where the loop has no result. No index is checked.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._compiled: dict[tuple[str, ...], Callable[..., int]] = {}

    def __call__(self, *arguments: Any) -> int:
        types, parts = _taken(arguments)
        compiled = self._compiled.get(types) or self._load(types)
        result, failure = ctypes.c_int64(0), ctypes.c_void_p()
        status = compiled(ctypes.addressof(result), ctypes.addressof(failure), *parts)
        assert status in _SUCCESS, f"{self._name} ended with {status}"
        return result.value

    def _load(self, types: tuple[str, ...]) -> Callable[..., int]:
        with _LOCK:
            if types not in self._compiled:
                address = load(self._module, self._name, types)
                self._compiled[types] = ctypes.CFUNCTYPE(ctypes.c_int32, *c_types(types))(address)
        return self._compiled[types]


# With a result, and with None for one.
_SUCCESS = (0, -2)


def _taken(arguments: tuple[Any, ...]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """The names of the types, of an array by dtype and dimensions; and what is passed for each."""
    types: list[str] = []
    parts: list[Any] = []
    for each in arguments:
        if isinstance(each, Taken):
            types += each.types
            parts += each.parts
        elif isinstance(each, np.ndarray):
            assert each.flags.c_contiguous, "compiled loops take arrays as they lie in memory"
            types.append(_name(each.dtype, each.ndim))
            address = each.__array_interface__["data"][0]
            parts += (None, None, each.size, each.itemsize, address, *each.shape, *each.strides)
        elif isinstance(each, np.generic):
            types.append(_name(each.dtype, None))
            parts.append(each.item())
        else:
            types.append(type(each).__name__)
            assert types[-1] in _C_TYPES, f"compiled loops take no {types[-1]}"
            parts.append(each)
    return tuple(types), tuple(parts)


@cache
def _name(dtype: np.dtype[Any], dimensions: int | None) -> str:
    return f"{dtype.str}{'' if dimensions is None else dimensions}"


def c_types(types: tuple[str, ...]) -> list[Any]:
    """How a loop's arguments are passed: where the result goes, where what failed would, and then each argument or its parts."""
    found: list[Any] = [ctypes.c_void_p, ctypes.c_void_p]
    for each in types:
        if each in _C_TYPES:
            found.append(_C_TYPES[each])
        else:
            pointer, number = ctypes.c_void_p, ctypes.c_int64
            found += [pointer, pointer, number, number, pointer, *[number] * (2 * int(each[-1]))]
    return found
