"""Forecast an extraction from headers alone: what it would write, its bytes, its peak memory."""

from __future__ import annotations

from collections.abc import Sequence

from lorasurgery.checkpoint import space_notes
from lorasurgery.surgery.extraction.extract_report import ExtractForecast
from lorasurgery.surgery.extraction.extract_request import ExtractRequest
from lorasurgery.surgery.factorise.from_pair import factors_dtype
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.rank_rule import Budget
from lorasurgery.surgery.workers import TORCH_BYTES, available_cores, transformers_bytes, working_limit

# What the program takes before it opens a file.
START_BYTES = 120 * 10**6
# What a matrix takes in the plan and in the results, with both sides of it.
PLANNED_PAIR_BYTES = 17_000


def forecast_of(request: ExtractRequest, dtype: str, workers: int | None) -> ExtractForecast:
    """Say what the run of a request would write, its bytes and its peak memory."""
    most = most_bytes(request, dtype)
    return ExtractForecast(
        output=str(request.target),
        is_file=request.form.suffix is not None,
        nbytes=most,
        peak_nbytes=_peak(request, workers),
        read_nbytes=request.read_bytes,
        factored=len(request.plan.factored),
        measured=len(request.plan.measured) + len(request.plan.left_out),
        notes=[*request.pair.notes, *space_notes(request.target, most or 0)],
    )


def most_bytes(request: ExtractRequest, dtype: str) -> int | None:
    """An upper bound on the adapter's bytes; None where only the values decide."""
    rule = request.rule
    if isinstance(rule, Budget):
        return rule.nbytes
    if rule.most is None:
        return None
    most = rule.most
    factors = sum(
        factors_dtype(dtype, pair.tuned.stored_dtype).itemsize * _numbers_at(pair, most)
        for pair in request.to_factorise
    )
    return factors + sum(pair.tuned.nbytes for pair in request.travelling)


def _numbers_at(pair: MatrixPair, rank: int) -> int:
    out, width = pair.tuned.shape
    return min(rank, out, width) * (out + width)


def _peak(request: ExtractRequest, workers: int | None) -> int:
    """The program itself, and the largest of: comparisons, factorisations, writing a tensor."""
    written = [_writing_bytes(pair) for pair in request.to_factorise]
    written += [pair.tuned.nbytes for pair in request.travelling if not _streams(pair)]
    together = (_side_by_side(pairs, workers) for pairs in (request.to_measure, request.to_factorise))
    planned = PLANNED_PAIR_BYTES * (len(request.to_measure) + len(request.to_factorise))
    of_class = transformers_bytes(request.pair.architecture)
    libraries = START_BYTES + of_class + (TORCH_BYTES if of_class or _loads_torch(request) else 0)
    return libraries + planned + max(*together, *written, 0)


def _loads_torch(request: ExtractRequest) -> bool:
    """Whether something is read by torch: files that are not safetensors, and quantised weights."""
    sides = [
        side
        for pair in (*request.to_measure, *request.to_factorise, *request.travelling)
        for side in (pair.base, pair.tuned)
        if side is not None
    ]
    files = (*request.pair.base.files, *request.pair.tuned.files)
    return any(file.suffix != ".safetensors" for file in files) or any(side.quantised for side in sides)


def _side_by_side(pairs: Sequence[MatrixPair], workers: int | None) -> int:
    count = workers or available_cores()
    largest = sorted((pair.working_bytes for pair in pairs), reverse=True)
    together = sum(largest[:count])
    # A matrix has the room that an earlier one left, where it fits into that.
    left = max((pair.kept_bytes for pair in pairs), default=0)
    kept = left * min(count, sum(1 for pair in pairs if pair.deepest and not pair.kept_bytes))
    return kept + max(largest[0] if largest else 0, min(working_limit(), together))


def _writing_bytes(pair: MatrixPair) -> int:
    """A factor, and its transpose."""
    return 2 * 4 * pair.deepest * max(pair.tuned.shape)


def _streams(pair: MatrixPair) -> bool:
    """Whether a parameter that is kept whole is written in pieces, as it is read."""
    return all(part.bits for part in pair.tuned.parts)
