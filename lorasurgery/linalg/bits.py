"""Floating point numbers as integers that are in the same order, and where two tensors differ in a bit.

Neighbouring numbers are neighbouring integers, across zero too, and -0 is one less than +0: so the difference of two of them counts
the steps (units in the last place) between them, and is small where the numbers are close.
"""

from __future__ import annotations

import numpy as np
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


def at(values: Tensor, places: Tensor) -> Tensor:
    """The elements at flat positions, by their bits: not every dtype can be indexed."""
    return pattern(values).reshape(-1)[places].view(values.dtype)


def differing(one: Tensor, other: Tensor) -> Tensor:
    """Flat positions at which two tensors of one dtype differ in a bit, in order."""
    unlike = pattern(one).numpy() != pattern(other).numpy()
    return torch.from_numpy(np.flatnonzero(unlike))


def all_finite(values: Tensor) -> bool:
    """Whether no element is a NaN or an infinity: they are the largest patterns of either sign, so that two maxima tell."""
    if values.dtype.itemsize == 1 or not values.numel():  # not all 8-bit floats have infinities
        return bool(values.float().isfinite().all())
    bits = pattern(values).numpy()
    infinity = pattern(torch.full((1,), float("inf"), dtype=values.dtype)).numpy()[0]
    signed = bits.view(f"u{bits.dtype.itemsize}")
    negative_infinity = int(infinity) | 1 << (8 * bits.dtype.itemsize - 1)
    return bool(bits.max() < infinity and int(signed.max()) < negative_infinity)
