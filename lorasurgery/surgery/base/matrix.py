"""One matrix W (out, in) of a model, assembled from tensors on disk and read in blocks of rows.

A convolution is its (out, in · kernel) matrix. An expert is one slice of a fused tensor, or several
tensors stacked along `out`. GPT-2's Conv1D is stored (in, out) and stays so until the end, since
reading it by columns would be slow.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor, Quantised
from lorasurgery.lazy_join import common_dtype
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.padding import wider

if TYPE_CHECKING:
    from torch import Tensor

    from lorasurgery.architecture.value import Layout, Source
    from lorasurgery.checkpoint import Checkpoint

# A block with its float32 copies stays in a core's own cache.
BLOCK_ELEMENTS = 1 << 18
# For a tensor that streams from one file to another. Measured on two cores: smaller blocks cost
# more time for the interpreter's lock than the cache saves, larger ones the other way round.
STREAM_ELEMENTS = 1 << 19


@dataclass(frozen=True, slots=True)
class Matrix:
    """`parts` are the tensors on disk, each (rows, columns) as stored; they stack along `out`.

    `steps` are the distances between the numbers that can be stored around each element, in the
    same layout, where all parts are quantised in a format whose steps are known.
    """

    parts: tuple[LazyTensor, ...]
    transposed: bool
    steps: Matrix | None = None

    @property
    def stored_shape(self) -> tuple[int, int]:
        if len(self.parts) == 1:
            rows_of_part, columns_of_part = self.parts[0].shape
            return rows_of_part, columns_of_part
        rows, columns = zip(*(part.shape for part in self.parts), strict=True)
        return (rows[0], sum(columns)) if self.transposed else (sum(rows), columns[0])

    @property
    def shape(self) -> tuple[int, int]:
        """(out, in)."""
        rows, columns = self.stored_shape
        return (columns, rows) if self.transposed else (rows, columns)

    @property
    def nbytes(self) -> int:
        return sum(part.quantised.nbytes if part.quantised else part.nbytes for part in self.parts)

    @property
    def is_read_by_rows(self) -> bool:
        """Whether rows can be read without the others."""
        parts = self.parts
        return parts[0].rows is not None if len(parts) == 1 else all(part.rows for part in parts)

    @property
    def quantised(self) -> Quantised | None:
        """How the first part that is quantised is stored; None where all parts are numbers."""
        return next((part.quantised for part in self.parts if part.quantised), None)

    @property
    def stored_dtype(self) -> Dtype:
        """The dtype on disk, which is that of the quantised numbers where the matrix is quantised."""
        quantised = self.parts[0].quantised
        return quantised.dtype if quantised else self.parts[0].dtype

    def read_rows(self, start: int, stop: int) -> Tensor:
        """Read rows `start` to `stop` as stored, in the stored dtype."""
        import torch

        if self.transposed:
            return torch.cat([part.read_rows(start, stop) for part in self.parts], dim=1)
        pieces, first = [], 0
        for part in self.parts:
            low, high = max(start - first, 0), min(stop - first, part.shape[0])
            if low < high:
                pieces.append(part.read_rows(low, high))
            first += part.shape[0]
        pieces = pieces or [self.parts[0].read_rows(0, 0)]
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def raw_rows(self, start: int, stop: int) -> StoredArray:
        """Read rows `start` to `stop` as stored, as bit patterns."""
        import numpy as np

        if any(part.dtype is not self.parts[0].dtype for part in self.parts):
            return StoredArray.of(self.read_rows(start, stop))  # in the dtype that holds the numbers of all
        if self.transposed:
            pieces = [part.raw_rows(start, stop).bits for part in self.parts]
            return StoredArray(pieces[0] if len(pieces) == 1 else np.hstack(pieces), self.parts[0].dtype)
        pieces, first = [], 0
        for part in self.parts:
            low, high = max(start - first, 0), min(stop - first, part.shape[0])
            if low < high:
                pieces.append(part.raw_rows(low, high).bits)
            first += part.shape[0]
        pieces = pieces or [self.parts[0].raw_rows(0, 0).bits]
        return StoredArray(pieces[0] if len(pieces) == 1 else np.vstack(pieces), self.parts[0].dtype)

    def upright(self) -> Matrix:
        """Return the same matrix with its rows along `out`; a transposed one is read as a whole."""
        if not self.transposed:
            return self
        turned = [part.transposed(as_view=True) for part in self.parts]
        return Matrix(tuple(turned), transposed=False, steps=self.steps and self.steps.upright())

    def widened(self, count: int) -> Matrix:
        """Return the matrix with zeros for more inputs, `count` in all; not of a transposed one."""
        assert not self.transposed, "only layers that stand (out, in) get more inputs"
        return Matrix(tuple(wider(part, count) for part in self.parts), transposed=False)

    def in_memory(self) -> Matrix:
        """Read the matrix once, for several looks at it; what is quantised stays as it is."""
        if self.quantised is not None:
            return self
        return dataclasses.replace(self, parts=tuple(LazyTensor.of_array(part.raw()) for part in self.parts))

    def advise(self) -> None:
        """Ask for all bytes of this matrix to be fetched in the background."""
        for part in self.parts:
            if part.advise:
                part.advise()


def blocks(*sides: Matrix) -> Iterator[tuple[int, int]]:
    """Cut the stored rows of the first matrix into ranges of about `BLOCK_ELEMENTS` elements.

    One range where a part can only be read as a whole (a slice of fused experts): every block would
    read it again.
    """
    rows, columns = sides[0].stored_shape
    by_rows = all(side.is_read_by_rows for side in sides)
    step = max(1, BLOCK_ELEMENTS // max(1, columns)) if by_rows else max(1, rows)
    return ((start, min(start + step, rows)) for start in range(0, rows, step))


def matrices(checkpoint: Checkpoint, layout: Layout) -> tuple[Matrix, ...]:
    """Return the matrices of a parameter: one, or one for each expert."""
    return tuple(_stack(checkpoint, sources) for sources in layout.experts)


def _stack(checkpoint: Checkpoint, sources: Sequence[Source]) -> Matrix:
    tensors = [checkpoint.tensors[source.tensor] for source in sources]
    parts = tuple(map(_part, tensors, sources))
    if len(sources) > 1:
        assert len({source.transposed for source in sources}) == 1, f"{sources} mix orientations"
    return Matrix(parts, sources[0].transposed, _steps(tensors, sources))


def _steps(tensors: Sequence[LazyTensor], sources: Sequence[Source]) -> Matrix | None:
    if tensors[0].quantised is None:
        return None
    steps = [each.quantised.steps for each in tensors if each.quantised and each.quantised.steps]
    if len(steps) < len(sources):
        return None
    parts = tuple(_part(each, source) for each, source in zip(steps, sources, strict=True))
    return Matrix(parts, sources[0].transposed)


def _part(tensor: LazyTensor, source: Source) -> LazyTensor:
    if source.expert is not None:
        tensor = tensor.item(source.expert)
    matrix = _as_matrix(tensor)
    return matrix if source.rows is None else matrix.sliced(*source.rows)


def _as_matrix(tensor: LazyTensor) -> LazyTensor:
    """Return (out, in, kernel...) as (out, in · kernel), a vector as one column, a number as 1×1."""
    rows = tensor.shape[0] if tensor.shape else 1
    return tensor.viewed((rows, math.prod(tensor.shape[1:])))


def run_time_tensor(checkpoint: Checkpoint, layout: Layout) -> LazyTensor:
    """Return a parameter as the model has it at run time; experts are stacked again."""
    whole = layout.whole
    if whole is not None:
        return checkpoint.tensors[whole.tensor]
    parts = matrices(checkpoint, layout)
    out, width = parts[0].shape
    shape = (len(parts), out, width) if len(parts) > 1 else (out, width)
    dtype = common_dtype([each for part in parts for each in part.parts])

    def stored() -> StoredArray:
        import numpy as np

        stacked = [part.raw_rows(0, part.stored_shape[0]) for part in parts]
        if any(each.dtype is not dtype for each in stacked):
            stacked = [StoredArray.of(each.tensor.to(dtype.torch)) for each in stacked]
        oriented = [
            each.T.bits if part.transposed else each.bits for each, part in zip(stacked, parts, strict=True)
        ]
        return StoredArray(np.stack(oriented).reshape(shape), dtype)

    return LazyTensor.of_whole(shape, dtype, stored)
