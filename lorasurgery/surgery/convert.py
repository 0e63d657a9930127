"""Convert: another variant, another format, or what a runtime accepts; the change to the model stays what it is, or the error is stated.

to lora     sums of products exactly, in factor space; anything else by the truncated SVD of the real ΔW, which needs the base
to adalora  P Λ Q, its singular triplets;  to dyn: see `rerank`
formats     read -> Adapter -> write, and read again before it is put in place
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

from lorasurgery.adapter import Adapter
from lorasurgery.arguments import one_of, several, share
from lorasurgery.dtypes import spelled
from lorasurgery.errors import AlignmentError, NothingToDoError, UnsupportedError
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter, open_for_rewriting
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import found_below
from lorasurgery.surgery.base.host import host_of
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.conversion import packing
from lorasurgery.surgery.conversion.bias import bias_of, new_biases
from lorasurgery.surgery.conversion.conversion_report import ModuleLoss, RecastReport
from lorasurgery.surgery.conversion.convolutions import doubts
from lorasurgery.surgery.conversion.packing import Packing
from lorasurgery.surgery.conversion.runtime_profiles import fitted, profile_of
from lorasurgery.surgery.factorise.decompose import is_product, jobs_of
from lorasurgery.surgery.factorise.from_adapter import Made, Maker, cut, dtype_named
from lorasurgery.surgery.factorise.rank_rule import (
    AllRanks,
    RankArgument,
    RankRule,
    in_rank_words,
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
    unresolved_for,
)
from lorasurgery.surgery.output.finite import refuse_non_finite
from lorasurgery.surgery.rerank import beyond, loss_of, refuse_errors, rerank
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.edit import Factors, own_shape, variant_of
from lorasurgery.variants.lora import LoraFactors

VARIANTS = ("lora", "adalora", "dyn")
# The relative error that a conversion may make of a module, where the user does not say.
MAX_ERROR = 0.1


@in_rank_words
def convert(
    adapter: StrPath,
    output: StrPath | None = None,
    *,
    to: str | None = None,
    format: str | None = None,
    runtime: str | None = None,
    split: str | Sequence[str] = (),
    pack: str | Sequence[str] = (),
    base: StrPath | None = None,
    rank: RankArgument = None,
    max_error: float | None = None,
    max_loss: float | None = None,
    dtype: str = "auto",
    alpha: float | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    experts_order: str | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> RecastReport:
    """Write an adapter in another variant or format.

    Args:
        adapter: in any format and variant that is read.
        output: by default made from the adapter's name and what it becomes (`adapter-gguf`).
        to: one of `VARIANTS`; by default what the format holds of what the adapter is, and plain LoRA otherwise.
        format: of the output; by default the runtime's, or that of the input.
        runtime: `vllm`, `llamacpp`, `mlx` or `peft`: fit the adapter to what it accepts, and refuse what cannot be fitted.
        split, pack: modules to take apart and to put together: `qkv`, `gate_up`, `experts`, or `whole=part[:rows],...` (see `recast.packing`).
        base: the model that it is for. Needed where a change depends on W, and where a format needs the model's own names.
        rank: as for `extract`, of what is decomposed; by default all ranks of a sum, and otherwise the least that meet `max_error`.
        max_error: the largest relative error ‖difference‖_F / ‖ΔW‖_F that a module may have; 0.1 by default, and no bound for a LoRA-Dyn file.
        max_loss: the former name of `max_error`.
        dtype: of new factors; `auto` keeps that of the input's.
        alpha: for formats that do not store their scale.
        include, exclude: globs over the adapter's modules (`*.q_proj`); what they leave out need not be in the base.
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused experts; by default as the file says.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see `lorasurgery.errors`.
        NothingToDoError: there is nothing to write.
    """
    if to is not None:
        one_of(to, VARIANTS, "to")
    most = _max_error(max_error, max_loss)
    if to == "dyn":
        if split or pack:
            raise UnsupportedError(
                "--to dyn makes factors of their own for every module; pack or split first, in a step before."
            )
        return rerank(
            adapter,
            output,
            rank=rank,
            nested=True,
            runtime=runtime,
            max_error=most,
            base=base,
            format=format,
            dtype=dtype,
            alpha=alpha,
            include=include,
            exclude=exclude,
            experts_order=experts_order,
            workers=workers,
            force=force,
            progress=progress,
        )
    profile = profile_of(runtime, format)
    bound = MAX_ERROR if most is None else most
    taken_apart, put_together = (
        packing.parse(several(each, name)) for each, name in ((split, "split"), (pack, "pack"))
    )
    reading = AdapterReading.of(alpha, experts_order, include, exclude)
    opened = _opened(adapter, base, reading, repacks=bool(split or pack))
    reading.check([opened.file])
    form = format_for(format or (profile.format if profile else None) or opened.format)
    label = (
        "-".join(filter(None, (to, runtime or (name_of(form) if name_of(form) != opened.format else None))))
        or "converted"
    )
    target = target_of(form, output, f"{opened.stem}-{label}")
    check_target(form, target, opened.inputs, force=force)
    if unresolved := unresolved_for(form, opened.adapter):
        raise UnsupportedError(f"{opened.name}: {unresolved}")
    rule = None if rank is None else rank_rule(rank, AllRanks())
    with placing(form, target, opened.inputs, force=force) as place:
        maker = Maker(dtype_named(dtype), place.spill)
        made, losses = _converted(opened, to, form.holds, rule, bound, maker, workers, progress)
        if taken_apart or put_together:
            refuse_non_finite(made)  # while its modules have the names that the user knows
        made, notes = _repacked(made, taken_apart, put_together)
        notes += beyond(losses, rule) if rule else ()
        notes += doubts(opened.adapter.modules, made, opened.weights, name_of(form))
        if profile:
            made, fitting = fitted(made, profile)
            notes += fitting
        if not made.modules and not made.replaced and not made.token_rows:
            raise NothingToDoError(f"{opened.name} changes nothing, so that there is nothing to write.")
        refuse_what_it_cannot_carry(form, name_of(form), made)
        place.write(made)
    return RecastReport(
        verb="convert",
        inputs=[(opened.name, 1.0)],
        output=str(target),
        format=name_of(form),
        variant=to or _variant_of(made),
        rank=rule.label if rule else "",
        modules=losses,
        dropped=sorted(each.module for each in losses if not each.rank),
        carried=sorted([*made.replaced, *made.token_rows]),
        nbytes=nbytes_of(made),
        nbytes_before=nbytes_of(opened.adapter),
        dtype=spelled(dtype),
        notes=[*found_below(os.fspath(adapter), opened.name), *opened.adapter.notes, *notes],
    )


def _opened(
    adapter: StrPath,
    base: StrPath | None,
    reading: AdapterReading,
    *,
    repacks: bool,
) -> OpenAdapter:
    """The adapter for its model; with another packing, the model may be that of the modules as they will be."""
    model = open_base(base)
    try:
        return open_for_rewriting(adapter, model, reading)
    except AlignmentError:
        if model is None or not repacks:
            raise
    opened, host = (
        open_for_rewriting(adapter, None, reading),
        host_of(model.architecture, model.checkpoint),
    )
    return dataclasses.replace(opened, adapter=dataclasses.replace(opened.adapter, host=host))


def _repacked(
    adapter: Adapter, apart: Sequence[Packing], together: Sequence[Packing]
) -> tuple[Adapter, list[str]]:
    notes: list[str] = []
    for packings, repack in ((apart, packing.split), (together, packing.pack)):
        if packings:
            adapter, done = repack(adapter, packings)
            notes += done
    return adapter, notes


def _max_error(max_error: float | None, max_loss: float | None) -> float | None:
    """The bound that was given, under its name of today or the former one."""
    if max_error is not None and max_loss is not None:
        raise UnsupportedError("max_loss is the former name of max_error; give one of them.")
    return share(max_loss if max_error is None else max_error, "max_error")


def _variant_of(adapter: Adapter) -> str:
    return ", ".join(sorted({variant_of(each) for each in adapter.modules.values()})) or "none"


def _converted(
    opened: OpenAdapter,
    to: str | None,
    holds: tuple[type, ...],
    rule: RankRule | None,
    max_error: float,
    maker: Maker,
    workers: int | None,
    progress: Progress | None,
) -> tuple[Adapter, list[ModuleLoss]]:
    """The adapter made anew, as far as it has to be, and what each module lost."""
    kept = {
        path: factors
        for path, factors in opened.adapter.modules.items()
        if rule is None and maker.dtype is None and _may_stay(factors, to, holds)
    }
    jobs = [job for job in jobs_of(opened.adapter, opened.weights) if job.path not in kept]
    bench = Bench(workers, working_limit(), Meter(sum(job.read_bytes for job in jobs), progress))
    groups: dict[str, list[Made]] = {}
    for made in bench(jobs, maker):
        groups.setdefault(made.job.path, []).append(made)
    ranks = (
        decide(groups, rule) if rule else {path: _enough(group, max_error) for path, group in groups.items()}
    )
    losses = [loss_of(path, group, ranks[path]) for path, group in groups.items()]
    refuse_errors(losses, max_error, asked=rule is not None)
    anew = {
        path: _as_variant(cut(group, ranks[path], bias_of(group[0].job.factors)), group, to)
        for path, group in groups.items()
        if ranks[path]
    }
    same = [_unchanged(path, factors) for path, factors in kept.items()]
    nested = opened.adapter.nested if not groups else None
    recast = dataclasses.replace(
        opened.adapter,
        modules=dict(sorted({**kept, **anew}.items())),
        replaced={**opened.adapter.replaced, **new_biases(opened.adapter, opened.weights, groups, anew)},
        nested=nested,
    )
    return recast, sorted([*losses, *same], key=lambda each: each.module)


def _may_stay(factors: Factors, to: str | None, holds: tuple[type, ...]) -> bool:
    """Whether a module's factors are what is wanted already."""
    if to == "lora":
        return isinstance(factors, LoraFactors)
    return to is None and isinstance(factors, holds)


