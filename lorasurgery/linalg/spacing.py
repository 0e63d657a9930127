"""The spacing of the values that a dtype can store around each element: u = 2^(exponent − mantissa bits).

Spacings are powers of two, so that a byte an element holds them. Subnormal numbers and zero have
the spacing of the smallest normal number. Of quantised values the spacings are given (`Steps`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.ordered import rounded
from lorasurgery.linalg.panels import row_slices
from lorasurgery.linalg.shapes import Float, UInt8
from lorasurgery.stored_array import StoredArray

_MANTISSA_BITS, _BIAS = 23, 127
# The bits of a float32's exponent, and the powers of two that they stand for.
_EXPONENT, _LEAST, _MOST = 0x7F800000, 2.0**-126, 2.0**127


@dataclass(frozen=True)
class Spacing:
    """The spacings of a matrix: 2^(exponents) times `unit`."""

    exponents: UInt8[ndarray, "out in"]
    unit: float

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.exponents.shape
        return rows, columns

    @property
    def largest(self) -> float:
        return self.unit * 2.0 ** int(self.exponents.max()) if self.exponents.size else 0.0

    def relative_to(self, largest: float, rows: slice) -> Float[ndarray, "rows in"]:
        """The spacings of some rows as shares of `largest`, which is a power of two and so leaves
        them exact.
        """
        shift = _BIAS + round(math.log2(self.unit / largest))
        bits = self.exponents[rows].astype(np.int32)
        bits += shift
        np.maximum(bits, 0, out=bits)
        bits <<= _MANTISSA_BITS
        return bits.view(np.float32)


@dataclass(frozen=True)
class Steps:
    """The distances between the numbers that a quantiser can store around each element, to three digits:
    they are rounded to bfloat16.
    """

    values: StoredArray

    @staticmethod
    def of(blocks: Iterable[StoredArray]) -> Steps:
        """Take them as consecutive blocks of rows."""
        bits = [rounded(block.exact(), Dtype.BF16).bits for block in blocks]
        return Steps(StoredArray(np.concatenate(bits), Dtype.BF16))

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.values.shape
        return rows, columns

    @property
    def largest(self) -> float:
        """A power of two that none of them exceeds."""
        largest = max((float(self._panel(rows).max()) for rows in row_slices(self.shape)), default=0.0)
        return 2.0 ** math.ceil(math.log2(largest)) if largest > 0 else 0.0

    def relative_to(self, largest: float, rows: slice) -> Float[ndarray, "rows in"]:
        """Those of some rows as shares of `largest`."""
        return np.asarray(self._panel(rows) / np.float32(largest))

    def _panel(self, rows: slice) -> Float[ndarray, "rows in"]:
        return self.values[rows].exact()


@dataclass(frozen=True)
class StreamedRows:
    """A stored matrix that is read anew, some rows at a time; a sweep asks for all rows, in order."""

    shape: tuple[int, int]
    read: Callable[[int, int], StoredArray]


@dataclass(frozen=True)
class StreamedSpacing:
    """The spacings of a matrix that is read anew whenever they are asked for."""

    stored: StreamedRows
    largest: float

    @staticmethod
    def of(stored: StreamedRows) -> StreamedSpacing:
        """Find the largest of them, which takes a reading of the matrix."""
        panels = (_relative(_rows(stored, rows), 1.0) for rows in row_slices(stored.shape))
        return StreamedSpacing(stored, max((float(panel.max()) for panel in panels), default=0.0))

    @property
    def shape(self) -> tuple[int, int]:
        return self.stored.shape

    def relative_to(self, largest: float, rows: slice) -> Float[ndarray, "rows in"]:
        """Those of some rows as shares of `largest`."""
        return _relative(_rows(self.stored, rows), largest)


def _rows(stored: StreamedRows, rows: slice) -> StoredArray:
    start, stop, _ = rows.indices(stored.shape[0])
    return stored.read(start, stop)


def _relative(panel: StoredArray, largest: float) -> Float[ndarray, "rows in"]:
    """The spacings as shares of `largest`: numbers without their mantissas, none below the normal ones."""
    with np.errstate(over="ignore"):  # of float64
        powers = np.bitwise_and(panel.single().view(np.int32), _EXPONENT).view(np.float32)
    least = max(panel.dtype.smallest_normal, _LEAST)
    np.clip(powers, np.float32(least), np.float32(_MOST), out=powers)
    powers *= np.float32(panel.dtype.eps / largest)
    return powers


Spacings = Spacing | Steps | StreamedSpacing


def spacing_of(stored: StoredArray | Iterable[StoredArray] | Steps | StreamedRows) -> Spacings:
    """The spacings of a matrix that is given whole or as consecutive blocks of rows, all of one dtype.

    Where they are known already, they are given in the place of the matrix.
    """
    if isinstance(stored, Steps):
        return stored
    if isinstance(stored, StreamedRows):
        return StreamedSpacing.of(stored)
    return _of_blocks([stored] if isinstance(stored, StoredArray) else stored)


def _of_blocks(blocks: Iterable[StoredArray]) -> Spacing:
    found, unit = [], 1.0
    for block in blocks:
        unit = block.dtype.eps * 2.0**-_BIAS
        least = max(1, _BIAS + math.frexp(block.dtype.smallest_normal)[1] - 1)
        panels = (block[rows] for rows in row_slices(block.shape))
        found += [_exponents(panel, least) for panel in panels]
    return Spacing(np.concatenate(found), unit)


def _exponents(panel: StoredArray, least: int) -> UInt8[ndarray, "rows in"]:
    with np.errstate(over="ignore"):  # of float64
        bits = panel.single().view(np.int32) >> _MANTISSA_BITS
    bits &= 0xFF
    return np.asarray(np.maximum(bits, least), np.uint8)
