"""Rerank an adapter: the best one of another rank (LoRA-Dyn).

    for each module:  QR, QR, a small SVD (never ΔW itself), round, set aside
    then:             decide the ranks, cut prefixes, write, read back

Source of the prefix cut: Valipour et al., "DyLoRA", 2022, arXiv 2210.07558; that the cut of the
decomposition is optimal: Eckart & Young, 1936.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lorasurgery.adapter import Adapter, Nested
from lorasurgery.arguments import one_of, share
from lorasurgery.dtypes import spelled
from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter, open_for_rewriting
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import found_below
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.conversion.bias import bias_of, biases_alone, new_biases
from lorasurgery.surgery.conversion.carried import carried_tensors
from lorasurgery.surgery.conversion.conversion_forecast import ConversionForecast
from lorasurgery.surgery.conversion.conversion_report import ConversionReport, ModuleLoss
from lorasurgery.surgery.conversion.factor_work import FactorWork, OutputOptions
from lorasurgery.surgery.conversion.foreseen_factors import decomposing_bytes, foreseen_modules
from lorasurgery.surgery.conversion.losses import loss_of, ranks_beyond, refuse_errors, stored_rank
from lorasurgery.surgery.conversion.prefixes import is_trained_nested, prefix_loss, prefixes
from lorasurgery.surgery.conversion.rewrite import (
    Foreseen,
    Rewrite,
    Rewritten,
    foresee,
    output_of,
    write,
)
from lorasurgery.surgery.conversion.source_adapter import SourceAdapter
from lorasurgery.surgery.engines.engine import on_engines
from lorasurgery.surgery.engines.resume import resumable
from lorasurgery.surgery.factorise.adapter_matrix import (
    AdapterMatrix,
    adapter_matrices,
    ranked_matrices,
    without_ranks,
)
from lorasurgery.surgery.factorise.factorised import cut
from lorasurgery.surgery.factorise.rank_rule import (
    DEFAULT_RULE,
    AllRanks,
    FixedRank,
    NoiseEdge,
    RankArgument,
    RankRule,
    in_rank_words,
    name_part,
    rank_rule,
)
from lorasurgery.surgery.factorise.ranks import decide, rounded_matrix
from lorasurgery.surgery.parts.divided_rewrite import DividedRewrite
from lorasurgery.surgery.parts.factor_part import FactorPart
from lorasurgery.surgery.parts.part_plan import in_parts
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import Progress
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

METHODS = ("svd", "prefix")
EMPTY = "No module keeps a rank, so that the adapter would be empty; ask for more."


@on_engines("rerank")
@resumable("rerank")
@in_parts("rerank", FactorPart)
@in_rank_words
def plan_rerank(
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
) -> RerankPlan:
    """Hold a new rank against the headers of an adapter.

    Args:
        adapter: in any format and variant whose change is a sum; what is carried whole with the
            factors stays.
        output: by default made from the adapter's name and the rank (`adapter-r8`).
        rank: as for `extract`, 16 by default and all ranks with `nested`; the noise edge is that of
            the `base`. `rule="sv_fro=0.9"` is a rule of kohya's `resize_lora.py`.
        nested: write a LoRA-Dyn file: the canonical form, every prefix of which is the best adapter
            of its rank, with a note that says so.
        method: `svd`; or `prefix`, of a LoRA-Dyn file: its first ranks as they are, of one that was
            trained nested (DyLoRA) with the scale α/b at rank b.
        runtime: the program that is to load it, with a version where one is meant (`vllm`,
            `vllm@0.29`, `comfyui`, ...): fit the adapter to what it accepts, and refuse what cannot be
            fitted.
        max_error: the largest relative error ‖difference‖_F / ‖ΔW‖_F that a module may have.
        base: the model that it is for.
        format: of the output; by default that of the input.
        dtype: of the factors; `auto` keeps that of the input.
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
        NothingToDoError: no module keeps a rank.
    """
    one_of(method, METHODS, "method")
    options = OutputOptions.of(
        output, format, dtype, runtime, workers=workers, force=force, progress=progress
    )
    rule = rank_rule(rank, AllRanks() if nested else DEFAULT_RULE)
    reading = AdapterReading.of(alpha, experts_order, include, exclude)
    opened = open_for_rewriting(adapter, open_base(base), reading)
    reading.check([opened.file])
    max_error = share(max_error, "max_error")
    return rerank_plan(adapter, opened, options, rule, method=method, nested=nested, max_error=max_error)


def rerank_plan(
    given: StrPath,
    opened: OpenAdapter,
    options: OutputOptions,
    rule: RankRule,
    *,
    method: str = "svd",
    nested: bool = False,
    max_error: float | None = None,
) -> RerankPlan:
    """The plan for an adapter that is open; see `plan_rerank`."""
    is_whole = nested and isinstance(rule, AllRanks)
    name = f"{opened.stem}-{'dyn' if is_whole else name_part(rule)}"
    sources = (SourceAdapter(opened),)
    form, target = output_of(options, sources, lambda _: name)
    _refuse_beforehand(opened, rule, method, options)
    variant, label = "dyn" if nested else "lora", "dyn" if is_whole else rule.label
    notes = (*found_below(os.fspath(given), opened.name), *opened.adapter.notes)
    rewrite = Rewrite("rerank", sources, form, target, options, variant, label, notes)
    return RerankPlan(rewrite, rule, method, nested, max_error)


@dataclass(frozen=True, repr=False)
class RerankPlan(DividedRewrite):
    """An adapter to be written at another rank; nothing but headers is read yet."""

    rewrite: Rewrite
    rule: RankRule
    method: str
    nested: bool
    max_error: float | None

    def __repr__(self) -> str:
        return f"<RerankPlan: {self.rewrite.summary}>"

    def forecast(self) -> ConversionForecast:
        """Say what `run` would write: ranks and bytes at most, and the peak memory."""
        opened = self._opened
        jobs = self._ranked_matrices()
        notes = self._notes([stored_rank(job) for job in jobs])
        if self._cuts_prefixes:
            first = self._adapter(prefixes(opened.adapter, self.rule))
            return foresee(self.rewrite, Foreseen(first, notes, EMPTY))
        adapter = self._adapter(foreseen_modules(jobs, self.rule, self.rewrite.options.new_dtype))
        return foresee(
            self.rewrite, Foreseen(adapter, notes, EMPTY, [*map(decomposing_bytes, jobs)], self.rule)
        )

    def run(self, progress: Progress | None = None) -> ConversionReport:
        """Write the adapter and report how much of each module it keeps."""
        return write(self.rewrite, self._made, progress)

    @property
    def most_ranks(self) -> int | None:
        return self.rule.most

    def new_matrices(self) -> list[AdapterMatrix]:
        """Return the matrices that are decomposed; none where prefixes are cut off."""
        return [] if self._cuts_prefixes else self._ranked_matrices()

    def _ranked_matrices(self) -> list[AdapterMatrix]:
        opened = self._opened
        return ranked_matrices(opened.adapter, opened.weights, self.rewrite.form.holds)

    def _made(self, work: FactorWork) -> Rewritten:
        modules, losses = self._factors(work)
        if self.max_error is not None:
            refuse_errors(losses, self.max_error, is_rank_given=self.rule != AllRanks())
        adapter, notes = self._adapter(modules), self._notes([each.rank_before for each in losses])
        dropped = sorted(self._opened.adapter.modules.keys() - adapter.modules.keys())
        return Rewritten(adapter, losses, dropped, notes, EMPTY)

    def _factors(self, work: FactorWork) -> tuple[Mapping[str, Factors], list[ModuleLoss]]:
        opened = self._opened
        if self._cuts_prefixes:
            first = prefixes(opened.adapter, self.rule)
            is_comparable = not is_trained_nested(opened.adapter)
            losses = [
                prefix_loss(path, opened.adapter.modules[path], after, comparable=is_comparable)
                for path, after in first.items()
            ]
            return first, losses
        groups = work.factorised(self.new_matrices(), self.most_ranks)
        ranks = decide(groups, self.rule, carried_tensors(opened.adapter))
        modules = {
            path: cut(group, ranks[path], bias_of(group[0].matrix.factors))
            for path, group in groups.items()
            if ranks[path]
        }
        return modules, [loss_of(path, group, ranks[path]) for path, group in groups.items()]

    @property
    def _opened(self) -> OpenAdapter:
        return self.rewrite.sources[0].opened

    @property
    def _cuts_prefixes(self) -> bool:
        """Whether the first ranks are written as stored, by request or since they are in SVD order."""
        adapter = self._opened.adapter
        in_order = adapter.nested is not None and adapter.nested.form == "svd"
        keeps_dtype = self.rewrite.options.new_dtype is None
        return self.method == "prefix" or (keeps_dtype and in_order and isinstance(self.rule, FixedRank))

    def _adapter(self, modules: Mapping[str, Factors]) -> Adapter:
        """The adapter with other factors, and the biases that these do not carry."""
        before, weights, holds = self._opened.adapter, self._opened.weights, self.rewrite.form.holds
        alone = without_ranks(before, holds) | biases_alone(before, modules, holds)
        return dataclasses.replace(
            before,
            modules={**modules, **alone},
            replaced={**before.replaced, **new_biases(before, weights, before.modules, {**modules, **alone})},
            nested=_nested(modules, before, self.method) if self.nested else None,
        )

    def _notes(self, ranks_before: Sequence[int | None]) -> list[str]:
        """What of the request cannot be done as it was said."""
        notes, form = [*ranks_beyond(ranks_before, self.rule)], self.rewrite.form.name
        if self.nested and form != "peft":
            notes.append(
                f"{form} has no place for the mark of a LoRA-Dyn file; the ranks do stand in order, "
                "so that any first ones of them are the best adapter of that rank"
            )
        return notes


rerank = at_once(plan_rerank, "rerank", "Write an adapter of another rank.")


def _refuse_beforehand(opened: OpenAdapter, rule: RankRule, method: str, options: OutputOptions) -> None:
    if opened.adapter.unresolved and opened.weights is None and "alpha" in opened.adapter.unresolved:
        raise UnsupportedError(opened.adapter.unresolved)
    if not opened.adapter.modules:
        raise NothingToDoError(f"{opened.name} has no factors, so that there are no ranks to change.")
    if method == "prefix":
        _refuse_prefix(opened, rule, options.dtype)
    if isinstance(rule, NoiseEdge):
        for job in adapter_matrices(opened.adapter, opened.weights):
            rounded_matrix(job)


def _refuse_prefix(opened: OpenAdapter, rule: RankRule, dtype: str) -> None:
    """Refuse to cut the first ranks off where they mean nothing, or in another way than by a rank.

    Raises:
        UnsupportedError: with the way out.
    """
    if not isinstance(rule, FixedRank | AllRanks):
        raise UnsupportedError("--method prefix cuts every module to one rank; give it with --rank.")
    if spelled(dtype) != "auto":
        raise UnsupportedError(
            "--method prefix cuts the stored numbers off as they are; change their type afterwards, by "
            "`convert --dtype`."
        )
    if opened.adapter.nested is None:
        raise UnsupportedError(
            f"Nothing in {opened.name} says that it was trained with nested ranks, and the first ranks of "
            "any other adapter keep "
            "next to nothing of it. Use --method svd, which keeps the most that a rank can. If another "
            "tool trained it so (DyLoRA), "
            "add the note of docs/convert.md to its adapter_config.json."
        )


def _nested(modules: Mapping[str, Factors], before: Adapter, method: str) -> Nested | None:
    """Make the mark of a LoRA-Dyn file: its rank, and the powers of two below it.

    Of the first ranks of such a file they are the ranks that it was trained for.
    """
    ranks = [factors.rank for factors in modules.values() if isinstance(factors, LoraFactors)]
    if not ranks:
        return None
    most = max(ranks)
    if method == "prefix" and before.nested is not None:
        return Nested(before.nested.form, (*(rank for rank in before.nested.ranks if rank < most), most))
    return Nested("svd", (*(2**i for i in range(most.bit_length()) if 2**i < most), most))
