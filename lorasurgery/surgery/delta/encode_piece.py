"""Choose how a piece is made from its source, whichever takes the fewest bytes, and make the parts for it.

A sample says how many numbers moved, what their differences take by planes, and whether the change may be
a low-rank product; then one method is carried out, and low-rank, whose size only shows when it is done,
is held against planes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lorasurgery.checkpoint import Spill
from lorasurgery.checkpoint.digest import Digest
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.comparison.movement import SIGNIFICAND
from lorasurgery.surgery.comparison.rank_of_change import rows_of_product
from lorasurgery.surgery.delta.byte_planes import BLOCK_ELEMENTS, PlaneEncoder
from lorasurgery.surgery.delta.cast import cast
from lorasurgery.surgery.delta.factors import Factors
from lorasurgery.surgery.delta.grown import FRACTIONS, GrownEncoder
from lorasurgery.surgery.delta.hashed_tensor import HashedTensor
from lorasurgery.surgery.delta.recipe import Recipe
from lorasurgery.surgery.delta.sample import MOST_SPARSE, Sample
from lorasurgery.surgery.delta.side_contents import Piece
from lorasurgery.surgery.undo.corrections import CorrectionEncoder

# What a delta holds for a piece: bytes of a codec, or a matrix.
Part = bytes | bytearray | StoredArray
# A product is looked for where at least this share of the numbers moved, and in matrices of this size.
LEAST_MOVED, LEAST_SIDE = 0.02, 32
# What blocks of a piece and of its source take.
BUFFER_BYTES = 1 << 25
# In smaller matrices lists without positions save less than their entry in the header takes.
LEAST_GROWN = 1 << 16
# Where few numbers moved, blocks of this many, of both sides, stay in a core's cache.
FEW = 1 << 17


@dataclass(frozen=True)
class EncodeJob:
    """A piece, the piece of the other side that it resembles, and the hashes of both.

    Hashes of pieces of one shape and dtype may be empty, where they are not known yet.

    Attributes:
        stage: `draft` of a piece and its twin, `there` of another piece of the target, and `back` of a piece
            of the base that no recipe leads back to.
    """

    piece: Piece
    source: Piece | None
    hash: str = ""
    source_hash: str = ""
    stage: str = "draft"

    @property
    def key(self) -> str:
        """What tells it from all others of a delta."""
        return json.dumps([self.stage, *self.piece.key])

    @property
    def unit(self) -> str:
        """What it belongs to among parts of a run: the piece of the base.

        Thus a part knows of each of its pieces of the base whether something leads back to it.
        """
        return self.piece.unit if self.stage == "back" or self.source is None else self.source.unit

    @property
    def is_unchanged(self) -> bool:
        """Whether the piece is known to have the bytes of its source."""
        return self.source is not None and bool(self.hash) and self.hash == self.source_hash

    @property
    def is_alike(self) -> bool:
        """Whether both pieces have one shape and dtype."""
        if self.source is None:
            return False
        one, other = self.source.tensor, self.piece.tensor
        return one.shape == other.shape and one.dtype is other.dtype

    def hashed(self, source_hash: str, own_hash: str) -> EncodeJob:
        """Return the same job with the hashes of what was read."""
        return replace(self, hash=own_hash, source_hash=source_hash)

    @property
    def read_bytes(self) -> int:
        return self.piece.read_bytes + (self.source.read_bytes if self.source else 0)

    @property
    def working_bytes(self) -> int:
        return encoding_bytes(self.piece.tensor) if self.source is not None else BUFFER_BYTES

    def advise(self) -> None:
        self.piece.advise()

    def recipe(self, method: str, parts: Mapping[str, LazyTensor], part_hashes: Mapping[str, str]) -> Recipe:
        """Return the recipe that makes the piece by a method."""
        source = self.source if method != "whole" else None
        return Recipe(
            self.piece.key,
            self.hash,
            method,
            source.key if source else None,
            self.source_hash if source else "",
            parts,
            part_hashes,
        )


def encoding_bytes(tensor: LazyTensor) -> int:
    """Return what encoding a tensor takes at most, where the other side has one like it."""
    # The SVD of a change holds both sides, the change in float32, and as much again for its products.
    of_element = 4 * tensor.dtype.itemsize + 16
    return BUFFER_BYTES + (of_element * tensor.numel if len(tensor.shape) == 2 else 0)


def encode(job: EncodeJob, spill: Spill, factors: Factors) -> Recipe:
    """Make the recipe of a piece, with hashes that are not known yet; its parts wait in the scratch file."""
    piece, source = job.piece, job.source
    if job.is_unchanged:
        return _recipe(job, "unchanged", {}, spill)
    if source is None:
        return _whole(job, spill)
    one, other = source.tensor, piece.tensor
    if job.is_alike:
        return _moved(job, source, spill, factors)
    if one.shape == other.shape and {one.dtype, other.dtype} <= SIGNIFICAND.keys():
        parts = {"corrections": _corrections(_flat(other, STREAM_ELEMENTS), _cast_blocks(one, other))}
        return _recipe(job, "cast", parts, spill)
    if one.dtype is other.dtype and one.shape[1:] == other.shape[1:] and len(one.shape) > 1:
        return _rows(job, source, spill)
    return _whole(job, spill)


def _recipe(job: EncodeJob, method: str, parts: Mapping[str, Part], spill: Spill) -> Recipe:
    import numpy as np

    stored, hashes = {}, {}
    for name, part in parts.items():
        array = part
        if not isinstance(array, StoredArray):
            array = StoredArray(np.frombuffer(array, np.uint8), Dtype.U8)
        if array.bits.size:
            stored[name], digest = spill.put(array), Digest()
            digest.add(array)
            hashes[name] = str(digest)
    return job.recipe(method, stored, hashes)


def _moved(job: EncodeJob, source: Piece, spill: Spill, factors: Factors) -> Recipe:
    """Encode a piece from one of its shape and dtype, and hash both in the same pass."""
    one, other = HashedTensor(source.tensor), HashedTensor(job.piece.tensor)
    sample = Sample.of(source.tensor, job.piece.tensor)
    terms = None
    if _is_weight(job.piece.tensor) and sample.moved >= LEAST_MOVED and sample.may_be_product:
        rows = rows_of_product(source.tensor, job.piece.tensor)
        terms = factors(job.piece.title, source.tensor, job.piece.tensor, rows) if rows else None
    if terms:
        parts = _low_rank(one, other, terms)
        if sum(map(_nbytes, parts.values())) < min(sample.plane_bytes, sample.sparse_bytes):
            return _recipe(job.hashed(one.hash, other.hash), "low-rank", parts, spill)
        one, other = HashedTensor(source.tensor), HashedTensor(job.piece.tensor)
    if sample.moved <= MOST_SPARSE:
        method, parts = "sparse", {"corrections": _corrections(*(each.blocks(FEW) for each in (other, one)))}
    else:
        blocks = (each.blocks(BLOCK_ELEMENTS) for each in (other, one))
        method, parts = "planes", {"planes": _planes(*blocks)}
    job = job.hashed(one.hash, other.hash)
    is_equal = job.hash == job.source_hash
    return _recipe(job, "unchanged", {}, spill) if is_equal else _recipe(job, method, parts, spill)


def _nbytes(part: Part) -> int:
    return part.bits.nbytes if isinstance(part, StoredArray) else len(part)


def _whole(job: EncodeJob, spill: Spill) -> Recipe:
    return _recipe(job, "whole", {"planes": _planes(_flat(job.piece.tensor))}, spill)


def _rows(job: EncodeJob, source: Piece, spill: Spill) -> Recipe:
    """Encode the rows that both have by their moves, and the rows that only the piece has whole."""
    piece = job.piece.tensor
    common = min(piece.numel, source.tensor.numel)
    both = (_flat(part_of(each, 0, common)) for each in (piece, source.tensor))
    parts = {"planes": _planes(*both)}
    if common < piece.numel:
        parts["tail"] = _planes(_flat(part_of(piece, common, piece.numel)))
    return _recipe(job, "rows", parts, spill)


def _flat(tensor: LazyTensor, elements: int = BLOCK_ELEMENTS) -> Iterator[StoredArray]:
    for _, block in tensor.viewed((tensor.numel,)).raw_blocks(elements):
        yield block


def part_of(tensor: LazyTensor, start: int, stop: int) -> LazyTensor:
    """Take a range of the elements of a tensor that is stored in one piece."""
    return LazyTensor.of_bits(
        (stop - start,),
        tensor.dtype,
        lambda first, last: tensor.read_bits(start + first, start + last),
    )


def _is_weight(tensor: LazyTensor) -> bool:
    return len(tensor.shape) == 2 and min(tensor.shape) >= LEAST_SIDE and tensor.dtype in SIGNIFICAND


def _planes(targets: Iterator[StoredArray], bases: Iterator[StoredArray] | None = None) -> bytearray:
    """Encode blocks of a tensor from those of another one, or from zeros."""
    import numpy as np

    encoder = PlaneEncoder()
    for block in targets:
        if bases is None:
            encoder.add(block, StoredArray(np.zeros_like(block.bits), block.dtype))
        else:
            encoder.add(block, next(bases))
    if bases is not None:
        assert next(bases, None) is None, "blocks of the same number of elements"
    return encoder.finish()


def _corrections(targets: Iterator[StoredArray], predicted: Iterator[StoredArray]) -> bytes:
    """Encode where predictions of a tensor, in blocks of its elements, are wrong."""
    encoder, start = CorrectionEncoder(), 0
    for block, guess in zip(targets, predicted, strict=True):
        encoder.differences.note(block, guess, start)
        encoder.flush()
        start += len(block)
    return encoder.finish()


def _cast_blocks(one: LazyTensor, other: LazyTensor) -> Iterator[StoredArray]:
    for block in _flat(one, STREAM_ELEMENTS):
        yield cast(block, other.dtype)


def _low_rank(before: HashedTensor, after: HashedTensor, terms: Sequence[Term]) -> dict[str, Part]:
    """Encode round(before + Σ terms), where `after` differs from that, and the way back."""
    from lorasurgery.linalg.ordered import RowSum
    from lorasurgery.linalg.ulps import Differences
    from lorasurgery.stored_array import narrowest
    from lorasurgery.surgery.undo.tensor_undo import BasePrediction

    (term,) = terms
    one = before.tensor
    shape = (one.shape[0], one.shape[1])
    summed, back = RowSum(terms, shape, one.dtype), BasePrediction(terms, None, shape, one.dtype)
    corrections, undo, grown, found = CorrectionEncoder(), CorrectionEncoder(), GrownEncoder(), Differences()
    is_worth_it = one.dtype in FRACTIONS and one.numel >= LEAST_GROWN
    blocks = zip(before.rows(STREAM_ELEMENTS), after.rows(STREAM_ELEMENTS), strict=True)
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
        if is_worth_it:
            grown.add(base, merged, found, first)
        undo.differences.append(found.places, found.steps)
        corrections.flush()
        undo.flush()
    return {
        "left": narrowest(term.left),
        "right": narrowest(term.right),
        "corrections": corrections.finish(),
        "back": undo.finish(),
        "grown": grown.finish(),
    }
