"""Float32 rounded to bfloat16, to nearest and ties to even."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled


@compiled
@no_type_check
def narrow(bits: Any, out: Any) -> Any:
    """Write the upper halves of the rounded bit patterns of numbers that are finite."""
    for i in range(bits.shape[0]):
        for j in range(bits.shape[1]):
            pattern = bits[i, j]
            odd = (pattern >> np.uint32(16)) & np.uint32(1)
            out[i, j] = np.uint16((pattern + np.uint32(0x7FFF) + odd) >> np.uint32(16))
