"""Give memory that was freed back to the system, which glibc keeps for the next that asks.

It keeps blocks of up to 32 MiB, and a subspace that grows leaves many that nothing else fits into: 270 MB
in one run. Other C libraries have no such call, and other systems need none.

Source: malloc_trim(3) of glibc.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Return the pages of all freed blocks to the system; it takes some milliseconds."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    if trim is not None:
        trim.argtypes = [ctypes.c_size_t]
    return trim
