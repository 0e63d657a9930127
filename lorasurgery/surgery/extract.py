"""Extract: the adapter inside a fine-tuned checkpoint, by truncated SVD of ΔW = W_tuned − W_base.

    for each module:  read both, subtract, decompose, round, put away
    then:             decide the ranks, lay the adapter out, write it

Everything that changed is accounted for: it is in the adapter, or it is listed with the reason and its share of the change.
Memory holds the modules that are being worked on and nothing that grows with the model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial

from lorasurgery.adapter import Adapter, TokenRows
from lorasurgery.checkpoint import Spill, check_space
from lorasurgery.dtypes import chosen
from lorasurgery.errors import NothingToDoError, OutputError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath
from lorasurgery.raw import Raw
from lorasurgery.surgery.base.matrix import run_time_tensor
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.pair import CheckpointPair, unread_label
from lorasurgery.surgery.extraction.account import account
from lorasurgery.surgery.extraction.extract_forecast import most_bytes
from lorasurgery.surgery.extraction.extract_report import ExtractReport
from lorasurgery.surgery.extraction.extract_request import Request, prepare
from lorasurgery.surgery.extraction.full_parameters import sort_out
from lorasurgery.surgery.extraction.model_card import model_card
from lorasurgery.surgery.extraction.parameter_plan import Plan, jobs_of
from lorasurgery.surgery.factorise.assemble import factors_of, grouped, ranks_of
from lorasurgery.surgery.factorise.budget import FactoriseAll, spend
from lorasurgery.surgery.factorise.from_pair import (
    DTYPES,
    Factoriser,
    Found,
    Job,
    RuleFor,
    check_device,
    dtype_of,
)
from lorasurgery.surgery.factorise.measure import Change, measure
from lorasurgery.surgery.factorise.noise_edge import edges_of
from lorasurgery.surgery.factorise.rank_rule import (
    DEFAULT_RULE,
    Budget,
    RankArgument,
    RankRule,
    deepest_rank,
    fixed_rank,
    format_size,
    in_rank_words,
    module_rule,
    rank_rule,
)
from lorasurgery.surgery.output.adapter_output import name_of, placing, refuse_what_it_cannot_carry
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit

# What a tensor's entry in the header of a safetensors file takes beside the name that the model has for it, at most.
ENTRY_BYTES = 118


@in_rank_words
def extract(
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
    device: str = "cpu",
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> ExtractReport:
    """Write the adapter that turns `base` into `tuned`, and report how good it is.

    Args:
        base: a checkpoint: file, folder or Hub name. `tuned` likewise; its config names the class that the adapter is for.
        output: the adapter's folder; by default made from the tuned checkpoint's name and the rank (`ft-lora-r16`).
        rank: the rank of every module, 16 by default, or a rule that finds it: `FixedRank(16)`, `Energy(0.9)`, `NoiseEdge()`, `Budget("30MB")`,
            `AllRanks()`, each of which can be `.capped(64)` (see `lorasurgery.surgery.factorise.rank_rule`). The words of the command line are
            keywords too: `energy=0.9`, `noise_edge=True`, `size="30MB"`, `max_rank=64`.
        include, exclude: one or several globs over run-time parameter names or module paths.
        rest: `keep` what low-rank factors cannot hold (norms, biases, heads, token rows), or `drop` it.
        format: one of `lorasurgery.formats.names()`.
        dtype: of the factors: `auto`, `float32`, `float16` or `bfloat16`.
        workers: modules side by side; by default one for each core. The bytes written do not depend on it.
        force: replace an output of an earlier run.
        progress: called with the bytes read so far and in all.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see `lorasurgery.errors`.
        NothingToDoError: the checkpoints are equal, or the filter leaves nothing.
    """
    check_device(device)
    dtype = chosen(dtype, DTYPES)
    rule = rank_rule(rank, DEFAULT_RULE)
    choice = NameFilter.of(include, exclude)
    asked = prepare(base, tuned, output, rule, choice, rest, format)
    with placing(asked.form, asked.target, asked.inputs, force=force) as place:
        check_space(asked.target, most_bytes(asked, dtype) or 0)
        bench = Bench(workers, working_limit(), Meter(asked.plan.read_bytes(asked.pair), progress))
        adapter, found = _find(asked, bench, place.spill, dtype, device)
        _refuse_nothing(found)
        _refuse_what_has_no_room(asked, adapter)
        report = dataclasses.replace(
            found, output=str(asked.target), format=format, rank=rule.label, dtype=dtype
        )
        # A fine-tune may have what no reader of PEFT's names can tell apart: a parameter and a module of one name.
        place.write(adapter, proven=format != "peft")
        place.write_card(model_card(report, asked.host))
    return report


def _find(
    asked: Request, bench: Bench, spill: Spill, dtype: str, device: str
) -> tuple[Adapter, ExtractReport]:
    """The adapter, its factors still in the scratch file, and the account of it."""
    pair, plan = asked.pair, asked.plan
    changes = _measure(pair, plan, bench)
    rest = sort_out(pair, changes, plan, fixed_rank(asked.rule))
    replaced = {name: run_time_tensor(pair.tuned, pair.parameters[name].tuned) for name in rest.replaced}
    rows = {
        _owner(name): _token_rows(pair, name, spill, indices) for name, indices in rest.token_rows.items()
    }

    def factorise(jobs: Sequence[Job], rule_for: RuleFor) -> list[Found]:
        return bench(jobs, Factoriser(rule_for, dtype, device, spill))

    jobs = jobs_of(pair, [*plan.factored, *rest.low_rank], partial(deepest_rank, asked.rule))
    _refuse_what_has_no_room(asked, Adapter(asked.host, {}, replaced, rows))  # before the long work
    beside = replaced | {path: each.rows for path, each in rows.items()}
    found, ranks = _decide(jobs, asked.rule, factorise, beside, dtype)
    groups = grouped(found)
    adapter = Adapter(asked.host, factors_of(groups, ranks), replaced, rows)
    return adapter, account(pair, plan, rest, changes, groups, ranks, adapter)


def _refuse_what_has_no_room(asked: Request, adapter: Adapter) -> None:
    """Refuse what the format cannot carry, with the ways out that an extraction has."""
    try:
        refuse_what_it_cannot_carry(asked.form, name_of(asked.form), adapter)
    except UnsupportedError as refusal:
        way = "leave such modules out by --exclude, or write --format peft"
        if adapter.replaced or adapter.token_rows:
            way = "leave out what is no factor by --rest drop, or write --format peft"
        elif "--base" in str(refusal):
            way = "give BASE as a folder with its config.json, or write --format peft"
        raise UnsupportedError(f"{refusal} Here: {way}.") from None


def _measure(pair: CheckpointPair, plan: Plan, bench: Bench) -> dict[str, Change]:
    """Compare every parameter that is not factorised outright."""
    readable = [name for name in plan.left_out if not unread_label(pair, name)]
    jobs = jobs_of(pair, [*plan.measured, *readable])
    changes: dict[str, Change] = {}
    for job, change in zip(
        jobs, bench(jobs, lambda job: measure(job.parameter, job.base, job.tuned)), strict=True
    ):
        changes[job.parameter] = changes[job.parameter] + change if job.parameter in changes else change
    return changes


def _token_rows(pair: CheckpointPair, name: str, spill: Spill, indices: Sequence[int]) -> TokenRows:
    import torch

    table = run_time_tensor(pair.tuned, pair.parameters[name].tuned)
    rows = torch.cat([table.read_rows(index, index + 1) for index in indices])
    return TokenRows(tuple(indices), spill.put(Raw.of(rows)))


def _owner(parameter: str) -> str:
    return parameter.rpartition(".")[0]


def _decide(
    jobs: Sequence[Job],
    rule: RankRule,
    factorise: FactoriseAll,
    beside: Mapping[str, LazyTensor],
    dtype: str,
) -> tuple[list[Found], dict[str, int]]:
    """Factorise all matrices and give each module its rank; `beside` are the tensors that share the file with the factors."""
    if not isinstance(rule, Budget):
        found = factorise(jobs, lambda job: module_rule(rule, partial(edges_of, job)))
        return found, ranks_of(grouped(found))
    entries = [*beside, *(name for path in {job.path for job in jobs} for name in (path, path))]
    fixed_nbytes = sum(tensor.nbytes for tensor in beside.values()) + sum(
        len(name) + ENTRY_BYTES for name in entries
    )
    budget = rule.nbytes - fixed_nbytes
    if budget <= 0:
        what = "What cannot be low-rank takes" if beside else "The file's header alone takes"
        ways = "Raise --size, or leave it out with --rest drop." if beside else "Raise --size."
        raise OutputError(
            f"{what} {format_size(fixed_nbytes)}, and --size allows {format_size(rule.nbytes)}. {ways}"
        )
    itemsize = dtype_of(dtype, jobs[0].tuned.stored_dtype).itemsize if jobs else 1
    return spend(jobs, factorise, budget, itemsize, rule.max_rank)


def _refuse_nothing(report: ExtractReport) -> None:
    if any(module.rank for module in report.modules) or report.kept:
        return
    if report.modules or report.lost:
        raise NothingToDoError(
            f"What changed between {report.base} and {report.tuned} is left out, so the adapter would be empty{_first_reason(report)}."
        )
    raise NothingToDoError(
        f"{report.base} and {report.tuned} are equal: none of {report.unchanged} parameters changed, so there is nothing to extract."
    )


def _first_reason(report: ExtractReport) -> str:
    if not report.lost:
        return ""
    first, others = report.lost[0], len(report.lost) - 1
    return f": {first.name!r} ({first.reason})" + (f" and {others} more" if others else "")
