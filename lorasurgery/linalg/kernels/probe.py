"""A kernel that says how its arguments arrived: if numba passes them otherwise than `abi` believes, it answers something else."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled


@compiled
@no_type_check
def probe(table: Any, row: Any, pattern: Any, number: Any, fraction: Any) -> Any:
    """Return the shape, last elements and values of the arguments as the digits of a number (see `machine_code`)."""
    last = np.int64(table[1, 2])
    total = table.shape[0] * 10**6 + table.shape[1] * 10**5 + last * 10**4 + row[3] * 10**3
    return total + np.int64(pattern) * 10**2 + number * 10 + np.int64(fraction * 4.0)
