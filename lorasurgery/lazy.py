"""A tensor that is known by its shape and dtype, and read only when it is needed.

Checkpoints give lazy tensors out, formats and verbs transpose, slice, scale and join them (several
at once: `lazy_join`), and writers take them. A header can thus be written before the first byte of
data is read, and memory never holds more than the tensor in hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.one_piece import ReadBits, ReadInOnePiece
from lorasurgery.remote import fetcher, remote_file
from lorasurgery.stamp import FileStamp
from lorasurgery.stored_array import StoredArray, bits_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A range of bytes of a file in the state of its stamp, which holds a tensor as it is read."""

    path: Path
    offset: int
    nbytes: int
    stamp: FileStamp


@dataclass(frozen=True)
class Quantised:
    """How a quantised tensor is stored: as quantised numbers and scales.

    `label` names the format, `dtype` is that of the codes, `nbytes` what codes and scales take.
    `refusal` says of the tensor why its numbers cannot be read ("is quantised (...), and ..."), ""
    where they can; then `has_shape` says whether the shape is the weight's own or a guess from its
    codes. `steps`, of the weight's own shape, are the distances between the numbers that can be
    stored around each element; None where they are not known.
    """

    label: str
    dtype: Dtype
    nbytes: int
    refusal: str = ""
    has_shape: bool = True
    steps: LazyTensor | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LazyTensor:
    """The shape and dtype of a tensor, and how to read it.

    `read()` gives a tensor of that shape and dtype. `rows(start, stop)`, where a source has it,
    reads only those rows of the first dimension; `read_rows` works for every source. `bits(start,
    stop)`, where a source is stored in one piece, reads a range of elements as unsigned integers of
    their size, without torch if the source can; `read_bits` works for every source. `opened`, where
    a source has it, gives the same function for many reads one after the other. `advise`, where a
    source has it, asks for the bytes to be fetched in the background. `stored`, where a
    source must be read whole, gives its bit patterns without torch. `place`, where the bytes are in
    a file as they are read, lets the kernel copy them. `quantised`, where codes are stored and not
    numbers, says how.
    """

    shape: tuple[int, ...]
    dtype: Dtype
    read: Callable[[], Tensor]
    _: KW_ONLY
    rows: Callable[[int, int], Tensor] | None = None
    advise: Callable[[], None] | None = None
    place: ByteRange | None = None
    bits: ReadBits | None = None
    opened: Callable[[], AbstractContextManager[ReadBits]] | None = None
    stored: Callable[[], StoredArray] | None = None
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
        """Read the bit patterns of elements `start` to `stop` (exclusive) of the flat tensor."""
        if self.bits:
            return self.bits(start, stop)
        if self.stored:
            whole: NDArray[Any] = self.stored().bits.reshape(-1)
            return whole[start:stop]
        if start == 0 and stop == self.numel:
            return bits_of(self.read())
        return bits_of(self.viewed((self.numel,)).read_rows(start, stop))

    def raw(self) -> StoredArray:
        """Read the whole tensor as it is stored."""
        if self.stored:
            return self.stored()
        if self.bits is None:
            return StoredArray.of(self.read())
        return StoredArray(self.bits(0, self.numel).reshape(self.shape), self.dtype)

    def raw_rows(self, start: int, stop: int) -> StoredArray:
        """Read rows `start` to `stop` (exclusive) of the first dimension as they are stored."""
        if self.bits is None and self.stored is None and self.shape:
            return StoredArray.of(self.read_rows(start, stop))
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        row = math.prod(self.shape[1:])
        return StoredArray(
            self.read_bits(start * row, stop * row).reshape(stop - start, *self.shape[1:]), self.dtype
        )

    def advise_rows(self, rows: Iterable[int]) -> None:
        """Have some rows of the first dimension fetched soon, where they are elsewhere."""
        file = remote_file(self.place.path) if self.place else None
        if file is not None and self.place is not None and self.shape[0]:
            row_nbytes = self.place.nbytes // self.shape[0]
            for row in rows:
                fetcher().advise(file, self.place.offset + row * row_nbytes, row_nbytes)

    def raw_sample(self, rows: Sequence[int]) -> StoredArray:
        """Read some rows of the first dimension as they are stored."""
        import numpy as np

        self.advise_rows(rows)
        width = math.prod(self.shape[1:])
        with self._opened() as bits:
            found = np.concatenate([bits(row * width, (row + 1) * width) for row in rows])
        return StoredArray(found.reshape(-1, *self.shape[1:]), self.dtype)

    def raw_blocks(self, elements: int) -> Iterator[tuple[int, StoredArray]]:
        """Read the tensor as stored in blocks of about this size; give each with its first row."""
        width = math.prod(self.shape[1:])
        rows = max(1, elements // max(1, width))
        if 0 < self.shape[0] <= rows:
            yield 0, self.raw()
            return
        with self._opened() as bits:
            for start in range(0, self.shape[0], rows):
                stop = min(start + rows, self.shape[0])
                block = bits(start * width, stop * width).reshape(stop - start, *self.shape[1:])
                yield start, StoredArray(block, self.dtype)

    def _opened(self) -> AbstractContextManager[ReadBits]:
        if self.opened:
            return self.opened()
        if self.bits:
            return nullcontext(self.bits)
        whole = self.read_bits(0, self.numel)
        return nullcontext(lambda start, stop: whole[start:stop])

    def viewed(self, shape: tuple[int, ...]) -> LazyTensor:
        """Give the same elements, in the same order, another shape of at least one dimension."""
        if shape == self.shape:
            return self
        bits = self.bits
        rows: Callable[[int, int], Tensor] | None = None
        if bits:
            rows = ReadInOnePiece(shape, self.dtype, bits).rows
        elif self.shape and shape[0] == self.shape[0]:
            rows = self._viewed_rows(shape)
        return LazyTensor(
            shape,
            self.dtype,
            lambda: self.read().reshape(shape),
            rows=rows,
            advise=self.advise,
            place=self.place,
            bits=bits,
            opened=self.opened,
            stored=self.stored and (lambda: self._rearranged(lambda bits: bits.reshape(shape))),
            quantised=self.quantised,
        )

    def _viewed_rows(self, shape: tuple[int, ...]) -> Callable[[int, int], Tensor] | None:
        rows = self.rows
        if rows is None:
            return None

        def viewed_rows(start: int, stop: int) -> Tensor:
            read = rows(start, stop)
            return read.reshape(read.shape[0], *shape[1:])

        return viewed_rows

    def map(
        self,
        change: Callable[[Tensor], Tensor],
        *,
        shape: tuple[int, ...] | None = None,
        dtype: Dtype | None = None,
    ) -> LazyTensor:
        """Give what `change` makes of this tensor when it is read; state a shape or a dtype that changes."""
        return LazyTensor(
            self.shape if shape is None else shape,
            dtype or self.dtype,
            lambda: change(self.read()),
            advise=self.advise,
        )

    @property
    def T(self) -> LazyTensor:
        """The transpose of a matrix, or of each matrix of a batch, contiguous in memory."""
        return self.transposed()

    def transposed(self, *, as_view: bool = False) -> LazyTensor:
        """Swap the last two dimensions; a vector stays what it is.

        As a view of what was read, the transpose takes no memory of its own.
        """
        if len(self.shape) < 2:
            return self
        shape = (*self.shape[:-2], self.shape[-1], self.shape[-2])
        if as_view:
            return self._moved(lambda t: t.mT, lambda bits: bits.swapaxes(-1, -2), shape)
        return self._moved(lambda t: t.mT.contiguous(), _turned, shape)

    def sliced(self, start: int, stop: int, *, dim: int = 0) -> LazyTensor:
        """Take positions `start` to `stop` of a dimension; only the rows of the first are read alone."""
        dim %= len(self.shape)
        shape = (*self.shape[:dim], stop - start, *self.shape[dim + 1 :])
        if dim:
            place = (slice(None),) * dim + (slice(start, stop),)
            return self._moved(
                lambda t: t.narrow(dim, start, stop - start).contiguous(), lambda bits: bits[place], shape
            )
        bits, before = self.bits, start * math.prod(self.shape[1:])
        return LazyTensor(
            shape,
            self.dtype,
            lambda: self.read_rows(start, stop),
            rows=lambda first, last: self.read_rows(start + first, start + last),
            advise=self.advise,
            bits=bits and (lambda first, last: bits(before + first, before + last)),
            stored=self.stored and (lambda: self.raw().rows(start, stop)),
            quantised=self.quantised,
        )

    def _moved(
        self,
        change: Callable[[Tensor], Tensor],
        change_bits: Callable[[NDArray[Any]], NDArray[Any]],
        shape: tuple[int, ...],
    ) -> LazyTensor:
        """Give the same elements in another place, without torch where this tensor is read without it."""
        stored = (lambda: self._rearranged(change_bits)) if self.bits or self.stored else None
        return LazyTensor(shape, self.dtype, lambda: change(self.read()), advise=self.advise, stored=stored)

    def _rearranged(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> StoredArray:
        whole = self.raw()
        return StoredArray(change(whole.bits), whole.dtype)

    def item(self, index: int) -> LazyTensor:
        """Take one position of the first dimension, such as one expert; only that part is read."""
        shape, bits = self.shape[1:], self.bits
        first = index * math.prod(shape)
        return LazyTensor(
            shape,
            self.dtype,
            lambda: self.read_rows(index, index + 1)[0],
            bits=bits and (lambda start, stop: bits(first + start, first + stop)),
            stored=self.stored and (lambda: self._rearranged(lambda bits: bits[index])),
            quantised=self.quantised,
        )

    def reordered(self, rows: Tensor) -> LazyTensor:
        """Take these rows of the first dimension, in this order."""
        return self.map(lambda t: t[rows], shape=(len(rows), *self.shape[1:]))

    def cast(self, dtype: Dtype) -> LazyTensor:
        """Convert to another dtype."""
        return self if dtype is self.dtype else self.map(lambda t: t.to(dtype.torch), dtype=dtype)

    def scaled(self, scale: float, dtype: Dtype | None = None) -> LazyTensor:
        """Multiply by a number in float64, and round once: to the tensor's own dtype, or to another one."""
        to = dtype or self.dtype
        return self.map(lambda t: (t.double() * scale).to(to.torch), dtype=to)

    def padded(self, rows: int, columns: int) -> LazyTensor:
        """Append zeros to the last two dimensions until they have this many rows and columns."""
        import torch

        missing = (0, columns - self.shape[-1], 0, rows - self.shape[-2])
        if not any(missing):
            return self
        shape = (*self.shape[:-2], rows, columns)
        return self.map(lambda t: torch.nn.functional.pad(t, missing), shape=shape)

    @staticmethod
    def of(tensor: Tensor) -> LazyTensor:
        """Wrap a tensor that is in memory already."""
        return LazyTensor(
            tuple(tensor.shape),
            Dtype.of(tensor.dtype),
            lambda: tensor,
            rows=lambda start, stop: tensor[start:stop],
            bits=lambda start, stop: bits_of(tensor.reshape(-1)[start:stop]),
        )

    @staticmethod
    def of_whole(shape: tuple[int, ...], dtype: Dtype, stored: Callable[[], StoredArray]) -> LazyTensor:
        """Describe a tensor that is made as a whole, without torch."""
        return LazyTensor(shape, dtype, lambda: stored().tensor, stored=stored)

    @staticmethod
    def of_array(values: StoredArray) -> LazyTensor:
        """Wrap an array that is in memory already."""
        flat = values.bits.reshape(-1)
        return LazyTensor.of_bits(values.bits.shape, values.dtype, lambda start, stop: flat[start:stop])

    @staticmethod
    def of_bits(
        shape: tuple[int, ...],
        dtype: Dtype,
        bits: ReadBits,
        *,
        advise: Callable[[], None] | None = None,
        place: ByteRange | None = None,
        opened: Callable[[], AbstractContextManager[ReadBits]] | None = None,
    ) -> LazyTensor:
        """Describe a tensor that is stored in one piece, all of which is read through `bits`."""
        stored = ReadInOnePiece(shape, dtype, bits)
        return LazyTensor(
            shape,
            dtype,
            stored.read,
            rows=stored.rows if shape else None,
            advise=advise,
            place=place,
            bits=bits,
            opened=opened,
        )


def _turned(bits: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return np.ascontiguousarray(bits.swapaxes(-1, -2))