def _enough(group: Sequence[Made], max_error: float) -> int:
    """All ranks of a sum of products; of anything else the least whose error is allowed."""
    if all(is_product(made.job.edit().weight) for made in group):
        return max(len(made.sigma) for made in group)
    energy = sum(made.energy for made in group)
    most = max(len(made.sigma) for made in group)
    allowed = (max_error**2) * energy
    return next(
        (rank for rank in range(1, most + 1) if sum(made.lost_at(rank) for made in group) <= allowed), most
    )


def _as_variant(factors: LoraFactors, group: Sequence[Made], to: str | None) -> Factors:
    if to != "adalora":
        return factors
    if factors.bias is not None or len(factors.A.shape) == 3:
        raise UnsupportedError(
            f"{group[0].job.path!r} has a bias or several experts, which AdaLoRA has no room for; convert it to lora."
        )
    return _triplets(factors, group[0])


def _triplets(factors: LoraFactors, made: Made) -> AdaloraFactors:
    """P Λ Q: unit columns and rows, and the singular values between them."""
    import torch

    from lorasurgery.lazy import LazyTensor

    S = torch.tensor(made.sigma[: factors.rank], dtype=torch.float64)
    root = S.sqrt()
    A, B = factors.A, factors.B
    return AdaloraFactors(
        A.map(lambda t: (t.double() / root[:, None]).to(t.dtype)),
        B.map(lambda t: (t.double() / root).to(t.dtype)),
        LazyTensor.of(S[:, None].to(A.dtype.torch)),
        1.0,
    )


def _unchanged(path: str, factors: Factors) -> ModuleLoss:
    """A module whose factors are written as they are."""
    rank: int | None = getattr(factors, "rank", None)
    return ModuleLoss(path, own_shape(factors) or (), rank, rank or 0, 0.0, 0.0)
