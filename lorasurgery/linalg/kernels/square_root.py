"""The square root as the processor's own instruction.

numba's `sqrt` calls the C library for numbers below 0, which object code may not (see `compile`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import intrinsic


@intrinsic
def root(_: Any, _number: Any) -> tuple[Any, Callable[..., Any]]:
    """Return √x of a float64, correctly rounded; NaN below 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        double = context.get_value_type(signature.args[0])
        return builder.call(builder.module.declare_intrinsic("llvm.sqrt", [double]), arguments)

    return types.float64(types.float64), generate
