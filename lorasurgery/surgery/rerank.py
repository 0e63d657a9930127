"""Rerank: an adapter of another rank, the best there is (LoRA-Dyn).

    for each module:  QR, QR, a small SVD (never ΔW itself), round, put away
    then:             decide the ranks, cut prefixes, write, read back

Source of the prefix cut: Valipour et al., "DyLoRA", 2022, arXiv 2210.07558; that the cut of the decomposition is optimal: Eckart & Young, 1936.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lorasurgery.adapter import Adapter, Nested
from lorasurgery.arguments import one_of, share
from lorasurgery.dtypes import spelled
from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.formats import Format
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter, open_for_rewriting
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import found_below
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.conversion.bias import bias_of, new_biases
from lorasurgery.surgery.conversion.conversion_report import ModuleLoss, RecastReport
from lorasurgery.surgery.conversion.convolutions import doubts
from lorasurgery.surgery.conversion.runtime_profiles import fitted, profile_of
from lorasurgery.surgery.factorise.decompose import Job, jobs_of
from lorasurgery.surgery.factorise.from_adapter import Made, Maker, cut, dtype_named
from lorasurgery.surgery.factorise.rank_rule import (
    DEFAULT_RULE,
    AllRanks,
    FixedRank,
    RankArgument,
    RankRule,
    in_rank_words,
    name_part,
    rank_rule,
)
from lorasurgery.surgery.factorise.ranks import decide
from lorasurgery.surgery.output.adapter_output import (
    check_target,
    format_for,
    name_of,
    nbytes_of,
    placing,
    refuse_what_it_cannot_carry,
    target_of,
)
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.text import percent
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

METHODS = ("svd", "prefix")


@in_rank_words
def rerank(
    adapter: StrPath,
    output: StrPath | None = None,
    *,
    rank: RankArgument = None,
    nested: bool = False,
    method: str = "svd",
    runtime: str | None = None,
    max_error: float | None = None,
    base: StrPath | None = None,
    format: str | None = None,
    dtype: str = "auto",
    alpha: float | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    experts_order: str | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> RecastReport:
    """Write an adapter of another rank.

    Args:
        adapter: in any format and variant whose change is a sum; what is carried whole beside the factors stays.
        output: by default made from the adapter's name and the rank (`adapter-r8`).
        rank: as for `extract`, 16 by default and all ranks with `nested`; the noise edge is that of the `base`.
        nested: write a LoRA-Dyn file: the canonical form, every prefix of which is the best adapter of its rank, with a note that says so.
        method: `svd`; or `prefix`, of a LoRA-Dyn file: its first ranks as they are, of one that was trained nested (DyLoRA) with the scale α/b at rank b.
        runtime: `vllm`, `llamacpp`, `mlx` or `peft`: fit the adapter to what it accepts, and refuse what cannot be fitted.
        max_error: the largest relative error ‖difference‖_F / ‖ΔW‖_F that a module may have.
        base: the model that it is for.
        format: of the output; by default that of the input.
        dtype: of the factors; `auto` keeps that of the input.
        alpha: for formats that do not store their scale.
        include, exclude: globs over the adapter's modules (`*.q_proj`); what they leave out need not be in the base.
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused experts; by default as the file says.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see `lorasurgery.errors`.
        NothingToDoError: no module keeps a rank.
    """
    one_of(method, METHODS, "method")
    bound = share(max_error, "max_error")
    profile = profile_of(runtime, format)
    rule = rank_rule(rank, AllRanks() if nested else DEFAULT_RULE)
    reading = AdapterReading.of(alpha, experts_order, include, exclude)
    opened = open_for_rewriting(adapter, open_base(base), reading)
    reading.check([opened.file])
    form = format_for(format or (profile.format if profile else None) or opened.format)
    is_whole = nested and isinstance(rule, AllRanks)
    target = target_of(form, output, f"{opened.stem}-{'dyn' if is_whole else name_part(rule)}")
    check_target(form, target, opened.inputs, force=force)
    _refuse_what_is_no_sum_of_products(opened)
    if method == "prefix":
        _refuse_prefix(opened, rule, dtype)
    with placing(form, target, opened.inputs, force=force) as place:
        maker = Maker(dtype_named(dtype), place.spill, rule.most)
        if method == "prefix" or (maker.dtype is None and _is_in_order(opened.adapter, rule)):
            found = _sliced(opened.adapter, rule)
        else:
            found = _decomposed(opened, rule, maker, workers, progress)
        if bound is not None:
            refuse_errors(found.losses, bound, asked=rule != AllRanks())
        biases = new_biases(opened.adapter, opened.weights, opened.adapter.modules, found.modules)
        made = dataclasses.replace(
            opened.adapter,
            modules=found.modules,
            replaced={**opened.adapter.replaced, **biases},
            nested=_note(found, opened.adapter, method) if nested else None,
        )
        made, notes = fitted(made, profile) if profile else (made, [])
        notes += doubts(opened.adapter.modules, made, opened.weights, name_of(form))
        if not made.modules and not made.replaced and not made.token_rows:
            raise NothingToDoError(
                "No module keeps a rank, so that the adapter would be empty; ask for more."
            )
        refuse_what_it_cannot_carry(form, name_of(form), made)
        place.write(made)
    return RecastReport(
        verb="rerank",
        inputs=[(opened.name, 1.0)],
        output=str(target),
        format=name_of(form),
        variant="dyn" if nested else "lora",
        rank="dyn" if is_whole else rule.label,
        modules=found.losses,
        dropped=sorted(set(opened.adapter.modules) - set(found.modules)),
        carried=sorted([*made.replaced, *made.token_rows]),
        nbytes=nbytes_of(made),
        nbytes_before=nbytes_of(opened.adapter),
        dtype=spelled(dtype),
        notes=[
            *found_below(os.fspath(adapter), opened.name),
            *opened.adapter.notes,
            *notes,
            *_notes(form, found, rule, nested=nested),
        ],
    )


@dataclass(frozen=True)
class Reranked:
    """The modules of the new adapter, and what became of each of the old one's."""

    modules: Mapping[str, Factors]
    losses: Sequence[ModuleLoss]


