"""The bits of numbers as integers, by torch: what the package's loops are held against.

In the order of the numbers, neighbours are neighbouring integers, across zero too, and -0 is one
less than +0.
"""

from __future__ import annotations

import torch
from torch import Tensor

INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def pattern(values: Tensor) -> Tensor:
    """The bits of every element as a signed integer of the same size."""
    return values.contiguous().view(INTEGERS[values.dtype.itemsize])


def ordered(values: Tensor) -> Tensor:
    """Every element as an int64 in the order of the numbers; integers are themselves."""
    bits = pattern(values).long()
    if not values.dtype.is_floating_point:
        return bits
    magnitude = bits & (2 ** (8 * values.dtype.itemsize - 1) - 1)
    return torch.where(bits < 0, -magnitude - 1, bits)


def from_ordered(numbers: Tensor, dtype: torch.dtype) -> Tensor:
    """The inverse of `ordered`."""
    integer = INTEGERS[dtype.itemsize]
    if dtype.is_floating_point:
        numbers = torch.where(numbers < 0, (-(numbers + 1)) | torch.iinfo(integer).min, numbers)
    return numbers.to(integer).view(dtype)
