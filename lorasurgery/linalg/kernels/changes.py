"""The difference of two blocks of stored numbers, and the squares of it and of the first, in one pass."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled_free
from lorasurgery.linalg.kernels.numbers import read

_TOGETHER = 512


@compiled_free
@no_type_check
def subtract(old: Any, new: Any, change: Any, energies: Any) -> Any:
    """Write new − old in float32, and add ‖old‖² and ‖new − old‖² to `energies`.

    Squares of so many numbers of a row are summed in float32 and in any order, those sums in float64.
    """
    kind = old[0, 0]
    for i in range(old.shape[0]):
        for start in range(0, old.shape[1], _TOGETHER):
            of_old = of_change = np.float32(0.0)
            for j in range(start, min(start + _TOGETHER, old.shape[1])):
                before = read(old[i, j], kind)
                difference = np.float32(read(new[i, j], kind) - before)
                change[i, j] = difference
                of_old += before * before
                of_change += difference * difference
            energies[0] += np.float64(of_old)
            energies[1] += np.float64(of_change)
