"""What an extraction would write, its bytes and its peak memory, from headers alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from lorasurgery.surgery.extraction.extract_report import ExtractForecast
from lorasurgery.surgery.extraction.extract_request import ExtractRequest
from lorasurgery.surgery.extraction.parameter_plan import jobs_of
from lorasurgery.surgery.factorise.from_pair import Job, dtype_of
from lorasurgery.surgery.factorise.rank_rule import Budget, deepest_rank
from lorasurgery.surgery.workers import available_cores, working_limit

# What the program takes before it opens a file: the interpreter with torch loaded.
TORCH_BYTES = 300 * 10**6


def forecast_of(request: ExtractRequest, dtype: str, workers: int | None) -> ExtractForecast:
    """Say what the run of a request would write, its bytes and its peak memory."""
    return ExtractForecast(
        output=str(request.target),
        is_file=request.form.suffix is not None,
        nbytes=most_bytes(request, dtype),
        peak_nbytes=_peak(request, workers),
        read_nbytes=request.plan.read_bytes(request.pair),
        factored=len(request.plan.factored),
        measured=len(request.plan.measured) + len(request.plan.left_out),
        notes=request.pair.notes,
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
        dtype_of(dtype, job.tuned.stored_dtype).itemsize * _numbers_at(job, most)
        for job in jobs_of(request.pair, [*request.plan.factored, *request.plan.adaptable])
    )
    return factors + sum(job.tuned.nbytes for job in jobs_of(request.pair, request.plan.travelling))


def _numbers_at(job: Job, rank: int) -> int:
    return min(rank, *job.tuned.shape) * sum(job.tuned.shape)


def _peak(request: ExtractRequest, workers: int | None) -> int:
    """Torch itself, and what runs side by side: first what is measured, then what is factorised; the file is written last."""
    pair, plan, deepest = request.pair, request.plan, partial(deepest_rank, request.rule)
    measured = jobs_of(pair, [*plan.measured, *plan.left_out])
    factored = jobs_of(pair, [*plan.factored, *plan.adaptable], deepest)
    written = [_writing_bytes(job) for job in factored]
    written += [job.tuned.nbytes for job in jobs_of(pair, plan.travelling) if not _streams(job)]
    return TORCH_BYTES + max(_side_by_side(measured, workers), _side_by_side(factored, workers), *written, 0)


def _side_by_side(jobs: Sequence[Job], workers: int | None) -> int:
    largest = sorted((job.working_bytes for job in jobs), reverse=True)
    together = sum(largest[: workers or available_cores()])
    return max(largest[0] if largest else 0, min(working_limit(), together))


def _writing_bytes(job: Job) -> int:
    """A factor, and its transpose."""
    return 2 * 4 * job.deepest * max(job.tuned.shape)


def _streams(job: Job) -> bool:
    """Whether what travels whole is written as it is read, in pieces."""
    return all(part.bits for part in job.tuned.parts)
