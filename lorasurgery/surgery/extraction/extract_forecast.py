"""What an extraction would write, its bytes and its peak memory, from headers alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from lorasurgery.dtypes import chosen
from lorasurgery.paths import StrPath
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.extraction.extract_report import Forecast
from lorasurgery.surgery.extraction.extract_request import Request, prepare
from lorasurgery.surgery.extraction.parameter_plan import jobs_of
from lorasurgery.surgery.factorise.from_pair import DTYPES, Job, dtype_of
from lorasurgery.surgery.factorise.rank_rule import (
    DEFAULT_RULE,
    Budget,
    RankArgument,
    deepest_rank,
    in_rank_words,
    rank_rule,
)
from lorasurgery.surgery.output.adapter_output import check_target
from lorasurgery.surgery.workers import available_cores, working_limit

# What the program takes before it opens a file: the interpreter with torch loaded.
TORCH_BYTES = 300 * 10**6


@in_rank_words
def forecast(
    base: StrPath,
    tuned: StrPath,
    output: StrPath | None = None,
    *,
    rank: RankArgument = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    rest: str = "keep",
    format: str = "peft",
    dtype: str = "auto",
    workers: int | None = None,
    force: bool = False,
) -> Forecast:
    """Say what `extract` would write, its bytes and its peak memory, from headers alone. Arguments and errors are its own."""
    dtype = chosen(dtype, DTYPES)
    rule = rank_rule(rank, DEFAULT_RULE)
    choice = NameFilter.of(include, exclude)
    asked = prepare(base, tuned, output, rule, choice, rest, format)
    check_target(asked.form, asked.target, asked.inputs, force=force)
    return Forecast(
        output=str(asked.target),
        is_file=asked.form.suffix is not None,
        nbytes=most_bytes(asked, dtype),
        peak_nbytes=_peak(asked, workers),
        read_nbytes=asked.plan.read_bytes(asked.pair),
        factored=len(asked.plan.factored),
        measured=len(asked.plan.measured) + len(asked.plan.left_out),
        notes=asked.pair.notes,
    )


def most_bytes(asked: Request, dtype: str) -> int | None:
    """An upper bound on the adapter's bytes; None where only the values decide."""
    rule = asked.rule
    if isinstance(rule, Budget):
        return rule.nbytes
    if rule.most is None:
        return None
    most = rule.most
    factors = sum(
        dtype_of(dtype, job.tuned.stored_dtype).itemsize * _numbers_at(job, most)
        for job in jobs_of(asked.pair, [*asked.plan.factored, *asked.plan.adaptable])
    )
    return factors + sum(job.tuned.nbytes for job in jobs_of(asked.pair, asked.plan.travelling))


def _numbers_at(job: Job, rank: int) -> int:
    return min(rank, *job.tuned.shape) * sum(job.tuned.shape)


def _peak(asked: Request, workers: int | None) -> int:
    """Torch itself, and what runs side by side: first what is measured, then what is factorised; the file is written last."""
    pair, plan, deepest = asked.pair, asked.plan, partial(deepest_rank, asked.rule)
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
