"""Convert an adapter to another variant or format, or to what a runtime accepts.

The change to the model stays the same, or the error is stated.

    to lora     sums of products exactly, in factor space; anything else by the truncated SVD of
                the real ΔW, which needs the base
    to adalora  P Λ Q, its singular triplets;  to dyn: see `rerank`
    formats     read -> Adapter -> write, and read again before it is put in place
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lorasurgery.adapter import Adapter
from lorasurgery.arguments import one_of, share
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter, open_for_rewriting
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import found_below
from lorasurgery.surgery.base.host import host_of
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.conversion.adalora_triplets import Triplets, triplets_of, unknown_triplets
from lorasurgery.surgery.conversion.bias import bias_of, biases_alone, new_biases
from lorasurgery.surgery.conversion.carried import carried_tensors
from lorasurgery.surgery.conversion.conversion_forecast import ConversionForecast
from lorasurgery.surgery.conversion.conversion_report import ConversionReport, ModuleLoss
from lorasurgery.surgery.conversion.factor_work import FactorWork, OutputOptions
from lorasurgery.surgery.conversion.foreseen_factors import decomposing_bytes, foreseen_modules
from lorasurgery.surgery.conversion.losses import loss_of, ranks_beyond, refuse_errors, stored_rank
from lorasurgery.surgery.conversion.packing import Packings
from lorasurgery.surgery.conversion.recognised import recognised
from lorasurgery.surgery.conversion.rewrite import (
    Foreseen,
    Rewrite,
    Rewritten,
    foresee,
    output_of,
    write,
)
from lorasurgery.surgery.conversion.runtime_profiles import Profile
from lorasurgery.surgery.conversion.source_adapter import SourceAdapter
from lorasurgery.surgery.engines.engine import on_engines
from lorasurgery.surgery.engines.resume import resumable
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix, adapter_matrices, without_ranks
from lorasurgery.surgery.factorise.decompose import is_product
from lorasurgery.surgery.factorise.factorised import Factorised, cut
from lorasurgery.surgery.factorise.rank_rule import AllRanks, RankArgument, RankRule, in_rank_words, rank_rule
from lorasurgery.surgery.factorise.ranks import decide
from lorasurgery.surgery.output.adapter_output import unresolved_for
from lorasurgery.surgery.output.finite import refuse_non_finite
from lorasurgery.surgery.parts.divided_rewrite import DividedRewrite
from lorasurgery.surgery.parts.factor_part import FactorPart
from lorasurgery.surgery.parts.part_plan import in_parts
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.rerank import RerankPlan, rerank_plan
from lorasurgery.surgery.workers import Progress
from lorasurgery.variants.edit import Factors, own_shape
from lorasurgery.variants.lora import LoraFactors

VARIANTS = ("lora", "adalora", "dyn")
# The relative error that a conversion may make of a module, where the user does not say.
MAX_ERROR = 0.1


@on_engines("convert")
@resumable("convert")
@in_parts("convert", FactorPart)
@in_rank_words
def plan_convert(
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
) -> ConvertPlan | RerankPlan:
    """Hold a conversion against the headers of an adapter.

    Args:
        adapter: in any format and variant that is read.
        output: by default made from the adapter's name and what it becomes (`adapter-gguf`).
        to: one of `VARIANTS`; by default what the format holds of what the adapter is, and plain
            LoRA otherwise.
        format: of the output; by default the runtime's, or that of the input.
        runtime: the program that is to load it, with a version where one is meant (`vllm`,
            `vllm@0.29`, `comfyui`, ...): fit the adapter to what it accepts, and refuse what cannot be
            fitted.
        split, pack: modules to take apart and to put together: `qkv`, `gate_up`, `experts`, or
            `whole=part[:rows],...` (see `surgery.conversion.packing`).
        base: the model that it is for. Needed where a change depends on W, and where a format needs
            the model's own names.
        rank: as for `extract`, of what is decomposed; by default all ranks of a sum, and otherwise
            the least that meet `max_error`.
        max_error: the largest relative error ‖difference‖_F / ‖ΔW‖_F that a module may have; 0.1 by
            default, and no bound for a LoRA-Dyn file.
        max_loss: the former name of `max_error`.
        dtype: of new factors; `auto` keeps that of the input's.
        alpha: for formats that do not store their scale.
        include, exclude: globs over the adapter's modules (`*.q_proj`); what they leave out need
            not be in the base.
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused
            experts; by default as the file says.
        workers: modules side by side; by default one for each core. The bytes written do not depend
            on it.
        force: replace an output of an earlier run.
        part: `"3/8"`: do this share of the work alone, into `OUTPUT.parts`; see `assemble`.
        resume: keep what is finished in `OUTPUT.parts`, and go on from there if an earlier run broke off.
        engine: a Ray cluster that does the work: `ray` or `ray://HOST:PORT`.
        progress: called with the bytes read so far and in all.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see
        `lorasurgery.errors`.
        NothingToDoError: there is nothing to write.
    """
    one_of(to or "lora", VARIANTS, "to")
    max_error = _max_error(max_error, max_loss)
    options = OutputOptions.of(
        output, format, dtype, runtime, workers=workers, force=force, progress=progress
    )
    packings = Packings.of(split, pack)
    rule = None if rank is None else rank_rule(rank, AllRanks())
    reading = AdapterReading.of(alpha, experts_order, include, exclude)
    if to == "dyn":
        packings.refuse_with_dyn()
    opened, packings = _opened(adapter, base, reading, packings, options.profile)
    if to == "dyn":
        return rerank_plan(adapter, opened, options, rule or AllRanks(), nested=True, max_error=max_error)
    sources = (SourceAdapter(opened),)
    form, target = output_of(
        options, sources, lambda form: f"{opened.stem}-{_label(to, runtime, form, opened)}"
    )
    if unresolved := unresolved_for(form, opened.adapter):
        raise UnsupportedError(f"{opened.name}: {unresolved}")
    notes = (*found_below(os.fspath(adapter), opened.name), *recognised(opened), *opened.adapter.notes)
    rank_label = rule.label if rule else ""
    rewrite = Rewrite("convert", sources, form, target, options, to or "", rank_label, notes)
    return ConvertPlan(rewrite, to, packings, rule, MAX_ERROR if max_error is None else max_error)


@dataclass(frozen=True, repr=False)
class ConvertPlan(DividedRewrite):
    """An adapter to be written in another form; nothing but headers is read yet.

    `rule` cuts the ranks of all modules; without one, modules that are already what is wanted stay
    as they are.
    """

    rewrite: Rewrite
    to: str | None
    packings: Packings
    rule: RankRule | None
    max_error: float

    def __repr__(self) -> str:
        return f"<ConvertPlan: {self.rewrite.summary}>"

    def forecast(self) -> ConversionForecast:
        """Say what `run` would write, ranks and bytes at most; packing reads the factors."""
        unchanged, jobs = self._divided()
        new_factors = foreseen_modules(jobs, self.rule or AllRanks(), self.rewrite.options.new_dtype)
        modules = {
            path: self._as_variant(path, factors, unknown_triplets(index))
            for index, (path, factors) in enumerate(new_factors.items())
        }
        adapter, notes = self.packings(self._adapter(unchanged, jobs, modules))
        if self.rule:
            notes += ranks_beyond([stored_rank(job) for job in jobs], self.rule)
        return foresee(
            self.rewrite,
            Foreseen(adapter, notes, self._why_empty, [*map(decomposing_bytes, jobs)], self.rule),
        )

    def run(self, progress: Progress | None = None) -> ConversionReport:
        """Write the adapter and report what each module lost."""
        return write(self.rewrite, self._made, progress)

    def new_matrices(self) -> list[AdapterMatrix]:
        """Return the matrices that are decomposed."""
        return self._divided()[1]

    def _made(self, work: FactorWork) -> Rewritten:
        unchanged, jobs = self._divided()
        groups = work.factorised(jobs, None)
        if self.rule:
            ranks = decide(groups, self.rule, carried_tensors(self._opened.adapter))
        else:
            ranks = {path: _enough(group, self.max_error) for path, group in groups.items()}
        losses = [loss_of(path, group, ranks[path]) for path, group in groups.items()]
        refuse_errors(losses, self.max_error, is_rank_given=self.rule is not None)
        modules = {
            path: self._as_variant(
                path, cut(group, ranks[path], bias_of(group[0].matrix.factors)), triplets_of(group[0])
            )
            for path, group in groups.items()
            if ranks[path]
        }
        adapter = self._adapter(unchanged, jobs, modules)
        dropped = sorted(ranks.keys() - adapter.modules.keys())
        if self.packings:
            refuse_non_finite(adapter)  # while its modules have the names that the user knows
        adapter, notes = self.packings(adapter)
        losses += [_unchanged_loss(path, factors) for path, factors in unchanged.items()]
        if self.rule:
            notes += ranks_beyond([each.rank_before for each in losses], self.rule)
        return Rewritten(
            adapter, sorted(losses, key=lambda each: each.module), dropped, notes, self._why_empty
        )

    @property
    def _opened(self) -> OpenAdapter:
        return self.rewrite.sources[0].opened

    @property
    def _why_empty(self) -> str:
        return f"{self._opened.name} changes nothing, so that there is nothing to write."

    def _divided(self) -> tuple[dict[str, Factors], list[AdapterMatrix]]:
        """The modules that are written as they are, and the matrices of all others."""
        adapter, keeps = self._opened.adapter, self.rule is None and self.rewrite.options.new_dtype is None
        unchanged = without_ranks(adapter, self.rewrite.form.holds) | {
            path: factors for path, factors in adapter.modules.items() if keeps and self._may_stay(factors)
        }
        rest = [path for path in adapter.modules if path not in unchanged]
        return unchanged, adapter_matrices(adapter, self._opened.weights, rest)

    def _may_stay(self, factors: Factors) -> bool:
        """Whether a module's factors are what is wanted already."""
        if self.to == "lora":
            return isinstance(factors, LoraFactors)
        return self.to is None and isinstance(factors, self.rewrite.form.holds)

    def _adapter(
        self, unchanged: Mapping[str, Factors], jobs: Sequence[AdapterMatrix], modules: Mapping[str, Factors]
    ) -> Adapter:
        """The adapter with new factors for some of its modules, and the biases that these do not carry."""
        before, weights = self._opened.adapter, self._opened.weights
        alone = biases_alone(before, {**unchanged, **modules}, self.rewrite.form.holds)
        biases = new_biases(before, weights, {job.path for job in jobs}, {**modules, **alone})
        return dataclasses.replace(
            before,
            modules=dict(sorted({**unchanged, **modules, **alone}.items())),
            replaced={**before.replaced, **biases},
            nested=None if jobs else before.nested,
        )

    def _as_variant(self, path: str, factors: LoraFactors, triplets: Triplets) -> Factors:
        if self.to != "adalora":
            return factors
        if factors.bias is not None or len(factors.A.shape) == 3:
            raise UnsupportedError(
                f"{path!r} has a bias or several experts, which AdaLoRA has no room for; convert it to lora."
            )
        return triplets(factors)


