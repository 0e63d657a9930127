"""Account for every parameter of a pair: factorised, kept whole, left out, or unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lorasurgery.adapter import Adapter
from lorasurgery.architecture import Layout
from lorasurgery.checkpoint import tensor_bytes
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.pair import CheckpointPair, PairedParameter, unread_label
from lorasurgery.surgery.extraction.extract_report import ExtractReport, KeptReport, LostReport, ModuleReport
from lorasurgery.surgery.extraction.full_parameters import KeptParameters
from lorasurgery.surgery.extraction.parameter_plan import ParameterPlan
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.measure import Difference
from lorasurgery.surgery.factorise.noise_edge import notes_of as edge_notes
from lorasurgery.text import counted, natural_key
from lorasurgery.variants.edit import nbytes as factor_bytes
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors

Groups = Mapping[str, Sequence[Factorised[MatrixPair]]]

# How a parameter is kept of which the adapter has what is added to it.
CHANGE = "change"
# A note is worth it for a tensor that is kept whole and is more than this share of the adapter.
WORTH_A_NOTE = 0.25


def account(
    pair: CheckpointPair,
    plan: ParameterPlan,
    rest: KeptParameters,
    changes: Mapping[str, Difference],
    groups: Groups,
    ranks: Mapping[str, int],
    adapter: Adapter,
) -> ExtractReport:
    """Make the report, except for what the user asked for (`output`, `format`, `rank`, `dtype`)."""
    modules = [
        _module_report(path, group, ranks[path])
        for path, group in sorted(groups.items(), key=lambda item: natural_key(item[0]))
        if any(each.energy for each in group)
    ]
    others = {name: change for name, change in changes.items() if name not in rest.low_rank}
    total = sum(m.change**2 for m in modules) + sum(change.energy for change in others.values())
    kept = _kept(rest, others, adapter, total)
    nbytes = sum(map(factor_bytes, adapter.modules.values()))
    nbytes += sum(each.nbytes for each in kept if each.form != CHANGE)
    changed = len(modules) + sum(change.is_any for change in others.values())
    return ExtractReport(
        base=pair.base.name,
        tuned=pair.tuned.name,
        modules=modules,
        kept=kept,
        lost=_lost(pair, plan, others, total),
        unchanged=len(groups) + len(others) - changed,
        not_chosen=plan.not_chosen,
        notes=[*pair.notes, *size_notes(kept, nbytes), *_edge_notes(groups), *_unread_notes(plan)],
        nbytes=nbytes,
        model_nbytes=sum(tensor.nbytes for tensor in pair.tuned.tensors.values()),
        change=total**0.5,
        vocabulary=next((each.shape[0] for each in pair.parameters.values() if each.grown or each.cut), None),
        num_labels=_num_labels(pair, rest),
        reshaped=any(_is_reshaped(pair.parameters[name]) for name in rest.replaced),
        untied=_untied(pair),
    )


def _module_report(path: str, group: Sequence[Factorised[MatrixPair]], rank: int) -> ModuleReport:
    """Report what the factors of a module hold at a rank."""
    out, width = group[0].matrix.tuned.shape
    return ModuleReport(
        module=path,
        kind=group[0].matrix.kind,
        shape=(len(group), out, width) if len(group) > 1 else (out, width),
        rank=rank,
        change=sum(each.energy for each in group) ** 0.5,
        error=max(0.0, sum(each.error_at(rank) for each in group)) ** 0.5,
        base=sum(each.base_energy for each in group) ** 0.5,
    )


def _is_reshaped(each: PairedParameter) -> bool:
    """Whether both sides have the parameter, as part of different heads."""
    return each.base is not None and _is_of_another_head(each)


def _untied(pair: CheckpointPair) -> tuple[str, ...]:
    """Parameters that share a tensor of the base with another parameter."""
    first: dict[Layout, str] = {}
    return tuple(
        name
        for name, each in pair.parameters.items()
        if each.base is not None and first.setdefault(each.base, name) != name
    )


def _is_of_another_head(each: PairedParameter) -> bool:
    return not each.is_comparable and not each.cut


def _num_labels(pair: CheckpointPair, rest: KeptParameters) -> int | None:
    """How many labels a head has that the base lacks."""
    brought = any(_is_of_another_head(pair.parameters[name]) for name in rest.replaced)
    labels = pair.tuned.config.get("id2label")
    return len(labels) if brought and isinstance(labels, dict) else None


def _kept(
    rest: KeptParameters, changes: Mapping[str, Difference], adapter: Adapter, total: float
) -> Sequence[KeptReport]:
    whole = [_kept_one(name, adapter, _share(changes[name], total)) for name in rest.replaced]
    rows = [
        KeptReport(
            name,
            f"{len(indices)} rows",
            adapter.token_rows[name.rpartition(".")[0]].rows.nbytes,
            _share(changes[name], total),
        )
        for name, indices in rest.token_rows.items()
    ]
    return [*whole, *rows]


def _kept_one(name: str, adapter: Adapter, share: float | None) -> KeptReport:
    """Report a parameter that is stored whole, or as what is added to it."""
    if name in adapter.replaced:
        return KeptReport(name, "whole", adapter.replaced[name].nbytes, share)
    path, _, end = name.rpartition(".")
    factors = adapter.modules.get(path) or adapter.modules[name]
    bias: LazyTensor | None = getattr(factors, "bias", None)
    if end == "bias" and bias is not None:
        return KeptReport(name, CHANGE, bias.nbytes, share)
    is_new = isinstance(factors, ReplacedVectorFactors)
    return KeptReport(name, "whole" if is_new else CHANGE, factor_bytes(factors), share)


def _lost(
    pair: CheckpointPair, plan: ParameterPlan, changes: Mapping[str, Difference], total: float
) -> Sequence[LostReport]:
    left = [
        LostReport(name, reason, _share(changes[name], total))
        for name, reason in plan.left_out.items()
        if name in changes and changes[name].is_any
    ]
    unread = [
        LostReport(name, f"{reason}; it is quantised ({unread_label(pair, name)})", None)
        for name, reason in plan.left_out.items()
        if name not in changes
    ]
    foreign = [
        LostReport(name, "no part of the model's class", None)
        for name in pair.unclaimed
        if not _is_same(pair, name)
    ]
    return [
        *left,
        *unread,
        *foreign,
        *(LostReport(name, reason, None) for name, reason in pair.unread.items()),
    ]


def _is_same(pair: CheckpointPair, name: str) -> bool:
    """Whether both files have this tensor, bit for bit."""
    new, old = pair.tuned.tensors[name], pair.base.tensors.get(name)
    if old is None or (old.shape, old.dtype) != (new.shape, new.dtype):
        return False
    if any(each.quantised and each.quantised.refusal for each in (old, new)):
        return False
    return tensor_bytes(old.read()) == tensor_bytes(new.read())


def _share(change: Difference, total: float) -> float | None:
    """The share of the whole change; None for a parameter that the base lacks."""
    if change.is_new:
        return None
    return change.energy / total if total else 0.0


def _edge_notes(groups: Groups) -> list[str]:
    return edge_notes([each.edge for group in groups.values() for each in group if each.edge])


def _unread_notes(plan: ParameterPlan) -> list[str]:
    count = len(plan.not_chosen)
    if not count:
        return []
    verb = "was" if count == 1 else "were"
    whose = counted(count, "parameter")
    return [f"{whose} that {verb} not chosen {verb} not read: whether they changed is not known."]


def size_notes(kept: Sequence[KeptReport], nbytes: int) -> list[str]:
    """Name what is whole and most of an adapter of so many bytes, and the options that leave it out."""
    return [
        f"{each.name!r} is kept whole and takes {100 * each.nbytes / nbytes:.0f} % of the adapter; "
        "--exclude it, or use --rest drop, for a smaller file."
        for each in kept
        if each.form == "whole" and each.nbytes > WORTH_A_NOTE * nbytes
    ]