def _refuse_what_is_no_sum_of_products(opened: OpenAdapter) -> None:
    if opened.adapter.unresolved and opened.weights is None and "alpha" in opened.adapter.unresolved:
        raise UnsupportedError(opened.adapter.unresolved)
    if not opened.adapter.modules:
        raise NothingToDoError(f"{opened.name} has no factors, so that there are no ranks to change.")


def _decomposed(
    opened: OpenAdapter, rule: RankRule, maker: Maker, workers: int | None, progress: Progress | None
) -> Reranked:
    jobs = jobs_of(opened.adapter, opened.weights)
    bench = Bench(workers, working_limit(), Meter(sum(job.read_bytes for job in jobs), progress))
    groups: dict[str, list[Made]] = {}
    for made in bench(jobs, maker):
        groups.setdefault(made.job.path, []).append(made)
    beside = sum(tensor.nbytes for tensor in opened.adapter.replaced.values())
    ranks = decide(groups, rule, beside)
    modules = {
        path: cut(group, ranks[path], bias_of(group[0].job.factors))
        for path, group in groups.items()
        if ranks[path]
    }
    return Reranked(modules, [loss_of(path, group, ranks[path]) for path, group in groups.items()])


def loss_of(path: str, group: Sequence[Made], rank: int) -> ModuleLoss:
    """What a cut to a rank leaves of a module."""
    out, width = group[0].job.flat_shape
    energy = sum(made.energy for made in group)
    lost = energy if not rank else sum(made.lost_at(rank) for made in group)
    weights = [made.job.weight for made in group if made.job.weight and not made.job.weight.refusal]
    bases = [weight.norm() for weight in weights]
    return ModuleLoss(
        module=path,
        shape=(len(group), out, width) if group[0].job.expert is not None else (out, width),
        rank_before=max((rank_of(made.job) for made in group), default=None),
        rank=min(rank, max(len(made.sigma) for made in group)),
        change=energy**0.5,
        lost=lost**0.5,
        base=sum(norm**2 for norm in bases) ** 0.5 if bases else None,
    )


def rank_of(job: Job) -> int:
    """The rank of a module's factors as stored: that of A, or how many products of columns they are."""
    A = getattr(job.factors, "A", None)
    if isinstance(A, LazyTensor):
        return A.shape[-2]
    change = job.edit().weight
    return sum(getattr(term, "rank", min(job.flat_shape)) for term in getattr(change, "terms", ()))


def beyond(losses: Sequence[ModuleLoss], rule: RankRule) -> Iterator[str]:
    """That more ranks are asked for than there are."""
    had = max((each.rank_before or 0 for each in losses), default=0)
    if isinstance(rule, FixedRank) and 0 < had < rule.rank:
        yield f"no module has more than {had} rank{'s' if had > 1 else ''}, so that --rank {rule.rank} keeps all of them"


