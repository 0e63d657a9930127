"""The difference of two blocks of stored numbers in float32, with the squares of it and of the first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.panels import LEAST_ENERGY, MOST_ENERGY, energy
from lorasurgery.linalg.shapes import Float
from lorasurgery.stored_array import StoredArray

_SUBTRACT = Kernel("changes", "subtract")
# What the kernel knows the dtypes by whose bits it reads.
_BITS: dict[Dtype, Any] = {Dtype.BF16: np.uint16, Dtype.F16: np.int16, Dtype.F32: np.uint32}


def suits(old: StoredArray, new: StoredArray) -> bool:
    """Whether both are numbers that the kernel reads."""
    return (
        old.dtype is new.dtype
        and old.dtype in _BITS
        and old.bits.flags.c_contiguous
        and new.bits.flags.c_contiguous
        and old.bits.size > 0
    )


def subtract(old: StoredArray, new: StoredArray, out: Float[ndarray, "rows in"]) -> tuple[float, float]:
    """Write new − old in float32 into `out`, and return ‖old‖²_F and ‖new − old‖²_F."""
    energies = np.zeros(2)
    _SUBTRACT(*(side.bits.view(_BITS[old.dtype]) for side in (old, new)), out, energies)
    of_old, of_change = energies.tolist()
    # Where squares in float32 may have vanished or overflowed, each number is squared in float64.
    return (
        of_old if LEAST_ENERGY < of_old < MOST_ENERGY else energy(old.exact()),
        of_change if LEAST_ENERGY < of_change < MOST_ENERGY else energy(out),
    )
