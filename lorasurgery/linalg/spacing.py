"""The spacing of the values that a dtype can store around each element: u = 2^(exponent − mantissa bits).

Spacings are powers of two, so that a byte an element holds them. Subnormal numbers and zero have
the spacing of the smallest normal number. Of quantised values the spacings are given (`Steps`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import BFloat16, Float, UInt8
from torch import Tensor

from lorasurgery.linalg.panels import row_slices
from lorasurgery.linalg.streamed import StreamedMatrix

_MANTISSA_BITS, _BIAS = 23, 127


@dataclass(frozen=True)
class Spacing:
    """The spacings of a matrix: 2^(exponents) times `unit`."""

    exponents: UInt8[Tensor, "out in"]
    unit: float

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.exponents.shape
        return rows, columns

    @property
    def largest(self) -> float:
        return self.unit * 2.0 ** int(self.exponents.max()) if self.exponents.numel() else 0.0

    def relative_to(self, largest: float, rows: slice) -> Float[Tensor, "rows in"]:
        """The spacings of some rows as shares of `largest`, which is a power of two and so leaves
        them exact.
        """
        shift = _BIAS + round(math.log2(self.unit / largest))
        bits = (self.exponents[rows].to(torch.int32) + shift).clamp_(min=0) << _MANTISSA_BITS
        return bits.view(torch.float32)


@dataclass(frozen=True)
class Steps:
    """The distances between the numbers that a quantiser can store around each element, to three digits."""

    values: BFloat16[Tensor, "out in"]

    @staticmethod
    def of(blocks: Iterable[Tensor]) -> Steps:
        """Take them as consecutive blocks of rows."""
        return Steps(torch.cat([block.bfloat16() for block in blocks]))

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.values.shape
        return rows, columns

    @property
    def largest(self) -> float:
        """A power of two that none of them exceeds."""
        largest = float(self.values.max()) if self.values.numel() else 0.0
        return 2.0 ** math.ceil(math.log2(largest)) if largest > 0 else 0.0

    def relative_to(self, largest: float, rows: slice) -> Float[Tensor, "rows in"]:
        """Those of some rows as shares of `largest`."""
        return self.values[rows].float() / largest


@dataclass(frozen=True)
class StreamedSpacing:
    """The spacings of a matrix that is read anew whenever they are asked for."""

    stored: StreamedMatrix
    largest: float

    @staticmethod
    def of(stored: StreamedMatrix) -> StreamedSpacing:
        """Find the largest of them, which takes a reading of the matrix."""
        panels = (spacing_of(stored[rows]).largest for rows in row_slices(stored.shape))
        return StreamedSpacing(stored, max(panels, default=0.0))

    @property
    def shape(self) -> tuple[int, int]:
        return self.stored.shape

    def relative_to(self, largest: float, rows: slice) -> Float[Tensor, "rows in"]:
        """Those of some rows as shares of `largest`."""
        return spacing_of(self.stored[rows]).relative_to(largest, slice(None))


Spacings = Spacing | Steps | StreamedSpacing


def spacing_of(stored: Tensor | Iterable[Tensor] | Steps | StreamedMatrix) -> Spacings:
    """The spacings of a matrix that is given whole or as consecutive blocks of rows, all of one dtype.

    Where they are known already, they are given in the place of the matrix.
    """
    if isinstance(stored, Steps):
        return stored
    if isinstance(stored, StreamedMatrix):
        return StreamedSpacing.of(stored)
    blocks = [stored] if isinstance(stored, Tensor) else stored
    found, unit = [], 1.0
    for block in blocks:
        info = torch.finfo(block.dtype)
        unit = info.eps * 2.0**-_BIAS
        least = max(1, _BIAS + math.frexp(info.smallest_normal)[1] - 1)
        found += [_exponents(block[rows], least) for rows in row_slices(block.shape)]
    return Spacing(torch.cat(found), unit)


def _exponents(panel: Tensor, least: int) -> UInt8[Tensor, "rows in"]:
    bits = panel.float().view(torch.int32) >> _MANTISSA_BITS
    return (bits & 0xFF).clamp_(min=least).to(torch.uint8)
