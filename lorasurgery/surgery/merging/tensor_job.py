"""What happens to one tensor of the base: what it starts from, what is added to it, what it becomes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lorasurgery.adapter import TokenRows
from lorasurgery.architecture import Source
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.requantising import moving_bytes
from lorasurgery.quantisation import Encoding
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.exceptions import TensorExceptions
from lorasurgery.variants.edit import Factors, lazy_tensors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Bytes for each number of plain LoRA, on top of a copy as stored: the number in float32 or float64,
# and its mark while it is compared. Other variants are computed in float64.
EXACT, MARKED, PER_VARIANT_NUMBER = 4, 1, 40
# Bytes for each number of a side that is cut into strips for the kernels.
PER_CUT_NUMBER = 32
# What the allocator keeps of a replaced tensor's blocks while they are converted to the stored dtype:
# tables of 32,000 to 96,000 rows took up to 70 MB more than the rest of the forecast, not in each run, and
# matrices in float8 110 MB.
CONVERTING = 120 * 10**6
# Bytes for each element of a matrix that is changed as a whole: itself in float64, its change, and
# one copy for computing them.
WHOLE_COPIES = 4 * 8
# The same as PEFT rounds: itself and its change in float32, its change in order, and as stored.
PEFT_COPIES = 4 * 4


@dataclass(frozen=True)
class ModulePart:
    """One module's factors, acting on one tensor or on a part of it.

    Attributes:
        adapter: the index of the adapter.
        source: the part of the tensor, as a matrix (out, in).
        shape: of the whole parameter, (out, in, *kernel); this part has its rows from `first` on.
        expert: the index of the expert, where factors are fused.
        of_bias: whether the parameter is the module's bias.
        by_column: whether the parameter is an embedding, whose product PEFT transposes.
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
        """The bytes that its factors take while they are in memory."""
        tensors = list(lazy_tensors(self.factors))
        if not isinstance(self.factors, LoraFactors):
            return sum(PER_VARIANT_NUMBER * tensor.numel for tensor in tensors)
        return sum(map(_exact_bytes, tensors)) // self._experts

    def most_cut(self, columns: int) -> int:
        """Return how many numbers of both sides are cut into strips at a time."""
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
    """How a tensor of codes follows the change of its weight.

    Attributes:
        weight: the weight's plain name.
        of: the weight's job, as if the base were dequantised.
        rounding: one of `linalg.requantising.ROUNDINGS`.
    """

    weight: str
    encoding: Encoding
    of: TensorJob
    rounding: str


@dataclass(frozen=True)
class TensorJob:
    """A tensor of the output, under its name on disk.

    It starts from `replaced` where an adapter brings the tensor, else from `base`, which is None
    for a new one. Parts are applied in order, then rows of tokens overwrite theirs. For a quantised
    weight, `base` is the tensor as stored and `replaced` its dequantised numbers; for a tensor of
    codes that stay quantised, `requantise` has the weight's own job. `order` is the
    parameter's row for each row of the tensor, where a file has them in another order (GGUF).
    `exceptions` correct the merge of a recovered adapter.
    """

    name: str
    base: LazyTensor | None
    shape: tuple[int, ...]
    dtype: Dtype
    replaced: LazyTensor | None = None
    parts: tuple[ModulePart, ...] = ()
    rows: tuple[TokenRows, ...] = ()
    requantise: Requantisation | None = None
    order: NDArray[np.int64] | None = field(default=None, compare=False)
    exceptions: TensorExceptions | None = None

    @property
    def in_numbers(self) -> TensorJob:
        """The job of the weight, whose rows and columns are those that its parts change."""
        return self.requantise.of if self.requantise else self

    @property
    def start(self) -> LazyTensor:
        start = self.replaced or self.base
        assert start is not None, f"{self.name} comes from nowhere"
        return start

    @property
    def is_as_it_was(self) -> bool:
        """Whether the tensor does not change at all."""
        is_changed = self.parts or self.rows or self.requantise or self.replaced is not None
        return not is_changed and self.dtype is self.start.dtype

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def matrix_shape(self) -> tuple[int, int]:
        """Rows and columns as stored: experts are stacked, a kernel is flattened, a vector is a column."""
        if any(part.source.expert is not None for part in self.parts):
            return (self.shape[0] * self.shape[1], self.shape[2])
        return as_matrix(self.shape)

    @property
    def read_bytes(self) -> int:
        return (self.base.nbytes if self.base else 0) + (self.replaced.nbytes if self.replaced else 0)

    @property
    def working_bytes(self) -> int:
        """A bound for factors and blocks of rows; `merge_forecast` adds what a whole matrix needs."""
        factors = sum(part.working_bytes for part in self.parts)
        if self.requantise is not None:
            return factors + moving_bytes(self.requantise.encoding.shape)
        cut = sum(part.most_cut(self.matrix_shape[1]) for part in self.parts)
        blocks = min(STREAM_ELEMENTS, math.prod(self.shape))
        is_plain = all(isinstance(part.factors, LoraFactors) for part in self.parts)
        # The corrections that restore a replaced tensor are as large as the old one, and are
        # concatenated once.
        undo = 2 * self.base.nbytes if self.base is not None and self.replaced is not None else 0
        # What restores rows of tokens, likewise.
        undo += sum(2 * len(each.indices) * self.matrix_shape[1] * self.dtype.itemsize for each in self.rows)
        conversion = CONVERTING if blocks == STREAM_ELEMENTS and self.replaced is not None else 0
        return (64 if is_plain else 112) * blocks + factors + PER_CUT_NUMBER * cut + undo + conversion

    def advise(self) -> None:
        """Ask for the bytes to be fetched in the background."""
        if self.start.advise:
            self.start.advise()


def _exact_bytes(tensor: LazyTensor) -> int:
    """Return the bytes of a side: its numbers, and two or, if transposed, three copies as stored."""
    copies = 2 if tensor.bits else 3
    itemsize = tensor.dtype.itemsize
    return (max(EXACT, itemsize) + copies * itemsize + MARKED) * tensor.numel


def as_matrix(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return rows and columns of a stored tensor: dimensions after the first are flattened."""
    return (shape[0], math.prod(shape[1:])) if shape else (1, 1)
