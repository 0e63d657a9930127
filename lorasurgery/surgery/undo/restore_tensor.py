"""Restore one tensor of a base from the merged one, and check both by their hashes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from lorasurgery.checkpoint.digest import Digest, digest
from lorasurgery.checkpoint.rewrite import Rewriter
from lorasurgery.errors import AlignmentError, DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.requantising import moving_bytes
from lorasurgery.quantisation import Encoding
from lorasurgery.stored_array import INFINITIES, StoredArray
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.undo.moved_codes import restored_codes
from lorasurgery.surgery.undo.tensor_undo import TensorUndo, restored

# Bytes for each number of the factors that are subtracted: as stored, in float32, and cut into
# strips for the kernels.
PER_FACTOR_NUMBER = 12


@dataclass(frozen=True)
class RestoreJob:
    """One tensor of the base on the bench.

    `merged` is None where the merge left the tensor out, `undo` where it only copied it; then it is
    copied back, by the kernel where it can. `encoding` says how codes that were moved lie in `merged`.
    """

    name: str
    merged: LazyTensor | None
    undo: TensorUndo | None
    merged_hash: str | None
    encoding: Encoding | None = None

    @property
    def base_hash(self) -> str:
        """The hash of the base's tensor; of one that the merge only copied, that of the merged one."""
        return self.undo.base_hash if self.undo is not None else str(self.merged_hash)

    @property
    def read_bytes(self) -> int:
        return self.merged.nbytes if self.merged else 0

    @property
    def working_bytes(self) -> int:
        elements = max(
            self.merged.numel if self.merged else 0, math.prod(self.undo.shape) if self.undo else 0
        )
        blocks = 64 * min(STREAM_ELEMENTS, elements)
        if self.undo is not None and self.undo.moved is not None:
            blocks = moving_bytes(self.undo.matrix_shape)
        if self.undo is None:
            return blocks
        numbers = sum(side.numel for term in self.undo.terms for side in (term.left, term.right))
        whole = sum(each.nbytes for each in (self.undo.kept, self.undo.corrections, self.undo.gain) if each)
        return blocks + PER_FACTOR_NUMBER * numbers + 2 * whole

    @property
    def needs_torch(self) -> bool:
        """Whether the tensor is predicted in a dtype that numpy does not have."""
        if self.undo is None or self.undo.kept is not None or self.merged is None:
            return False
        if self.undo.moved is not None:
            return False
        return not {self.undo.dtype, self.merged.dtype} <= INFINITIES.keys()

    def advise(self) -> None:
        if self.merged and self.merged.advise:
            self.merged.advise()


def restore(job: RestoreJob, writer: Rewriter) -> None:
    """Write one tensor of the base, and check the hashes of what it is made from and of what it becomes.

    Raises:
        AlignmentError: the merged tensor is not the one that the merge wrote.
        DamagedFileError: the result is not the base's tensor.
    """
    if job.undo is None:
        assert job.merged is not None, f"{job.name} was either copied or is kept in the record"
        copy = partial(writer.write, job.name) if writer.leaves(job.name) else None
        _check_merged(job, digest(job.merged, copy))
        if job.merged.place is None:
            writer.write(job.name, 0, job.merged.raw())
        return
    merged_digest, base_digest, offset = Digest(), Digest(), 0
    for block in _blocks(job, job.undo, merged_digest.add):
        base_digest.add(block)
        writer.write(job.name, offset, block)
        offset += block.bits.nbytes
    if job.merged is not None:
        _check_merged(job, str(merged_digest))
    if str(base_digest) != job.undo.base_hash:
        raise DamagedFileError(
            f"{job.name!r} does not come out as the base had it: the undo record is damaged. Nothing was "
            "written."
        )


def _blocks(job: RestoreJob, undo: TensorUndo, watch: Callable[[StoredArray], None]) -> Iterator[StoredArray]:
    if undo.moved is None or job.merged is None:
        return restored(undo, job.name, job.merged, watch)
    return restored_codes(undo, undo.moved, job.name, job.merged, job.encoding, watch)


def _check_merged(job: RestoreJob, found_hash: str) -> None:
    if found_hash != job.merged_hash:
        raise AlignmentError(
            f"{job.name!r} is not as the merge wrote it: something changed it since, and the base cannot be "
            "found under that. Undo that change first, or merge again."
        )
