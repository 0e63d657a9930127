"""From float64 to a stored dtype in one rounding, to nearest and ties to even.

torch's own cast of float64 to bfloat16, float16 and the 8-bit floats goes through float32 and so
rounds twice, which is wrong for about one value in 10⁸. Rounding to odd on the way keeps what the
second rounding needs to know.

Source: Boldo & Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using
rounding to odd", 2008, IEEE Transactions on Computers 57(4), theorem 1.
"""

from __future__ import annotations

import torch
from torch import Tensor

# What a NaN becomes: processors do not agree on its bits when they convert one.
NANS = {
    torch.bfloat16: (torch.int16, 0x7FC0),
    torch.float16: (torch.int16, 0x7E00),
    torch.float32: (torch.int32, 0x7FC00000),
    torch.float64: (torch.int64, 0x7FF8 << 48),
}


def round_once(exact: Tensor, dtype: torch.dtype) -> Tensor:
    """Round float64 to `dtype`; every NaN becomes the same one."""
    rounded = exact.to(dtype) if dtype.itemsize >= 4 else to_odd(exact).to(dtype)
    if dtype in NANS and bool((missing := exact.isnan()).any()):
        integer, bits = NANS[dtype]
        return torch.where(missing, torch.tensor(bits, dtype=integer).view(dtype), rounded)
    return rounded


def to_odd(exact: Tensor) -> Tensor:
    """Float64 in float32, truncated towards zero, with the last bit set wherever something was cut off."""
    near = exact.float()
    away = near.double().abs() > exact.abs()
    inexact = near.double() != exact
    bits = near.contiguous().view(torch.int32)
    # One less in magnitude is one less as an integer, whatever the sign; what overflowed comes back
    # to the largest float.
    truncated = bits - away.to(torch.int32)
    return torch.where(inexact, truncated | 1, bits).view(torch.float32)
