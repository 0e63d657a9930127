"""Suggest --recover where an extraction approximates what is a merged LoRA: one matrix is tried."""

from __future__ import annotations

from lorasurgery.checkpoint import Spill
from lorasurgery.errors import NothingToDoError
from lorasurgery.surgery.extraction.extract_report import ExtractReport
from lorasurgery.surgery.extraction.extract_request import ExtractRequest
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.recover_pair import PairRecoverer, is_recoverable
from lorasurgery.surgery.workers import one_blas_thread

# A smaller matrix tells little, and a larger one takes too long to try: 4 CPU-seconds at this size.
LEAST_SIDE, MOST_NUMBERS = 32, 1 << 23


def recovery_notes(request: ExtractRequest, report: ExtractReport, spill: Spill) -> list[str]:
    """Return a note if the smallest matrix that changed is one of a merged LoRA, and nothing was lost.

    Args:
        spill: takes the factors that are tried.
    """
    changed = {module.module for module in report.modules}
    able = [each for each in request.to_factorise if each.path in changed and _can_be_tried(each)]
    if not able or request.form.name != "peft":
        return []
    smallest = min(able, key=lambda each: (each.tuned.shape[0] * each.tuned.shape[1], each.parameter))
    try:
        with one_blas_thread():
            found = PairRecoverer(spill)(smallest)
    except NothingToDoError:
        return []
    return [
        f"{smallest.parameter!r} holds a merged LoRA of rank {len(found.sigma)}: extract --recover finds the "
        "LoRA itself, from which a merge gives the same file again"
    ]


def _can_be_tried(pair: MatrixPair) -> bool:
    out, width = pair.tuned.shape
    return is_recoverable(pair) and min(out, width) >= LEAST_SIDE and out * width <= MOST_NUMBERS
