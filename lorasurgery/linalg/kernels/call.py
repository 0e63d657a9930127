"""Call a compiled kernel with numpy's arrays and numbers: the one door to this package.

Machine code is called directly, so that a run need not import numba. Where that cannot be done
(numba's private calling convention, llvmlite or the cache are not as they are known here), the
kernel is called through numba itself: the same numbers, a second later. The log says so
(`lorasurgery -v`).
"""

from __future__ import annotations

import importlib
import logging
import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lorasurgery.linalg.kernels.abi import function_at, passed, run
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

# In bytes, of most processors.
CACHE_LINE = 64
_LOCK = threading.Lock()
_LOG = logging.getLogger(__name__)


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an unfilled array that begins at a cache line.

    Vectors that lie across two lines take twice as long to load, and numpy aligns to a quarter of a
    line.
    """
    dtype = np.dtype(dtype)
    nbytes = math.prod(shape) * dtype.itemsize
    room = np.empty(nbytes + CACHE_LINE, np.uint8)
    start = -room.__array_interface__["data"][0] % CACHE_LINE
    return room[start : start + nbytes].view(dtype).reshape(shape)


class PreparedArguments:
    """Arguments that are ready to be passed again and again: taking an array apart costs a microsecond."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments  # their memory must live as long as the parts
        names, parts = zip(*map(passed, arguments), strict=True) if arguments else ((), ())
        self.types: tuple[str, ...] = tuple(names)
        self.parts: tuple[Any, ...] = tuple(part for each in parts for part in each)


class Kernel:
    """A kernel by its name in a module of this package, compiled for the types of arguments that it meets.

    It lets go of the interpreter's lock while it runs. Arrays are contiguous, row by row; other
    arguments are Python's integers (64 bits) and floats, or numpy's numbers. It gives an integer, 0
    where the kernel has no result. No index is checked.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._functions: dict[tuple[str, ...], Callable[..., int] | None] = {}

    def __call__(self, *arguments: Any) -> int:
        types: list[str] = []
        parts: list[Any] = []
        for each in arguments:
            if isinstance(each, PreparedArguments):
                types += each.types
                parts += each.parts
            else:
                name, passed_parts = passed(each)
                types.append(name)
                parts += passed_parts
        key = tuple(types)
        function = self._functions[key] if key in self._functions else self._load(key)
        return self._by_numba(arguments) if function is None else run(function, tuple(parts))

    def _load(self, types: tuple[str, ...]) -> Callable[..., int] | None:
        with _LOCK:
            if types not in self._functions:
                self._functions[types] = self._machine_code(types)
        return self._functions[types]

    def _machine_code(self, types: tuple[str, ...]) -> Callable[..., int] | None:
        """Return the function to call, or None where only numba can call it."""
        try:
            from lorasurgery.linalg.kernels.machine_code import address_of

            return function_at(address_of(self._module, self._name, types), types)
        except Exception as error:  # whatever another numba or llvmlite does, its own way is open
            _LOG.info("%s.%s runs by numba: %s", self._module, self._name, reason_of(error))
            return None

    def _by_numba(self, arguments: tuple[Any, ...]) -> int:
        kernel = getattr(importlib.import_module(f"{__package__}.{self._module}"), self._name)
        flat = [
            argument
            for each in arguments
            for argument in (each.arguments if isinstance(each, PreparedArguments) else (each,))
        ]
        return kernel(*flat) or 0
