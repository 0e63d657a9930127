"""Shapes of arrays in annotations, such as `Float[ndarray, "out in"]`, by jaxtyping.

They are checked while the tests run, which load jaxtyping first. No other process pays for its
import, which takes a sixth of a small `inspect`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Float, Float64, UInt8, UInt16
else:

    class _Unchecked:
        """What an array's type stands for where nothing checks it."""

        def __class_getitem__(cls, _: object) -> object:
            return Any

    Float = Float64 = UInt8 = UInt16 = _Unchecked

__all__ = ["Float", "Float64", "UInt8", "UInt16"]
