"""From a pair of checkpoints to the adapter between them: compare, factorise, decide the ranks, and account for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from lorasurgery.adapter import Adapter, TokenRows
from lorasurgery.checkpoint import Spill
from lorasurgery.errors import OutputError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import run_time_tensor
from lorasurgery.surgery.base.pair import CheckpointPair, unread_label
from lorasurgery.surgery.extraction.account import account
from lorasurgery.surgery.extraction.extract_report import ExtractReport
from lorasurgery.surgery.extraction.extract_request import ExtractRequest
from lorasurgery.surgery.extraction.full_parameters import sort_out
from lorasurgery.surgery.extraction.parameter_plan import Plan, jobs_of
from lorasurgery.surgery.factorise.assemble import factors_of, grouped, ranks_of
from lorasurgery.surgery.factorise.budget import FactoriseAll, spend
from lorasurgery.surgery.factorise.from_pair import Factoriser, Found, Job, RuleFor, dtype_of
from lorasurgery.surgery.factorise.measure import Change, measure
from lorasurgery.surgery.factorise.noise_edge import edges_of
from lorasurgery.surgery.factorise.rank_rule import (
    Budget,
    RankRule,
    deepest_rank,
    fixed_rank,
    format_size,
    module_rule,
)
from lorasurgery.surgery.output.adapter_output import name_of, refuse_what_it_cannot_carry
from lorasurgery.surgery.workers import Bench

# What a tensor's entry in the header of a safetensors file takes beside the name that the model has for it, at most.
ENTRY_BYTES = 118


def adapter_between(
    request: ExtractRequest, bench: Bench, spill: Spill, dtype: str, device: str
) -> tuple[Adapter, ExtractReport]:
    """Find the adapter of a request, its factors still in the scratch file, and the account of it.

    Raises:
        NumericError: a weight has a NaN or an infinity.
        OutputError: a budget does not reach for what cannot be low-rank.
        UnsupportedError: the format has no room for what changed.
    """
    pair, plan = request.pair, request.plan
    changes = _measure(pair, plan, bench)
    rest = sort_out(pair, changes, plan, fixed_rank(request.rule))
    replaced = {name: run_time_tensor(pair.tuned, pair.parameters[name].tuned) for name in rest.replaced}
    rows = {
        _owner(name): _token_rows(pair, name, spill, indices) for name, indices in rest.token_rows.items()
    }

    def factorise(jobs: Sequence[Job], rule_for: RuleFor) -> list[Found]:
        return bench(jobs, Factoriser(rule_for, dtype, device, spill))

    jobs = jobs_of(pair, [*plan.factored, *rest.low_rank], partial(deepest_rank, request.rule))
    refuse_what_has_no_room(request, Adapter(request.host, {}, replaced, rows))  # before the long work
    beside = replaced | {path: each.rows for path, each in rows.items()}
    found, ranks = _decide(jobs, request.rule, factorise, beside, dtype)
    groups = grouped(found)
    adapter = Adapter(request.host, factors_of(groups, ranks), replaced, rows)
    return adapter, account(pair, plan, rest, changes, groups, ranks, adapter)


def refuse_what_has_no_room(request: ExtractRequest, adapter: Adapter) -> None:
    """Refuse what the format cannot carry, with the ways out that an extraction has."""
    try:
        refuse_what_it_cannot_carry(request.form, name_of(request.form), adapter)
    except UnsupportedError as refusal:
        way = "leave such modules out by --exclude, or write --format peft"
        if adapter.replaced or adapter.token_rows:
            way = "leave out what is no factor by --rest drop, or write --format peft"
        elif "--base" in refusal.args[0]:
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
    return TokenRows(tuple(indices), spill.put(StoredArray.of(rows)))


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