def refuse_errors(losses: Sequence[ModuleLoss], max_error: float, *, asked: bool) -> None:
    """Refuse modules whose relative error is larger than is allowed.

    Args:
        asked: whether the user chose the ranks.

    Raises:
        UnsupportedError: with the worst module, and the ways out.
    """
    errors = {each.module: each.relative_error for each in losses}
    over = {module: error for module, error in errors.items() if error is not None and error > max_error}
    if over:
        worst = max(over, key=lambda module: over[module])
        rank = next(each.rank for each in losses if each.module == worst)
        way = "a higher rank" if asked else "a rank of your own (--rank, --energy)"
        raise UnsupportedError(
            f"{worst!r} would have a relative error of {percent(over[worst])} of ‖ΔW‖ at rank {rank}, and --max-error allows {percent(max_error)} "
            f"({len(over)} of {len(losses)} modules are over it). Take {way}, or allow more."
        )


def _refuse_prefix(opened: OpenAdapter, rule: RankRule, dtype: str) -> None:
    """Refuse to cut the first ranks off where they mean nothing, or in another way than by a rank.

    Raises:
        UnsupportedError: with the way out.
    """
    if not isinstance(rule, FixedRank | AllRanks):
        raise UnsupportedError("--method prefix cuts every module to one rank; give it with --rank.")
    if spelled(dtype) != "auto":
        raise UnsupportedError(
            "--method prefix cuts the stored numbers off as they are; change their type afterwards, by `convert --dtype`."
        )
    if opened.adapter.nested is None:
        raise UnsupportedError(
            f"Nothing in {opened.name} says that it was trained with nested ranks, and the first ranks of any other adapter keep next to nothing of it. "
            "Use --method svd, which keeps the most that a rank can. If another tool trained it so (DyLoRA), add the note of docs/convert.md to its adapter_config.json."
        )


def _is_in_order(adapter: Adapter, rule: RankRule) -> bool:
    """Whether a fixed rank is wanted of a file whose ranks stand in canonical order already."""
    in_order = adapter.nested is not None and adapter.nested.form == "svd"
    return in_order and isinstance(rule, FixedRank)


def _sliced(adapter: Adapter, rule: RankRule) -> Reranked:
    """The first ranks of every module.

    Raises:
        UnsupportedError: a variant that has no ranks of its own.
    """
    is_trained_nested = adapter.nested is not None and adapter.nested.form == "nested"
    modules, losses = {}, []
    for path, factors in sorted(adapter.modules.items()):
        if not isinstance(factors, LoraFactors) or len(factors.A.shape) != 2:
            raise UnsupportedError(
                f"{path!r} is not plain LoRA, whose first ranks could be cut off; use --method svd."
            )
        kept = min(rule.most or factors.rank, factors.rank)
        scale = factors.scale * factors.rank / kept if is_trained_nested else factors.scale
        modules[path] = LoraFactors(
            factors.A.sliced(0, kept), factors.B.sliced(0, kept, dim=1), scale, factors.bias
        )
        losses.append(_sliced_loss(path, factors, modules[path], comparable=not is_trained_nested))
    return Reranked(modules, losses)


def _sliced_loss(path: str, before: LoraFactors, after: LoraFactors, *, comparable: bool) -> ModuleLoss:
    import torch

    from lorasurgery.linalg.factored import distance
    from lorasurgery.variants.edit import exact

    old, new = ((each.scale * exact(each.B).double(), exact(each.A).double()) for each in (before, after))
    nothing = torch.zeros(old[0].shape[0], 1).double(), torch.zeros(1, old[1].shape[1]).double()
    lost = distance(old, new) if comparable else None
    return ModuleLoss(path, before.shape, before.rank, after.rank, distance(old, nothing), lost)


def _note(found: Reranked, adapter: Adapter, method: str) -> Nested | None:
    """The note of a LoRA-Dyn file: the powers of two below its rank, and that rank; those that were trained, where its ranks are the first of such a file."""
    ranks = [factors.rank for factors in found.modules.values() if isinstance(factors, LoraFactors)]
    if not ranks:
        return None
    most = max(ranks)
    if method == "prefix" and adapter.nested is not None:
        return Nested(adapter.nested.form, (*(rank for rank in adapter.nested.ranks if rank < most), most))
    return Nested("svd", (*(2**i for i in range(most.bit_length()) if 2**i < most), most))


def _notes(form: Format, found: Reranked, rule: RankRule, *, nested: bool) -> Iterator[str]:
    """What of the request could not be done as it was said."""
    yield from beyond(found.losses, rule)
    if nested and name_of(form) != "peft":
        yield (
            f"{name_of(form)} has no place for the mark of a LoRA-Dyn file; the ranks do stand in order, so that any first ones of them are the best adapter of that rank"
        )
