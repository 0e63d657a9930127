"""How far a tensor moved: elements that differ, ulps, energies, and whether a cast explains it all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import INFINITIES, StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Stays in a core's cache with its copies in float32.
BLOCK_ELEMENTS = 1 << 17
# What a quick look reads of a tensor: so many ranges of so many elements.
QUICK_RANGES, QUICK_ELEMENTS = 2, 1 << 13
# Bits of the significand; of two dtypes the one with fewer is the one that was rounded.
SIGNIFICAND = {Dtype.F64: 53, Dtype.F32: 24, Dtype.F16: 11, Dtype.BF16: 8}


@dataclass
class Movement:
    """What was counted over the numbers that both sides have.

    Attributes:
        differing: numbers that differ; of two dtypes, those that no rounding to the coarser one explains.
        rounded: numbers that only rounding makes differ.
        ulps: the largest distance in ulps, where both sides have one dtype.
        distances: how many distances have so many binary digits.
        energy, other_energy, change: sums of the squares of the one, of the other, of the difference.
        inner: the inner product of both sides.
        nan, nan_there: numbers that are NaN or infinite on the one and on the other side.
        sampled: whether only some ranges of a larger tensor were read.
    """

    elements: int = 0
    differing: int = 0
    rounded: int = 0
    ulps: int = 0
    distances: list[int] = field(default_factory=lambda: [0] * 66)
    energy: float = 0.0
    other_energy: float = 0.0
    change: float = 0.0
    inner: float = 0.0
    nan: int = 0
    nan_there: int = 0
    sampled: bool = False
    # Where the first number differs, counted over the flat tensor.
    first: int | None = field(default=None)

    @property
    def ratio(self) -> float:
        """‖difference‖ / ‖the one‖."""
        if not self.energy:
            return float("inf") if self.change else 0.0
        return float((self.change / self.energy) ** 0.5)

    @property
    def median_ulps(self) -> int:
        """The power of two below or at the median distance in ulps of the numbers that differ."""
        left = sum(self.distances) / 2
        for digits, count in enumerate(self.distances):
            left -= count
            if left <= 0 and count:
                return 1 << (digits - 1)
        return 0

    @property
    def cosine(self) -> float:
        """The angle between both sides."""
        norms = (self.energy * self.other_energy) ** 0.5
        return self.inner / norms if norms else float(self.energy == self.other_energy)


def movement(one: LazyTensor, other: LazyTensor, *, quick: bool = False) -> Movement:
    """Compare two tensors of one shape, block by block."""
    found = Movement()
    size = one.numel
    assert size == other.numel, f"{one.shape} and {other.shape} are compared number by number"
    sides = _Reader.of(one), _Reader.of(other)
    for start, stop in _ranges(size, quick=quick):
        _count(found, sides[0](start, stop), sides[1](start, stop), start)
    found.sampled = found.elements < size
    return found


def real(tensor: LazyTensor) -> LazyTensor:
    """Return complex numbers as both of their parts, side by side; all others as they are."""
    if not tensor.dtype.is_complex:
        return tensor
    read = _Reader.of(tensor)

    def parts(start: int, stop: int) -> NDArray[Any]:
        first = start // 2
        bits = read(first, -(-stop // 2)).bits.view("<u4")
        return bits[start - 2 * first : stop - 2 * first]

    return LazyTensor.of_bits((*tensor.shape, 2), Dtype.F32, parts)


def _ranges(size: int, *, quick: bool) -> Iterator[tuple[int, int]]:
    if quick and size > QUICK_RANGES * QUICK_ELEMENTS:
        step = (size - QUICK_ELEMENTS) // (QUICK_RANGES - 1)
        yield from ((start, start + QUICK_ELEMENTS) for start in range(0, QUICK_RANGES * step, step))
        return
    yield from ((start, min(start + BLOCK_ELEMENTS, size)) for start in range(0, size, BLOCK_ELEMENTS))


@dataclass(frozen=True)
class _Reader:
    """Reads ranges of a flat tensor; one that cannot be read in ranges is read once, as a whole."""

    flat: LazyTensor
    whole: StoredArray | None

    @staticmethod
    def of(tensor: LazyTensor) -> _Reader:
        flat = tensor.viewed((tensor.numel,))
        return _Reader(flat, None if flat.bits else tensor.viewed((tensor.numel,)).raw())

    def __call__(self, start: int, stop: int) -> StoredArray:
        if self.whole is not None:
            return self.whole.rows(start, stop)
        return StoredArray(self.flat.read_bits(start, stop), self.flat.dtype)


def _count(found: Movement, one: StoredArray, other: StoredArray, start: int) -> None:
    import numpy as np

    found.elements += len(one)
    is_same = one.dtype is other.dtype and np.array_equal(one.bits, other.bits)
    a = _finite(one)
    found.nan += len(one) - a[1]
    if is_same:
        energy = _dot(a[0], a[0])
        found.nan_there += len(one) - a[1]
        found.energy += energy
        found.other_energy += energy
        found.inner += energy
        return
    b = _finite(other)
    found.nan_there += len(one) - b[1]
    differs, rounded = _differing(found, one, other)
    count = int(np.count_nonzero(differs))
    if count and found.first is None:
        found.first = start + int(differs.argmax())
    found.differing += count
    found.rounded += rounded
    found.energy += _dot(a[0], a[0])
    found.other_energy += _dot(b[0], b[0])
    found.inner += _dot(a[0], b[0])
    with np.errstate(over="ignore"):  # what differs by more than the dtype's range
        change = b[0] - a[0]
    found.change += _dot(change, change)


def _finite(values: StoredArray) -> tuple[NDArray[Any], int]:
    """The numbers with 0 for what is not finite, and how many are finite."""
    import numpy as np

    numbers = values.exact()
    if values.is_finite:
        return numbers, len(values)
    finite = np.isfinite(numbers)
    return np.where(finite, numbers, 0), int(np.count_nonzero(finite))


def _dot(one: NDArray[Any], other: NDArray[Any]) -> float:
    import numpy as np

    # A sum of squares of float32 may leave its range where the numbers do not.
    with np.errstate(over="ignore", invalid="ignore"):
        product = float(np.dot(one, other))
        if np.isfinite(product):
            return product
        return float(np.dot(one.astype(np.float64), other.astype(np.float64)))


def _differing(found: Movement, one: StoredArray, other: StoredArray) -> tuple[NDArray[Any], int]:
    """Which numbers differ, and how many differ by rounding to the coarser dtype alone."""
    import numpy as np

    if one.dtype is other.dtype:
        differs = one.bits != other.bits
        steps = np.abs(_ordered(other)[differs] - _ordered(one)[differs])
        found.ulps = max(found.ulps, int(steps.max(initial=0)))
        counts = np.bincount(np.frexp(steps.astype(np.float64))[1]).tolist()
        for digits, number in enumerate(counts):
            found.distances[digits] += number
        return differs, 0
    numbers = one.exact(), other.exact()
    unequal = ~((numbers[0] == numbers[1]) | (np.isnan(numbers[0]) & np.isnan(numbers[1])))
    if not unequal.any() or not {one.dtype, other.dtype} <= SIGNIFICAND.keys():
        return unequal, 0
    fine, coarse = sorted((one, other), key=lambda each: -SIGNIFICAND[each.dtype])
    unexplained = _rounded(fine, coarse.dtype).bits != coarse.bits
    unexplained &= unequal
    return unexplained, int(np.count_nonzero(unequal)) - int(np.count_nonzero(unexplained))


def _rounded(values: StoredArray, dtype: Dtype) -> StoredArray:
    import torch

    from lorasurgery.linalg.rounding import round_once

    tensor = values.tensor
    cast = round_once(tensor, dtype.torch) if tensor.dtype is torch.float64 else tensor.to(dtype.torch)
    return StoredArray.of(cast)


def _ordered(values: StoredArray) -> NDArray[Any]:
    """Bit patterns as integers in the order of the numbers."""
    import numpy as np

    size = values.dtype.itemsize
    signed = values.bits.view(f"<i{size}").astype(np.int64)
    if values.dtype not in INFINITIES and not values.dtype.is_floating_point:
        return values.bits.astype(np.int64)
    return np.where(signed < 0, -(1 << (8 * size - 1)) - signed - 1, signed)
