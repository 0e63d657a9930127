"""How kernels, and the functions that they call, are compiled.

Nothing is reassociated, and no product and sum are fused, so that numbers are IEEE's on every machine;
but for `compiled_fused_part`, which fuses, and `compiled_free`, which does both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Compile a function without numba's own memory management: it makes no arrays and counts no
    references.

    Mark it by `no_type_check` as well, so that the tests' checks of shapes are not compiled with
    it.
    """
    decorator: Any = njit
    kernel: Callable[..., Any] = decorator(nogil=True, error_model="numpy", _nrt=False, **options)(function)
    return kernel


# What only kernels call needs no way in from Python, which takes a quarter of the compiler's time.
compiled_part = partial(compiled, no_cpython_wrapper=True, no_cfunc_wrapper=True)
# Its own products and sums may be one operation of the processor; not those of what it calls.
compiled_fused_part = partial(compiled_part, fastmath={"contract"})
# Its sums may be taken in any order: for estimates that whoever uses them makes good.
compiled_free = partial(compiled, fastmath={"contract", "reassoc"})
