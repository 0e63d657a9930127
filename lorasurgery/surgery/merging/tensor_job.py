"""What happens to one tensor of the base: where it starts from, what is done to it, where it goes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lorasurgery.adapter import TokenRows
from lorasurgery.architecture import Source
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.variants.edit import Factors, lazy_tensors
from lorasurgery.variants.lora import LoraFactors

# What a number of plain LoRA takes beside itself and a copy as stored: in float32 or float64, and marked while it is compared. One of another
# variant is put together in float64.
EXACT, MARKED, PER_VARIANT_NUMBER = 4, 1, 40
# What the loops take for a number of a side that is cut up for them.
PER_CUT_NUMBER = 32
# What a matrix that is changed as a whole takes: itself in float64, its change, and one more while either is made.
WHOLE_COPIES = 4 * 8


@dataclass(frozen=True)
class ModulePart:
    """One module's factors, acting on one tensor or on a part of it.

    `source` says which part, as a matrix (out, in). `shape` is the whole parameter's, (out, in, *kernel), of which this part has the
    rows that begin at `first`. `expert` counts the experts of a fused parameter; `of_bias` says that the parameter is the module's
    bias. `adapter` counts the adapters.
    """

    adapter: int
    module: str
    factors: Factors
    weight: float
    source: Source
    shape: tuple[int, ...]
    first: int = 0
    expert: int | None = None
    of_bias: bool = False
    by_column: bool = False

    @property
    def working_bytes(self) -> int:
        """What its factors take while they are in memory."""
        tensors = list(lazy_tensors(self.factors))
        if not isinstance(self.factors, LoraFactors):
            return sum(PER_VARIANT_NUMBER * tensor.numel for tensor in tensors)
        return sum(map(_exact_bytes, tensors)) // self._experts

    def most_cut(self, columns: int) -> int:
        """How many numbers of both sides are cut up for the loops at a time, in a tensor of so many columns."""
        from lorasurgery.linalg.ordered import STRIP_NUMBERS

        if not isinstance(self.factors, LoraFactors):
            return 0
        numbers = sum(tensor.numel for tensor in lazy_tensors(self.factors)) // self._experts
        return min(numbers, STRIP_NUMBERS + self.factors.rank * columns)

    @property
    def _experts(self) -> int:
        return (
            self.factors.A.shape[0]
            if isinstance(self.factors, LoraFactors) and len(self.factors.A.shape) == 3
            else 1
        )


@dataclass(frozen=True)
class Requantisation:
    """The tensor is written as 8-bit codes again, or is the scales that belong to them, which are like the old `scales`."""

    block: tuple[int, ...]
    scales: LazyTensor
    codes: Dtype
    of_scales: bool = False


@dataclass(frozen=True)
class TensorJob:
    """A tensor of the output, under its name on disk.

    It starts from `replaced` where an adapter brings it along, else from `base`, which is None for a new one; parts are applied in
    order, then rows of tokens overwrite theirs. Of 8-bit codes the numbers stand in `replaced`, the codes themselves in `base`.
    """

    name: str
    base: LazyTensor | None
    shape: tuple[int, ...]
    dtype: Dtype
    replaced: LazyTensor | None = None
    parts: tuple[ModulePart, ...] = ()
    rows: tuple[TokenRows, ...] = ()
    requantise: Requantisation | None = None

    @property
    def start(self) -> LazyTensor:
        start = self.replaced or self.base
        assert start is not None, f"{self.name} comes from nowhere"
        return start

    @property
    def is_as_it_was(self) -> bool:
        """Whether nothing is done to it at all."""
        is_changed = self.parts or self.rows or self.requantise or self.replaced is not None
        return not is_changed and self.dtype is self.start.dtype

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def matrix_shape(self) -> tuple[int, int]:
        """As stored, in rows and columns: fused experts one below the other, a kernel beside its input, a vector as one column."""
        if any(part.source.expert is not None for part in self.parts):
            return (self.shape[0] * self.shape[1], self.shape[2])
        return as_matrix(self.shape)

    @property
    def read_bytes(self) -> int:
        return (self.base.nbytes if self.base else 0) + (self.replaced.nbytes if self.replaced else 0)

    @property
    def working_bytes(self) -> int:
        """A bound for the factors and for blocks of rows; what must be held whole is added by whoever knows that it is."""
        factors = sum(part.working_bytes for part in self.parts)
        cut = sum(part.most_cut(self.matrix_shape[1]) for part in self.parts)
        blocks = min(STREAM_ELEMENTS, math.prod(self.shape))
        is_plain = all(isinstance(part.factors, LoraFactors) for part in self.parts)
        # What leads back from a tensor that was replaced is as large as the old one, and put together once more.
        undo = 2 * self.base.nbytes if self.base is not None and self.replaced is not None else 0
        return (64 if is_plain else 112) * blocks + factors + PER_CUT_NUMBER * cut + undo

    def advise(self) -> None:
        """Ask for the bytes to be fetched in the background."""
        if self.start.advise:
            self.start.advise()


def _exact_bytes(tensor: LazyTensor) -> int:
    """A side in numbers, and as it is stored: once read and once put away, and once more where it is stored transposed."""
    copies = 2 if tensor.bits else 3
    itemsize = tensor.dtype.itemsize
    return (max(EXACT, itemsize) + copies * itemsize + MARKED) * tensor.numel


def as_matrix(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of a stored tensor: all dimensions after the first are one; a vector is a column."""
    return (shape[0], math.prod(shape[1:])) if shape else (1, 1)
