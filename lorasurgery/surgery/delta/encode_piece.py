"""Choose how a piece is made from its source, whichever takes the fewest bytes, and make the parts for it.

A sample says how many numbers moved, what their differences take by planes, and whether the change is
a low-rank product; then one method is carried out, and low-rank, whose size only shows when it is done,
is held against planes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.comparison.movement import SIGNIFICAND
from lorasurgery.surgery.comparison.rank_of_change import rank_of_product
from lorasurgery.surgery.delta.byte_planes import BLOCK_ELEMENTS, PlaneEncoder
from lorasurgery.surgery.delta.cast import cast
from lorasurgery.surgery.delta.factors import Factors
from lorasurgery.surgery.delta.grown import FRACTIONS, GrownEncoder
from lorasurgery.surgery.delta.recipe import Recipe
from lorasurgery.surgery.delta.side_contents import Piece
from lorasurgery.surgery.undo.corrections import CorrectionEncoder

# Beyond this share of numbers that moved, planes take less than positions and steps.
MOST_SPARSE = 0.12
SAMPLES, SAMPLE_ELEMENTS = 8, 1 << 13
# A product is looked for where at least this share of the numbers moved, and in matrices of this size.
LEAST_MOVED, LEAST_SIDE = 0.02, 32
# In smaller matrices lists without positions save less than their entry in the header takes.
LEAST_GROWN = 1 << 16


@dataclass(frozen=True)
class EncodeJob:
    """A piece, the piece of the other side that it resembles, and the hashes of both."""

    piece: Piece
    source: Piece | None
    hash: str
    source_hash: str

    @property
    def read_bytes(self) -> int:
        return self.piece.read_bytes + (self.source.read_bytes if self.source else 0)

    @property
    def working_bytes(self) -> int:
        # A product is found with the change and both ends of its cells in float32.
        is_matrix = self.source is not None and len(self.piece.tensor.shape) == 2
        return (1 << 25) + (32 * self.piece.tensor.numel if is_matrix else 0)

    def advise(self) -> None:
        self.piece.advise()


def encode(job: EncodeJob, spill: Spill, factors: Factors) -> Recipe:
    """Make the recipe of a piece; its parts wait in the scratch file."""
    piece, source = job.piece, job.source
    if source is not None and job.hash == job.source_hash:
        return _recipe(job, "unchanged", {}, spill)
    if source is None:
        return _whole(job, spill)
    one, other = source.tensor, piece.tensor
    if one.shape == other.shape and one.dtype is other.dtype:
        return _moved(job, source, spill, factors)
    if one.shape == other.shape and {one.dtype, other.dtype} <= SIGNIFICAND.keys():
        return _recipe(job, "cast", {"corrections": _corrections(other, _cast_blocks(one, other))}, spill)
    if one.dtype is other.dtype and one.shape[1:] == other.shape[1:] and len(one.shape) > 1:
        return _rows(job, source, spill)
    return _whole(job, spill)


def _recipe(job: EncodeJob, method: str, parts: Mapping[str, bytes | StoredArray], spill: Spill) -> Recipe:
    import numpy as np

    stored = {}
    for name, part in parts.items():
        array = part
        if not isinstance(array, StoredArray):
            array = StoredArray(np.frombuffer(array, np.uint8), Dtype.U8)
        if array.bits.size:
            stored[name] = spill.put(array)
    source = job.source if method != "whole" else None
    return Recipe(
        job.piece.key,
        job.hash,
        method,
        source.key if source else None,
        job.source_hash if source else "",
        stored,
    )


def _moved(job: EncodeJob, source: Piece, spill: Spill, factors: Factors) -> Recipe:
    one, other = source.tensor, job.piece.tensor
    sample = _sampled(one, other)
    terms = None
    if _may_be_product(other, sample):
        rank = rank_of_product(one, other)
        terms = factors(job.piece.title, one, other, rank) if rank else None
    if terms:
        found = _recipe(job, "low-rank", _low_rank(one, other, terms), spill)
        if found.nbytes < min(sample.plane_bytes, sample.sparse_bytes):
            return found
    if sample.moved <= MOST_SPARSE:
        flat = one.viewed((one.numel,)).raw_blocks(STREAM_ELEMENTS)
        return _recipe(job, "sparse", {"corrections": _corrections(other, flat)}, spill)
    return _recipe(job, "planes", {"planes": _planes(other, one)}, spill)


def _whole(job: EncodeJob, spill: Spill) -> Recipe:
    return _recipe(job, "whole", {"planes": _planes(job.piece.tensor, None)}, spill)


def _rows(job: EncodeJob, source: Piece, spill: Spill) -> Recipe:
    """Encode the rows that both have by their moves, and the rows that only the piece has whole."""
    piece = job.piece.tensor
    common = min(piece.numel, source.tensor.numel)
    parts = {"planes": _planes(part_of(piece, 0, common), part_of(source.tensor, 0, common))}
    if common < piece.numel:
        parts["tail"] = _planes(part_of(piece, common, piece.numel), None)
    return _recipe(job, "rows", parts, spill)


def part_of(tensor: LazyTensor, start: int, stop: int) -> LazyTensor:
    """Take a range of the elements of a tensor that is stored in one piece."""
    return LazyTensor.of_bits(
        (stop - start,),
        tensor.dtype,
        lambda first, last: tensor.read_bits(start + first, start + last),
    )


@dataclass(frozen=True)
class _Sample:
    """The share of the numbers that moved, and what the whole takes by planes and by positions, about."""

    moved: float
    plane_bytes: float
    sparse_bytes: float


def _sampled(one: LazyTensor, other: LazyTensor) -> _Sample:
    import numpy as np

    size = other.numel
    count = min(SAMPLE_ELEMENTS, size)
    starts = sorted({int(start) for start in np.linspace(0, size - count, SAMPLES)})
    encoder, moved = PlaneEncoder(), 0
    for start in starts:
        a, b = (StoredArray(each.read_bits(start, start + count), each.dtype) for each in (one, other))
        encoder.add(b, a)
        moved += int(np.count_nonzero(a.bits != b.bits))
    share = moved / (count * len(starts))
    planes = len(encoder.finish()) * size / (count * len(starts))
    return _Sample(share, planes, 1.5 * share * size if share <= MOST_SPARSE else float("inf"))


def _may_be_product(tensor: LazyTensor, sample: _Sample) -> bool:
    is_matrix = len(tensor.shape) == 2 and min(tensor.shape) >= LEAST_SIDE
    return is_matrix and tensor.dtype in SIGNIFICAND and sample.moved >= LEAST_MOVED


def _planes(target: LazyTensor, base: LazyTensor | None) -> bytes:
    """Encode a tensor from another one, or from zeros."""
    import numpy as np

    encoder = PlaneEncoder()
    bases = base.viewed((base.numel,)).raw_blocks(BLOCK_ELEMENTS) if base is not None else None
    for _, block in target.viewed((target.numel,)).raw_blocks(BLOCK_ELEMENTS):
        if bases is None:
            other = StoredArray(np.zeros_like(block.bits), block.dtype)
        else:
            _, other = next(bases)
        encoder.add(block, other)
    return encoder.finish()


def _corrections(target: LazyTensor, predicted: Iterator[tuple[int, StoredArray]]) -> bytes:
    """Encode where predictions of a tensor, in blocks of its elements, are wrong."""
    encoder = CorrectionEncoder()
    for (start, block), (_, guess) in zip(
        target.viewed((target.numel,)).raw_blocks(STREAM_ELEMENTS), predicted, strict=True
    ):
        encoder.differences.note(block, guess, start)
        encoder.flush()
    return encoder.finish()


def _cast_blocks(one: LazyTensor, other: LazyTensor) -> Iterator[tuple[int, StoredArray]]:
    for start, block in one.viewed((one.numel,)).raw_blocks(STREAM_ELEMENTS):
        yield start, cast(block, other.dtype)


def _low_rank(one: LazyTensor, other: LazyTensor, terms: Sequence[Term]) -> dict[str, bytes | StoredArray]:
    """Encode round(one + Σ terms), where the other differs from that, and the way back to the one."""
    from lorasurgery.linalg.ordered import RowSum
    from lorasurgery.linalg.ulps import Differences
    from lorasurgery.stored_array import narrowest
    from lorasurgery.surgery.undo.tensor_undo import BasePrediction

    (term,) = terms
    shape = (one.shape[0], one.shape[1])
    summed, back = RowSum(terms, shape, one.dtype), BasePrediction(terms, None, shape, one.dtype)
    corrections, undo, grown, found = CorrectionEncoder(), CorrectionEncoder(), GrownEncoder(), Differences()
    is_worth_it = one.dtype in FRACTIONS and one.numel >= LEAST_GROWN
    blocks = zip(one.raw_blocks(STREAM_ELEMENTS), other.raw_blocks(STREAM_ELEMENTS), strict=True)
    for (start, base), (_, target) in blocks:
        first = start * shape[1]
        found.clear()
        if summed.notes(base.dtype):
            merged = summed.and_back(base, start, found)
            corrections.differences.note(target, merged, first)
        else:
            merged = summed(base, start)
            corrections.differences.note(target, merged, first)
            found.note(base, back(merged, start), first)
        left = grown.add(base, merged, found, first) if is_worth_it else found
        undo.differences.append(left.places, left.steps)
        corrections.flush()
        undo.flush()
    return {
        "left": narrowest(term.left),
        "right": narrowest(term.right),
        "corrections": corrections.finish(),
        "back": undo.finish(),
        "grown": grown.finish(),
    }
