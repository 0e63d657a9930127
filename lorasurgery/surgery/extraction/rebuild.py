"""Hold the merge of a recovered adapter against the model that it came from, to the last bit.

exceptions_of    merge every tensor and note where it differs: the side file
verify           merge again, as `merge` will, with the side file, and compare every byte
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Checkpoint, Spill
from lorasurgery.checkpoint.digest import Digest, digest
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, OutputError
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.exceptions import TensorExceptions
from lorasurgery.surgery.merging.apply import apply
from lorasurgery.surgery.merging.layout import base_headers, index_files
from lorasurgery.surgery.merging.merge_request import MergeRequest
from lorasurgery.surgery.merging.placement import change_of, placed_all
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.surgery.undo.corrections import CorrectionEncoder
from lorasurgery.surgery.workers import Bench
from lorasurgery.text import listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class FoundExceptions:
    """The exceptions of a tensor, and how many they are."""

    stored: TensorExceptions
    count: int


def check_names(request: MergeRequest, merged: Checkpoint) -> None:
    """Refuse a model that has other tensors than a merge gives.

    Raises:
        AlignmentError: names, shapes or dtypes differ.
    """
    base = {name: (each.shape, each.dtype) for name, each in request.base.tensors.items()}
    rebuilt = base | {name: (job.shape, job.dtype) for name, job in request.jobs.items()}
    for name in request.removed:
        rebuilt.pop(name, None)
    wanted = {name: (each.shape, each.dtype) for name, each in merged.tensors.items()}
    odd = sorted(name for name in {*rebuilt, *wanted} if rebuilt.get(name) != wanted.get(name))
    if odd:
        raise AlignmentError(
            f"--recover rebuilds {merged.name} tensor by tensor, and {len(odd)} of its tensors are not those "
            f"that a merge into {request.base.name} gives: they have other names, shapes or dtypes "
            f"({listed(odd)}). Give both models as the merge had them, or extract without --recover."
        )


def exceptions_of(job: TensorJob, merged: LazyTensor, product: Dtype | None, spill: Spill) -> FoundExceptions:
    """Merge one tensor and note where it differs from the stored one."""
    from lorasurgery.linalg.rounded_product import merged_sum

    terms, _ = placed_all(job, [(part, change_of(part)) for part in job.parts])
    row_sum = merged_sum(terms, job.matrix_shape, product, job.dtype)
    encoder, hashed, count = CorrectionEncoder(), Digest(), 0
    blocks = merged.viewed(job.matrix_shape).raw_blocks(STREAM_ELEMENTS)
    for (start, W), (_, wanted) in zip(
        job.start.viewed(job.matrix_shape).raw_blocks(STREAM_ELEMENTS), blocks, strict=True
    ):
        before = encoder.differences.held
        encoder.differences.note(wanted, row_sum(W, start), start * job.matrix_shape[1])
        count += encoder.differences.held - before
        encoder.flush()
        hashed.add(wanted)
    corrections = encoder.finish()
    stored = spill.put(StoredArray(_bytes(corrections), Dtype.U8)) if corrections else None
    return FoundExceptions(TensorExceptions(str(hashed), product, stored), count)


def _bytes(data: bytes) -> NDArray[np.uint8]:
    import numpy as np

    return np.frombuffer(data, np.uint8)


def verify(request: MergeRequest, merged: Checkpoint, bench: Bench) -> None:
    """Merge as `merge` will, and hold every tensor against the stored one.

    Raises:
        OutputError: one differs, so that the adapter would not rebuild the model.
    """
    jobs = [
        request.jobs.get(name) or TensorJob(name, tensor, tensor.shape, tensor.dtype)
        for name, tensor in sorted(request.base.tensors.items())
        if name in merged.tensors
    ]
    jobs += [job for name, job in sorted(request.jobs.items()) if name not in request.base.tensors]
    for name, is_same in bench(jobs, lambda job: (job.name, _is_rebuilt(job, merged.tensors[job.name]))):
        if not is_same:
            raise OutputError(
                f"The adapter would not rebuild {name!r} of {merged.name}, which changed in a way that an "
                "adapter does not carry. Nothing was written; extract without --recover."
            )


def _is_rebuilt(job: TensorJob, merged: LazyTensor) -> bool:
    return apply(job, _nowhere, None).merged_hash == digest(merged)


def _nowhere(name: str, offset: int, block: StoredArray) -> None:
    """Take a block that is only hashed."""


def files_of(request: MergeRequest, merged: Checkpoint) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the headers and the indexes of the model's files where a merge would write other ones."""
    headers = base_headers(merged) if can_be_described(request, merged) else {}
    if headers == {plan.name: plan.header for plan in request.files.plans}:
        return {}, {}
    return headers, {path.name: path.read_bytes() for path in index_files(merged)} if headers else {}


def can_be_described(request: MergeRequest, merged: Checkpoint) -> bool:
    """Whether headers say all of the model's files, and their tensors can be copied from the base's."""
    can_be_copied = all(tensor.place is not None for tensor in request.base.tensors.values())
    return can_be_copied and merged.gguf is None