convert = at_once(plan_convert, "convert", "Write an adapter in another variant or format.")


def _opened(
    adapter: StrPath,
    base: StrPath | None,
    reading: AdapterReading,
    packings: Packings,
    profile: Profile | None,
) -> tuple[OpenAdapter, Packings]:
    """Open the adapter for its model, and add what the runtime needs to be packed or split.

    With another packing the model may be that of the modules as they will be.
    """
    model = open_base(base)
    try:
        opened = open_for_rewriting(adapter, model, reading)
    except AlignmentError:
        if model is None or not packings:
            raise
        opened = open_for_rewriting(adapter, None, reading)
        host = host_of(model.architecture, model.checkpoint)
        opened = dataclasses.replace(opened, adapter=dataclasses.replace(opened.adapter, host=host))
    reading.check([opened.file])
    return opened, packings.for_runtime(opened.adapter, profile, opened.base)


def _label(to: str | None, runtime: str | None, form: str, opened: OpenAdapter) -> str:
    """What the output is called after the adapter's own name."""
    what = runtime or (form if form != opened.format else None)
    return "-".join(filter(None, (to, what))) or "converted"


def _max_error(max_error: float | None, max_loss: float | None) -> float | None:
    """The bound that was given, under its name of today or the former one."""
    if max_error is not None and max_loss is not None:
        raise UnsupportedError("max_loss is the former name of max_error; give one of them.")
    return share(max_loss if max_error is None else max_error, "max_error")


def _enough(group: Sequence[Factorised[AdapterMatrix]], max_error: float) -> int:
    """All ranks of a sum of products; of anything else the least whose error is allowed."""
    most = max(len(made.sigma) for made in group)
    if all(is_product(made.matrix.edit().weight) for made in group):
        return most
    allowed = max_error**2 * sum(made.energy for made in group)
    return next(
        (rank for rank in range(1, most + 1) if sum(made.error_at(rank) for made in group) <= allowed), most
    )


def _unchanged_loss(path: str, factors: Factors) -> ModuleLoss:
    """A module whose factors are written as they are."""
    rank: int | None = getattr(factors, "rank", None)
    return ModuleLoss(path, own_shape(factors) or (), rank, rank or 0, 0.0, 0.0)
