"""A kernel that reports how its arguments arrived, to detect a change of numba's calling convention."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled


@compiled
@no_type_check
def probe(table: Any, row: Any, pattern: Any, number: Any, fraction: Any) -> Any:
    """Return the shape, last elements and values of the arguments as digits of one number (see
    `machine_code`).
    """
    last = np.int64(table[1, 2])
    total = table.shape[0] * 10**6 + table.shape[1] * 10**5 + last * 10**4 + row[3] * 10**3
    return total + np.int64(pattern) * 10**2 + number * 10 + np.int64(fraction * 4.0)
