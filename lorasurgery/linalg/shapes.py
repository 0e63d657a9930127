"""Shapes of arrays in annotations, such as `Float[ndarray, "out in"]`, by jaxtyping.

They are checked while the tests run, which load jaxtyping first. Nothing else evaluates an annotation, so
that no other process pays for its import: a sixth of a small `inspect`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Float, Float64, UInt8, UInt16
else:
    Float = Float64 = UInt8 = UInt16 = Any

__all__ = ["Float", "Float64", "UInt8", "UInt16"]
