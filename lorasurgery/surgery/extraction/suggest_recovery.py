"""Suggest --recover where an extraction approximates what is a merged LoRA: a part of one matrix is tried."""

from __future__ import annotations

from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.extraction.extract_report import ExtractReport
from lorasurgery.surgery.extraction.extract_request import ExtractRequest
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.recover_pair import is_recoverable, stored_matrix
from lorasurgery.surgery.workers import one_blas_thread

# A smaller matrix tells little, and a larger one takes long to read.
LEAST_SIDE, MOST_NUMBERS = 32, 1 << 23
# Rows and columns of the part that is tried, which has the rank of the whole: some tenths of a second.
PART_SIDE = 512


def recovery_notes(request: ExtractRequest, report: ExtractReport) -> list[str]:
    """Return a note if the smallest matrix that changed is that of a merged LoRA."""
    changed = {module.module for module in report.modules}
    able = [each for each in request.to_factorise if each.path in changed and _can_be_tried(each)]
    if not able or request.form.name != "peft":
        return []
    smallest = min(able, key=lambda each: (each.tuned.shape[0] * each.tuned.shape[1], each.parameter))
    if not _is_merged(smallest):
        return []
    return [
        f"{smallest.parameter!r} holds a merged LoRA: extract --recover finds the LoRA itself, from which a "
        "merge gives the same file again"
    ]


def _is_merged(pair: MatrixPair) -> bool:
    from lorasurgery.linalg.recovery import NotMerged, recovered

    assert pair.base is not None, "only what both sides have is tried"
    sides = (stored_matrix(side) for side in (pair.base, pair.tuned))
    base, merged = (StoredArray(side.bits[:PART_SIDE, :PART_SIDE], side.dtype) for side in sides)
    with one_blas_thread():
        return not isinstance(recovered(base, merged, seed=pair.seed), NotMerged)


def _can_be_tried(pair: MatrixPair) -> bool:
    out, width = pair.tuned.shape
    return is_recoverable(pair) and min(out, width) >= LEAST_SIDE and out * width <= MOST_NUMBERS
