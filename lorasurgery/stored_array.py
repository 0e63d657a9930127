"""An array held as raw bit patterns, each an unsigned integer of its size, plus its dtype.

numpy can hold these whatever the dtype is. So weights are read, merged, compared and written
without torch, which takes a second to
load: as long as it takes to copy a model of a billion weights. The ways to torch and back share the
memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.small_floats import SMALL_FLOATS, numbers_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

# What numpy itself can read, by its own names.
_NUMPY = {Dtype.F64: "<f8", Dtype.F32: "<f4", Dtype.F16: "<f2"}
_UNSIGNED = ("uint8", "uint16", "uint32", "uint64", "bool")
# The floats for which everything is done without torch (and factors are stored), and the bits of
# their infinity.
INFINITIES = {Dtype.BF16: 0x7F80, Dtype.F16: 0x7C00, Dtype.F32: 0x7F800000, Dtype.F64: 0x7FF << 52}


def as_bits(data: NDArray[np.uint8], itemsize: int) -> NDArray[Any]:
    """View bytes of a file as integers of `itemsize` bytes."""
    return data.view(f"<u{itemsize}")


def bits_of(tensor: Tensor) -> NDArray[Any]:
    """Return the bit patterns of a tensor, flat; they are copied only where the tensor is not contiguous."""
    import torch

    return as_bits(tensor.contiguous().reshape(-1).view(torch.uint8).numpy(), tensor.dtype.itemsize)


def tensor_of(bits: NDArray[Any], dtype: Dtype) -> Tensor:
    """Return the flat tensor whose elements have these bit patterns."""
    import numpy as np
    import torch

    if not bits.flags.writeable:  # torch would say on stderr that it cannot tell
        bits = bits.copy()
    return torch.from_numpy(bits.view(np.uint8)).view(dtype.torch)


@dataclass(frozen=True)
class StoredArray:
    """Bit patterns of an array, in its shape, and their dtype.

    `is_known_finite` is set where the maker knows that all numbers are finite.
    """

    bits: NDArray[Any]
    dtype: Dtype
    is_known_finite: bool = False

    @staticmethod
    def of(values: Tensor) -> StoredArray:
        """Return the bit patterns of a tensor."""
        return StoredArray(bits_of(values).reshape(tuple(values.shape)), Dtype.of(values.dtype))

    @staticmethod
    def of_array(values: NDArray[Any]) -> StoredArray:
        """Return the bit patterns of an array of float64, float32 or float16."""
        import numpy as np

        dtype = next(dtype for dtype, own in _NUMPY.items() if values.dtype == own)
        return StoredArray(np.ascontiguousarray(values).view(f"<u{dtype.itemsize}"), dtype)

    @property
    def tensor(self) -> Tensor:
        """The numbers as a torch tensor."""
        import numpy as np

        return tensor_of(np.ascontiguousarray(self.bits).reshape(-1), self.dtype).reshape(self.bits.shape)

    @property
    def data(self) -> memoryview:
        """The bytes as a file has them: little-endian, row by row."""
        import numpy as np

        return np.ascontiguousarray(self.bits).reshape(-1).view(np.uint8).data

    def __len__(self) -> int:
        return len(self.bits)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.bits.shape

    @property
    def T(self) -> StoredArray:
        """The transpose, which shares the memory."""
        return StoredArray(self.bits.T, self.dtype)

    def __getitem__(self, rows: slice) -> StoredArray:
        """Return some rows of the first dimension, which share the memory."""
        return StoredArray(self.bits[rows], self.dtype)

    def rows(self, start: int, stop: int) -> StoredArray:
        """Return some rows of the first dimension, which share the memory."""
        return self[start:stop]

    def exact(self) -> NDArray[Any]:
        """Return the exact numbers in float32, or float64 if that is their dtype; may share memory."""
        import numpy as np

        if self.dtype in _NUMPY:
            own = self.bits.view(_NUMPY[self.dtype])
            return own.astype(np.float32) if self.dtype is Dtype.F16 else own
        if self.dtype is Dtype.BF16:
            wide = self.bits.astype(np.uint32)
            wide <<= np.uint32(16)  # in place: a table of tokens is large
            return wide.view(np.float32)
        if self.dtype in SMALL_FLOATS:
            return np.asarray(numbers_of(self.dtype)[self.bits])
        return np.asarray(self.tensor.float().numpy())

    def single(self) -> NDArray[np.float32]:
        """Return the numbers in float32, rounded from float64; may share memory."""
        import numpy as np

        return np.asarray(self.exact(), np.float32, order="C")

    @property
    def integers(self) -> NDArray[Any]:
        """The integers of an integer dtype, signed or not as it is; they share the memory."""
        return self.bits if self.dtype.torch_name in _UNSIGNED else self.bits.view(f"<i{self.dtype.itemsize}")

    def double(self) -> NDArray[np.float64]:
        """Return the numbers in float64, as a copy that the caller may change."""
        import numpy as np

        if self.dtype in INFINITIES:
            with np.errstate(invalid="ignore"):  # a NaN that signals
                return np.asarray(self.exact()).astype(np.float64)
        return np.asarray(self.tensor.double().numpy())

    @property
    def has_nan(self) -> bool:
        """Whether a number is a NaN."""
        import numpy as np

        if self.is_known_finite or not self.dtype.is_floating_point or not self.bits.size:
            return False
        infinity = INFINITIES.get(self.dtype)
        if infinity is None:  # not all 8-bit floats have infinities
            return bool(np.isnan(self.exact()).any())
        return max(self._largest()) > infinity

    def _largest(self) -> tuple[int, int]:
        """The largest bit patterns without a sign, of the negative and of the positive numbers."""
        size = 8 * self.dtype.itemsize
        largest, positive = int(self.bits.max()), int(self.bits.view(f"<i{size // 8}").max())
        return largest & ((1 << (size - 1)) - 1), positive

    @property
    def is_finite(self) -> bool:
        """Whether no number is a NaN or an infinity.

        Those are the largest bit patterns of either sign, so two maxima decide.
        """
        if self.is_known_finite:
            return True
        if self.dtype.is_complex:
            return StoredArray(self.bits.reshape(-1).view("<u4"), Dtype.F32).is_finite
        if not self.dtype.is_floating_point:
            return True
        size = 8 * self.dtype.itemsize
        if size == 8 or not self.bits.size:  # not all 8-bit floats have infinities
            return bool(self.tensor.float().isfinite().all()) if self.bits.size else True
        return max(self._largest()) < INFINITIES[self.dtype]


# Rows of a matrix that are narrowed at a time.
NARROWED_ROWS = 1024


def narrowest(values: NDArray[Any]) -> StoredArray:
    """Convert float32 or float64 to the smallest dtype that holds all the numbers exactly."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        single = values.astype(np.float32, copy=False)
        if not np.array_equal(single, values):
            return StoredArray.of_array(values)
        bits = single.view(np.uint32)
        used = np.bitwise_or.reduce(bits, axis=None, initial=0)
        if not used & 0xFFFF:
            upper = np.empty(bits.shape, np.uint16)
            for start in range(0, len(bits), NARROWED_ROWS):
                upper[start : start + NARROWED_ROWS] = bits[start : start + NARROWED_ROWS] >> np.uint32(16)
            return StoredArray(upper, Dtype.BF16)
        # float16 has 13 bits less behind the point; the conversion of what it does not hold is
        # slow.
        half = single if used & 0x1FFF else single.astype(np.float16)
    return StoredArray.of_array(half if np.array_equal(half, single) else single)
