"""The difference of two blocks of stored numbers in float32, with the squares of it and of the first."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.panels import LEAST_ENERGY, MOST_ENERGY, energy

_SUBTRACT = Kernel("changes", "subtract")
# Dtypes that the kernel reads by their bits: torch's integers of that size, and numpy's kinds.
_BITS: dict[torch.dtype, tuple[torch.dtype, Any]] = {
    torch.bfloat16: (torch.int16, np.uint16),
    torch.float16: (torch.int16, np.int16),
    torch.float32: (torch.int32, np.uint32),
}


def suits(old: Tensor, new: Tensor) -> bool:
    """Whether both are numbers that the kernel reads."""
    return (
        old.dtype == new.dtype
        and old.dtype in _BITS
        and old.is_contiguous()
        and new.is_contiguous()
        and old.numel() > 0
        and old.device.type == "cpu"
    )


def subtract(
    old: Float[Tensor, "rows in"], new: Float[Tensor, "rows in"], out: Float[Tensor, "rows in"]
) -> tuple[float, float]:
    """Write new − old in float32 into `out`, and return ‖old‖²_F and ‖new − old‖²_F."""
    integer, kind = _BITS[old.dtype]
    energies = np.zeros(2)
    _SUBTRACT(*(side.view(integer).numpy().view(kind) for side in (old, new)), out.numpy(), energies)
    sides = zip(energies.tolist(), (old, out), strict=True)
    # Where squares in float32 may have vanished or overflown, each number is squared in float64.
    of_old, of_change = (
        value if LEAST_ENERGY < value < MOST_ENERGY else energy(side.float()) for value, side in sides
    )
    return of_old, of_change
