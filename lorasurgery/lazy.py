"""A tensor that is known by shape and dtype, and read when somebody asks.

Checkpoints give them out, verbs compose them, writers take them: so a header can be written before the
first byte of data is read, and memory never holds more than the tensor in hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.raw import Raw, bits_of, tensor_of
from lorasurgery.stamp import FileStamp

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


# Reads elements from one position up to another, as unsigned integers of their size.
ReadBits = Callable[[int, int], "NDArray[Any]"]


@dataclass(frozen=True)
class Place:
    """Where a tensor's bytes lie as they are: so many bytes of a file in the state that its stamp tells."""

    path: Path
    offset: int
    nbytes: int
    stamp: FileStamp


@dataclass(frozen=True)
class Quantised:
    """How a tensor is stored whose numbers are codes times scales.

    `label` names the format, `dtype` is that of the codes, `nbytes` what codes and scales take. `refusal` says of the tensor why its
    numbers cannot be read ("is quantised (...), and ..."), "" where they can; then `has_shape` tells whether the shape is the weight's own or a guess from its codes.
    """

    label: str
    dtype: Dtype
    nbytes: int
    refusal: str = ""
    has_shape: bool = True


@dataclass(frozen=True)
class LazyTensor:
    """A tensor's shape and dtype, and how to read it.

    `read()` gives a tensor of that shape and dtype. `rows(start, stop)`, where a source has it, reads only those rows of
    the first dimension; `read_rows` works for every source. `bits(start, stop)`, where a source lies in one piece, reads a
    range of elements as unsigned integers of their size, without torch if the source can; `read_bits` works for every
    source. `opened`, where a source has it, gives the same function for many reads one after the other. `advise`, where a source has
    it, asks for the bytes to be fetched in the background. `place`, where the bytes lie in a file as they are read, lets the kernel copy
    them. `quantised`, where codes are stored and not numbers, says how.
    """

    shape: tuple[int, ...]
    dtype: Dtype
    read: Callable[[], Tensor]
    rows: Callable[[int, int], Tensor] | None = None
    advise: Callable[[], None] | None = None
    place: Place | None = None
    bits: ReadBits | None = None
    opened: Callable[[], AbstractContextManager[ReadBits]] | None = None
    quantised: Quantised | None = None

    @property
    def numel(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.numel * self.dtype.itemsize

    def read_rows(self, start: int, stop: int) -> Tensor:
        """Read rows `start` to `stop` (exclusive) of the first dimension."""
        return self.rows(start, stop) if self.rows else self.read()[start:stop]

    def read_bits(self, start: int, stop: int) -> NDArray[Any]:
        """Read elements `start` to `stop` (exclusive) of the flattened tensor, as unsigned integers of their size."""
        if self.bits:
            return self.bits(start, stop)
        return bits_of(self.viewed((self.numel,)).read_rows(start, stop))

    def raw(self) -> Raw:
        """Read all of it, as it is stored."""
        return Raw(self.read_bits(0, self.numel).reshape(self.shape), self.dtype)

    def raw_rows(self, start: int, stop: int) -> Raw:
        """Read rows `start` to `stop` (exclusive) of the first dimension, as they are stored."""
        row = math.prod(self.shape[1:])
        return Raw(self.read_bits(start * row, stop * row).reshape(stop - start, *self.shape[1:]), self.dtype)

    def raw_sample(self, rows: Iterable[int]) -> Raw:
        """Read some rows of the first dimension, as they are stored."""
        import numpy as np

        width = math.prod(self.shape[1:])
        with self._opened() as bits:
            found = np.concatenate([bits(row * width, (row + 1) * width) for row in rows])
        return Raw(found.reshape(-1, *self.shape[1:]), self.dtype)

    def raw_blocks(self, elements: int) -> Iterator[tuple[int, Raw]]:
        """Read all of it as it is stored, so many elements at a time and a row at least: each block of rows with its first one."""
        width = math.prod(self.shape[1:])
        rows = max(1, elements // max(1, width))
        with self._opened() as bits:
            for start in range(0, self.shape[0], rows):
                stop = min(start + rows, self.shape[0])
                block = bits(start * width, stop * width).reshape(stop - start, *self.shape[1:])
                yield start, Raw(block, self.dtype)

    def _opened(self) -> AbstractContextManager[ReadBits]:
        if self.opened:
            return self.opened()
        if self.bits:
            return nullcontext(self.bits)
        whole = self.read_bits(0, self.numel)
        return nullcontext(lambda start, stop: whole[start:stop])

    def viewed(self, shape: tuple[int, ...]) -> LazyTensor:
        """The same elements, in the same order, under another shape of at least one dimension."""
        if shape == self.shape:
            return self
        bits = self.bits
        return LazyTensor(
            shape,
            self.dtype,
            lambda: self.read().reshape(shape),
            _rows(shape, self.dtype, bits) if bits else None,
            self.advise,
            self.place,
            bits,
            self.opened,
            self.quantised,
        )

    def map(self, change: Callable[[Tensor], Tensor], *, shape: tuple[int, ...], dtype: Dtype) -> LazyTensor:
        """The tensor that `change` makes of this one, to be read later; the caller states what it will be."""
        return LazyTensor(shape, dtype, lambda: change(self.read()))

    @staticmethod
    def of(tensor: Tensor) -> LazyTensor:
        """Wrap a tensor that is in memory already."""
        return LazyTensor(
            tuple(tensor.shape),
            Dtype.of(tensor.dtype),
            lambda: tensor,
            lambda start, stop: tensor[start:stop],
            bits=lambda start, stop: bits_of(tensor.reshape(-1)[start:stop]),
        )

    @staticmethod
    def of_bits(
        shape: tuple[int, ...],
        dtype: Dtype,
        bits: ReadBits,
        advise: Callable[[], None] | None = None,
        place: Place | None = None,
        opened: Callable[[], AbstractContextManager[ReadBits]] | None = None,
    ) -> LazyTensor:
        """A tensor that lies in one piece, all of which is read through `bits`."""
        return LazyTensor(
            shape,
            dtype,
            lambda: tensor_of(bits(0, math.prod(shape)), dtype).reshape(shape),
            _rows(shape, dtype, bits) if shape else None,
            advise,
            place,
            bits,
            opened,
        )


def _rows(shape: tuple[int, ...], dtype: Dtype, bits: ReadBits) -> Callable[[int, int], Tensor]:
    """How rows are read of what lies in one piece."""
    row = math.prod(shape[1:])

    def rows(start: int, stop: int) -> Tensor:
        start, stop, _ = slice(start, stop).indices(shape[0])
        elements = tensor_of(bits(start * row, stop * row), dtype)
        return elements.reshape(stop - start, *shape[1:])

    return rows
