"""Make one piece of a checkpoint from its source by a recipe, and check both by their hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lorasurgery.checkpoint.digest import Digest
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.delta.byte_planes import BLOCK_ELEMENTS, PlaneDecoder
from lorasurgery.surgery.delta.cast import cast
from lorasurgery.surgery.delta.grown import GrownDecoder
from lorasurgery.surgery.delta.recipe import Recipe
from lorasurgery.surgery.undo.corrections import CorrectionDecoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

Write = Callable[[int, memoryview], None]
Blocks = Iterator[StoredArray]
Parts = Mapping[str, StoredArray]


@dataclass(frozen=True)
class DecodeJob:
    """A piece to be made: its recipe, dtype and shape, and the source's tensor.

    `refusal` says of a piece of the source that it is not what the delta leads from.
    """

    recipe: Recipe
    title: str
    dtype: Dtype
    shape: tuple[int, ...]
    source: LazyTensor | None
    source_title: str
    write: Write
    refusal: Callable[[str], str]

    @property
    def numel(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def read_bytes(self) -> int:
        return self.numel * self.dtype.itemsize

    @property
    def working_bytes(self) -> int:
        return (1 << 25) + 3 * self.recipe.nbytes

    def advise(self) -> None:
        if self.source is not None and self.source.advise:
            self.source.advise()


def decode(job: DecodeJob) -> None:
    """Make a piece and write it, block by block.

    Raises:
        AlignmentError: the source is not the one that the delta was made from.
        DamagedFileError: a part of the delta, or the result, is not as it was.
    """
    parts, made, read = job.recipe.read_parts(), Digest(), Digest()
    offset = 0
    for block in _blocks(job, parts, read):
        made.add(block)
        job.write(offset, block.data)
        offset += block.bits.nbytes
    if job.source is not None and str(read) != job.recipe.source_hash:
        raise AlignmentError(job.refusal(f"it has other bytes in {job.source_title!r}"))
    if str(made) != job.recipe.hash:
        raise DamagedFileError(
            f"{job.title!r} does not come out as it was: the delta is damaged. Nothing was written."
        )


def _blocks(job: DecodeJob, parts: Parts, read: Digest) -> Blocks:
    method, source = job.recipe.method, job.source
    if method == "whole":
        return _whole(job, _bytes(parts, "planes"), job.numel)
    assert source is not None, "only whole pieces have no source"
    if method == "planes":
        return _planes(job, _watched(source, BLOCK_ELEMENTS, read), _bytes(parts, "planes"))
    if method in ("sparse", "cast"):
        return _corrected(job, _watched(source, STREAM_ELEMENTS, read), parts)
    if method == "low-rank":
        return _low_rank(job, source, parts, read)
    if method == "rows":
        return _rows(job, source, parts, read)
    return _watched(source, STREAM_ELEMENTS, read)


def _watched(tensor: LazyTensor, elements: int, read: Digest) -> Blocks:
    """Read a tensor in blocks, and hash what is read; each has memory of its own, as files are read."""
    for _, block in tensor.viewed((tensor.numel,)).raw_blocks(elements):
        read.add(block)
        yield block


def _bytes(parts: Parts, name: str) -> NDArray[np.uint8]:
    """The bytes of a part; none where the delta has no such part."""
    return parts[name].bits.reshape(-1) if name in parts else np.empty(0, np.uint8)


def _planes(job: DecodeJob, source: Blocks, planes: NDArray[np.uint8]) -> Blocks:
    decoder = PlaneDecoder(job.title, planes, job.dtype)
    for block in source:
        yield decoder.apply(block, backward=job.recipe.is_reversed)
    decoder.finish()


def _whole(job: DecodeJob, planes: NDArray[np.uint8], count: int) -> Blocks:
    decoder = PlaneDecoder(job.title, planes, job.dtype)
    for start in range(0, count, BLOCK_ELEMENTS):
        size = min(BLOCK_ELEMENTS, count - start)
        yield decoder.apply(StoredArray(np.zeros(size, f"<u{job.dtype.itemsize}"), job.dtype))
    decoder.finish()


def _corrected(job: DecodeJob, source: Blocks, parts: Parts) -> Blocks:
    decoder = CorrectionDecoder(job.title, _bytes(parts, "corrections").tobytes())
    at = 0
    for block in source:
        predicted = cast(block, job.dtype) if job.recipe.method == "cast" else block
        decoder.correct(predicted, at, backward=job.recipe.is_reversed)
        at += len(block)
        yield predicted


def _rows(job: DecodeJob, source: LazyTensor, parts: Parts, read: Digest) -> Blocks:
    common = min(job.numel, source.numel)
    decoder = PlaneDecoder(job.title, _bytes(parts, "planes"), job.dtype)
    at = 0
    for block in _watched(source, BLOCK_ELEMENTS, read):
        wanted = min(len(block), common - at)
        if wanted > 0:
            yield decoder.apply(block.rows(0, wanted))
            at += wanted
    decoder.finish()
    yield from _whole(job, _bytes(parts, "tail"), job.numel - common)


def _low_rank(job: DecodeJob, source: LazyTensor, parts: Parts, read: Digest) -> Blocks:
    """Give round(source + left @ right) corrected; or, the other way round, what that was made from."""
    from lorasurgery.linalg.ordered import RowSum
    from lorasurgery.surgery.undo.tensor_undo import BasePrediction

    recipe, shape = job.recipe, (job.shape[0], job.shape[1])
    left, right = (np.ascontiguousarray(parts[name].exact()) for name in ("left", "right"))
    term = Term(left, right)
    corrections, back = (
        CorrectionDecoder(job.title, _bytes(parts, name).tobytes()) for name in ("corrections", "back")
    )
    grown = GrownDecoder(job.title, _bytes(parts, "grown"))
    summed, undone = RowSum([term], shape, job.dtype), BasePrediction([term], None, shape, job.dtype)
    for start, block in source.raw_blocks(STREAM_ELEMENTS):
        read.add(block)
        first = start * shape[1]
        if not recipe.is_reversed:
            merged = summed(block, start)
            corrections.correct(merged, first)
            yield merged
        else:
            corrections.correct(block, first, backward=True)
            base = undone(block, start)
            grown.correct(base, block)
            back.correct(base, first)
            yield base
    if recipe.is_reversed:
        grown.finish()
