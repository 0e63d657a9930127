"""Find the adapter between two checkpoints: compare, factorise, decide the ranks, account for all."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from lorasurgery.adapter import Adapter, TokenRows
from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import OutputError, UnsupportedError
from lorasurgery.formats import Format
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import zeros
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import run_time_tensor
from lorasurgery.surgery.base.pair import CheckpointPair, unread_label
from lorasurgery.surgery.extraction.account import account
from lorasurgery.surgery.extraction.added_changes import added_changes
from lorasurgery.surgery.extraction.extract_report import ExtractReport
from lorasurgery.surgery.extraction.extract_request import ExtractRequest
from lorasurgery.surgery.extraction.full_parameters import KeptParameters, sort_out
from lorasurgery.surgery.extraction.parameter_plan import ParameterPlan
from lorasurgery.surgery.factorise.budget import FactorisedPair, spend
from lorasurgery.surgery.factorise.factorised import by_module, cut
from lorasurgery.surgery.factorise.from_pair import RuleFor, factors_dtype
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair, matrix_pairs
from lorasurgery.surgery.factorise.measure import Difference, measure
from lorasurgery.surgery.factorise.noise_edge import edges_of
from lorasurgery.surgery.factorise.rank_rule import (
    Budget,
    RankRule,
    deepest_rank,
    fixed_rank,
    format_size,
    module_rule,
)
from lorasurgery.surgery.factorise.ranks import fixed_nbytes
from lorasurgery.surgery.output.adapter_output import refuse_what_it_cannot_carry
from lorasurgery.surgery.workers import AnyBench
from lorasurgery.variants.edit import Factors, lazy_tensors
from lorasurgery.variants.lora import LoraFactors

# The ways out where what is no factor has no place; of another format.
WITHOUT_REST = "leave out what is no factor by --rest drop, such modules by --exclude, or write --format {}"
# Makes what factorises the matrices of a pair by a rule.
FactoriserFor = Callable[[RuleFor], Callable[[MatrixPair], FactorisedPair]]


@dataclass(frozen=True)
class ComparedModels:
    """What differs between the two models of a request, before anything is factorised.

    `pairs` are the matrices that get factors; `replaced` and `rows` are stored as they are.
    """

    request: ExtractRequest
    changes: Mapping[str, Difference]
    rest: KeptParameters
    pairs: Sequence[MatrixPair]
    replaced: Mapping[str, LazyTensor]
    rows: Mapping[str, TokenRows]

    @property
    def stored_whole(self) -> dict[str, LazyTensor]:
        """Return the tensors that share the file with the factors."""
        request = self.request
        changes = added_changes(request.form, request.pair, self.replaced)
        beside = changes.added_to(Adapter(request.host, {}, token_rows=self.rows))
        tensors = {
            f"{path}.{index}": tensor
            for path, factors in beside.modules.items()
            for index, tensor in enumerate(lazy_tensors(factors))
        }
        return {**beside.replaced, **{path: each.rows for path, each in self.rows.items()}, **tensors}


def adapter_between(
    request: ExtractRequest, bench: AnyBench, spill: Spill, dtype: str, factoriser: FactoriserFor
) -> tuple[Adapter, ExtractReport]:
    """Find the adapter of a request, its factors still in the scratch file, and the account of it.

    Raises:
        NumericError: a weight has a NaN or an infinity.
        OutputError: a budget does not reach for what cannot be low-rank.
        UnsupportedError: the format has no room for what changed.
    """
    models = compared(request, bench, spill)
    _refuse_rest_beforehand(models)
    factors, ranks = decided(
        models.pairs, request.rule, bench, factoriser, beside=models.stored_whole, dtype=dtype
    )
    return adapter_of(models, factors, ranks)


def foreseen(models: ComparedModels) -> Adapter:
    """Return the adapter with zeros of rank 1 for the factors that are still to be made."""
    request = models.request
    modules: dict[str, Factors] = {}
    if request.form.adds_changes:
        for each in models.pairs:
            rows, width = each.tuned.shape[0], math.prod(each.tuned.shape[1:])
            modules[each.path] = LoraFactors(zeros((1, width), Dtype.F32), zeros((rows, 1), Dtype.F32))
    changes = added_changes(request.form, request.pair, models.replaced)
    return changes.added_to(Adapter(request.host, modules, token_rows=models.rows))


def compared(request: ExtractRequest, bench: AnyBench, spill: Spill) -> ComparedModels:
    """Compare every parameter that is not factorised outright, and find what else gets factors."""
    pair, plan = request.pair, request.plan
    changes = _measure(pair, plan, bench)
    rest = sort_out(pair, changes, plan, fixed_rank(request.rule))
    replaced = {name: run_time_tensor(pair.tuned, pair.parameters[name].tuned) for name in rest.replaced}
    rows = {
        _owner(name): _token_rows(pair, name, spill, indices) for name, indices in rest.token_rows.items()
    }
    names = [*plan.factored, *rest.low_rank]
    pairs = matrix_pairs(pair, names, partial(deepest_rank, request.rule))
    return ComparedModels(request, changes, rest, pairs, replaced, rows)


def adapter_of(
    models: ComparedModels, factors: Sequence[FactorisedPair], ranks: Mapping[str, int]
) -> tuple[Adapter, ExtractReport]:
    """Cut factors to the ranks of their modules, and account for every parameter."""
    request, groups = models.request, by_module(factors)
    modules = {path: cut(group, ranks[path]) for path, group in groups.items() if ranks[path]}
    wider = frozenset(each.path for each in models.pairs if request.pair.parameters[each.parameter].wider)
    adapter = Adapter(request.host, modules, token_rows=models.rows, widens=wider)
    adapter = added_changes(request.form, request.pair, models.replaced).added_to(adapter)
    report = account(request.pair, request.plan, models.rest, models.changes, groups, ranks, adapter)
    return adapter, report


def compare_and_factorise(request: ExtractRequest, bench: AnyBench, factoriser: FactoriserFor) -> None:
    """Do the work on every parameter that depends on no other one, and leave its results to the bench.

    That is all of it for every rule but a budget.
    """
    pair, plan, rule = request.pair, request.plan, request.rule
    rest = sort_out(pair, _measure(pair, plan, bench), plan, fixed_rank(rule))
    pairs = matrix_pairs(pair, [*plan.factored, *rest.low_rank], partial(deepest_rank, rule))
    bench(pairs, factoriser(lambda pair: module_rule(rule, partial(edges_of, pair))))


def refuse_what_has_no_room(request: ExtractRequest, adapter: Adapter) -> None:
    """Refuse what the format cannot carry, with the ways out that an extraction has."""
    form = request.form
    try:
        refuse_what_it_cannot_carry(form, form.name, form.recast(adapter))
    except UnsupportedError as refusal:
        way = "leave such modules out by --exclude, or write --format peft"
        if _is_carried_without_rest(request, adapter):
            way = WITHOUT_REST.format(other_format(form))
        elif "--base" in refusal.args[0]:
            way = "give BASE as a folder with its config.json, leave such modules out by --exclude, or write "
            way += "--format peft"
        raise UnsupportedError(f"{refusal} Here: {way}.") from None


def _refuse_rest_beforehand(models: ComparedModels) -> None:
    """Refuse what is no factor and has no place, before factors are made.

    Which matrices change at all is not known yet: where the format could not carry all of them, nothing is
    refused here.
    """
    adapter = foreseen(models)
    if not models.request.form.adds_changes or _is_carried_without_rest(models.request, adapter):
        refuse_what_has_no_room(models.request, adapter)


def _is_carried_without_rest(request: ExtractRequest, adapter: Adapter) -> bool:
    """Whether the format can carry the factors alone."""
    planned, form = {each.path for each in request.to_factorise}, request.form
    modules = {
        path: dataclasses.replace(each, bias=None) if isinstance(each, LoraFactors) else each
        for path, each in adapter.modules.items()
        if path in planned
    }
    factors = dataclasses.replace(adapter, modules=modules, replaced={}, token_rows={})
    try:
        refuse_what_it_cannot_carry(form, form.name, form.recast(factors))
    except UnsupportedError:
        return False
    return True


def other_format(form: Format) -> str:
    """Name a format that has more of what is no factor."""
    return "comfyui" if form.adds_changes and form.name != "comfyui" else "peft"


def _measure(pair: CheckpointPair, plan: ParameterPlan, bench: AnyBench) -> dict[str, Difference]:
    """Compare every parameter that is not factorised outright."""
    readable = [name for name in plan.left_out if not unread_label(pair, name)]
    pairs = matrix_pairs(pair, [*plan.measured, *readable])
    measured = bench(pairs, lambda each: measure(each.parameter, each.base, each.tuned))
    changes: dict[str, Difference] = {}
    for name, change in zip((each.parameter for each in pairs), measured, strict=True):
        changes[name] = changes[name] + change if name in changes else change
    return changes


def _token_rows(pair: CheckpointPair, name: str, spill: Spill, indices: Sequence[int]) -> TokenRows:
    import numpy as np

    table = run_time_tensor(pair.tuned, pair.parameters[name].tuned)
    rows = np.concatenate([table.raw_rows(index, index + 1).bits for index in indices])
    return TokenRows(tuple(indices), spill.put(StoredArray(rows, table.dtype)))


def _owner(parameter: str) -> str:
    return parameter.rpartition(".")[0]


def decided(
    pairs: Sequence[MatrixPair],
    rule: RankRule,
    bench: AnyBench,
    factoriser: FactoriserFor,
    *,
    beside: Mapping[str, LazyTensor],
    dtype: str,
) -> tuple[list[FactorisedPair], dict[str, int]]:
    """Factorise all matrices, in their order, and give each module its rank.

    Args:
        beside: the tensors that share the file with the factors.

    Raises:
        OutputError: a budget does not reach for these.
    """

    def factorise(pairs: Sequence[MatrixPair], rule_for: RuleFor) -> list[FactorisedPair]:
        return bench(pairs, factoriser(rule_for))

    if not isinstance(rule, Budget):
        factors = factorise(pairs, lambda pair: module_rule(rule, partial(edges_of, pair)))
        groups = by_module(factors)
        return factors, {path: max(len(each.sigma) for each in group) for path, group in groups.items()}
    fixed = fixed_nbytes(beside, {pair.path for pair in pairs})
    budget = rule.nbytes - fixed
    if budget <= 0:
        what = "What cannot be low-rank takes" if beside else "The file's header alone takes"
        ways = "Raise --size, or leave it out with --rest drop." if beside else "Raise --size."
        raise OutputError(
            f"{what} {format_size(fixed)}, and --size allows {format_size(rule.nbytes)}. {ways}"
        )
    itemsize = factors_dtype(dtype, pairs[0].tuned.stored_dtype).itemsize if pairs else 1
    return spend(pairs, factorise, budget, itemsize, rule.max_rank)
