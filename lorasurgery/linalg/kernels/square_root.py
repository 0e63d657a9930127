"""The square root as the processor's own instruction.

numba's `sqrt` calls the C library for numbers below 0, which object code may not (see `compile`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import intrinsic


@intrinsic
def root(_: Any, number: Any) -> tuple[Any, Callable[..., Any]]:
    """Return √x of a float32 or a float64 in its own type, correctly rounded; NaN below 0."""
    kind = number if number == types.float32 else types.float64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        own = context.get_value_type(signature.args[0])
        return builder.call(builder.module.declare_intrinsic("llvm.sqrt", [own]), arguments)

    return kind(kind), generate
