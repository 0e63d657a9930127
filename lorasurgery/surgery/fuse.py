"""Fuse several adapters, or the branches of a Parallel-LoRA adapter, into one.

    ΔW = Σ wᵢ sᵢ Bᵢ Aᵢ = [w₁s₁B₁ … wₙsₙBₙ] [A₁; …; Aₙ]    exactly, of rank Σ rᵢ;
                                                          of rank r where all share one A

`cat` writes that; with a rank rule, or as `svd`, its best approximation. The other methods change
what is added up, each in its own file of `fusing/`; none forms a dense ΔW.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lorasurgery import fusing
from lorasurgery.adapter import Adapter, TokenRows, shared_metadata
from lorasurgery.arguments import Given, adapters_of, real, split_weight
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import slips_in
from lorasurgery.surgery.conversion.bias import biases_alone, summed_bias
from lorasurgery.surgery.conversion.carried import carried_tensors
from lorasurgery.surgery.conversion.conversion_forecast import ConversionForecast
from lorasurgery.surgery.conversion.conversion_report import FuseReport
from lorasurgery.surgery.conversion.factor_work import FactorWork, OutputOptions
from lorasurgery.surgery.conversion.foreseen_factors import decomposing_bytes, foreseen_fusion
from lorasurgery.surgery.conversion.fuse_inputs import (
    MatrixInAdapters,
    carried_whole,
    matrices_of,
    open_sources,
    replaced_vectors,
)
from lorasurgery.surgery.conversion.fused_matrix import FusedMatrix, MatrixFuser, fused_loss
from lorasurgery.surgery.conversion.interference import Overlaps, interference_of, times
from lorasurgery.surgery.conversion.rewrite import (
    Foreseen,
    Rewrite,
    Rewritten,
    foresee,
    output_of,
    write,
)
from lorasurgery.surgery.conversion.source_adapter import SourceAdapter
from lorasurgery.surgery.factorise.factorised import cut
from lorasurgery.surgery.factorise.rank_rule import AllRanks, RankArgument, RankRule, in_rank_words, rank_rule
from lorasurgery.surgery.factorise.ranks import decide
from lorasurgery.surgery.output.adapter_output import unresolved_for
from lorasurgery.surgery.output.default_name import repository
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import Progress
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors

# By module, its matrix or those of its experts.
Groups = Mapping[str, Sequence[FusedMatrix]]


@in_rank_words
def plan_fuse(
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    method: str = "cat",
    rank: RankArgument = None,
    density: float | None = None,
    seed: int | None = None,
    task: str | None = None,
    base: StrPath | None = None,
    format: str | None = None,
    dtype: str = "auto",
    alpha: float | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    weight: str | Sequence[str] = (),
    experts_order: str | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> FusePlan:
    """Hold several adapters against one another, to be written as one.

    Args:
        adapters: one or several, each with a weight after a colon or in a pair: `style:0.7`,
            `("style", 0.7)`; a Parallel-LoRA folder stands for its branches.
        output: by default made from the adapters' names (`a-and-b`).
        method: one of `lorasurgery.fusing.names()`; `cat` is exact.
        rank: as for `extract`, of the result; by default all ranks, exactly.
        density, seed: of the methods that leave entries out; the seed is `dare`'s, 0 by default.
        task: of a Parallel-LoRA adapter: the task whose branches and head are wanted.
        base: the model that the adapters are for.
        format: of the output; by default that of the first adapter.
        dtype: of the factors; `auto` is the widest of the inputs'.
        alpha: for formats that do not store their scale.
        include, exclude: globs over the adapter's modules (`*.q_proj`); what they leave out need
            not be in the base.
        weight: `PATTERN=NUMBER`, a factor for the modules that match (`double_blocks.*=0.6`), times
            the weight of each adapter; the last pattern that matches counts.
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused
            experts; by default as the file says.
        workers: matrices side by side; by default one for each core. The bytes written do not
            depend on it.
        force: replace an output of an earlier run.
        progress: called with the bytes read so far and in all.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see
        `lorasurgery.errors`.
        NothingToDoError: nothing is left of all modules.
    """
    method_options = _method_options(method, density, seed)
    options = OutputOptions.of(output, format, dtype, workers=workers, force=force, progress=progress)
    named = adapters_of(adapters)
    reading = AdapterReading.of(alpha, experts_order, include, exclude, weight)
    sources = open_sources(named, task, base, reading)
    form, target = output_of(options, sources, lambda _: _default_name(named))
    for source in sources:
        if unresolved := unresolved_for(form, source.adapter):
            raise UnsupportedError(f"{source.name}: {unresolved}")
    replaced, token_rows = carried_whole(sources, sums_biases=method == "cat")
    rule = None if rank is None else rank_rule(rank, AllRanks())
    label = f"{method}, {rule.label}" if rule else method
    paths = (path for source in sources for path in source.adapter.modules)
    notes = (*_notes(named, sources), *reading.blocks.notes(paths))
    rewrite = Rewrite("fuse", sources, form, target, options, "lora", label, notes)
    matrices = tuple(matrices_of(sources, form.holds))
    vectors = replaced_vectors(sources, form.holds)
    return FusePlan(rewrite, matrices, method, method_options, rule, replaced, token_rows, vectors)


@dataclass(frozen=True, repr=False)
class FusePlan:
    """Several adapters to be written as one; of plain LoRA nothing but headers is read yet.

    `rule` cuts the ranks of the result; without one all are kept. `replaced`, `token_rows` and `vectors`
    are what the adapters carry whole.
    """

    rewrite: Rewrite
    matrices: Sequence[MatrixInAdapters]
    method: str
    method_options: fusing.Options
    rule: RankRule | None
    replaced: Mapping[str, LazyTensor]
    token_rows: Mapping[str, TokenRows]
    vectors: Mapping[str, ReplacedVectorFactors]

    def __repr__(self) -> str:
        return f"<FusePlan: {self.rewrite.summary}>"

    def forecast(self) -> ConversionForecast:
        """Say what `run` would write: ranks and bytes at most, and the peak memory."""
        dtype = self.rewrite.options.new_dtype
        fused = foreseen_fusion(self.matrices, self.rule, dtype, concatenates=self.method == "cat")
        modules = {
            path: dataclasses.replace(factors, bias=self._bias(path)) for path, factors in fused.items()
        }
        why_empty = _why_empty(self.rewrite.sources, is_cancelled=False)
        working_bytes = [3 * sum(map(decomposing_bytes, matrix.jobs)) for matrix in self.matrices]
        return foresee(
            self.rewrite, Foreseen(self._adapter(modules), (), why_empty, working_bytes, self.rule)
        )

    def run(self, progress: Progress | None = None) -> FuseReport:
        """Write the adapter, and report what it lacks of the sum and how the adapters overlapped."""
        overlaps: list[Overlaps] = []
        report = write(self.rewrite, lambda work: self._made(work, overlaps), progress)
        names, weights = zip(*((each.name, each.weight) for each in self.rewrite.sources), strict=True)
        return FuseReport.of(report, interference_of(names, weights, overlaps))

    def _made(self, work: FactorWork, overlaps: list[Overlaps]) -> Rewritten:
        rule = self.rule or AllRanks()
        fuser = MatrixFuser(
            work.factoriser(rule.most), self.method, self.method_options, exact=self.rule is None
        )
        groups: dict[str, list[FusedMatrix]] = {}
        for matrix, fused in zip(self.matrices, work(self.matrices, fuser), strict=True):
            groups.setdefault(matrix.path, []).append(fused)
        blocks = self.rewrite.sources[0].blocks
        overlaps += [times(each.overlaps, blocks(path)) for path, group in groups.items() for each in group]
        cancelled = {path for path, group in groups.items() if all(each.cancels for each in group)}
        ranks = _ranks(groups, rule, self._carried(groups)) | dict.fromkeys(cancelled, 0)
        modules = {
            path: self._factors(path, group, ranks[path]) for path, group in groups.items() if ranks[path]
        }
        losses = [fused_loss(path, group, ranks[path]) for path, group in groups.items()]
        notes = []
        if cancelled:
            notes.append(
                f"the changes cancel in {len(cancelled)} of {len(groups)} modules ({min(cancelled)!r}), "
                "which are left out"
            )
        adapter = self._adapter(modules)
        dropped = sorted(groups.keys() - adapter.modules.keys())
        why_empty = _why_empty(self.rewrite.sources, is_cancelled=len(cancelled) == len(groups))
        return Rewritten(adapter, losses, dropped, notes, why_empty)

    def _adapter(self, modules: Mapping[str, Factors]) -> Adapter:
        return dataclasses.replace(
            self.rewrite.sources[0].adapter,
            modules={**modules, **self.vectors, **self._biases_alone(modules)},
            replaced=self.replaced,
            token_rows=self.token_rows,
            nested=None,
            metadata=shared_metadata(each.adapter for each in self.rewrite.sources),
        )

    def _biases_alone(self, modules: Collection[str]) -> dict[str, BeftFactors]:
        """The sums of the biases that adapters change without factors."""
        adapters = [source.adapter for source in self.rewrite.sources]
        paths = {path for each in adapters for path in biases_alone(each, modules, self.rewrite.form.holds)}
        sums = {path: self._bias(path) for path in sorted(paths)}
        return {path: BeftFactors(each.viewed((1, each.numel))) for path, each in sums.items() if each}

    def _carried(self, paths: Iterable[str]) -> dict[str, LazyTensor]:
        """The tensors that share the file with the factors of these modules."""
        biases = {f"{path}.bias": self._bias(path) for path in paths}
        present = {name: bias for name, bias in biases.items() if bias is not None}
        return carried_tensors(self._adapter({})) | present

    def _factors(self, path: str, group: Sequence[FusedMatrix], rank: int) -> LoraFactors:
        """The module's factors, whose scale is 1, and the sum of its biases."""
        first = group[0]
        if first.factors is not None:
            return dataclasses.replace(first.factors, bias=self._bias(path))
        return cut([each.made for each in group if each.made is not None], rank, self._bias(path))

    def _bias(self, path: str) -> LazyTensor | None:
        return summed_bias(path, [(each.adapter, each.weight_of(path)) for each in self.rewrite.sources])


fuse = at_once(plan_fuse, "fuse", "Write one adapter that does what several do.")


def _method_options(method: str, density: float | None, seed: int | None) -> fusing.Options:
    """What the method is told.

    Raises:
        UnsupportedError: something that it has no use for.
    """
    if density is not None and not hasattr(fusing.load(method), "DENSITY"):
        able = [name for name in fusing.names() if hasattr(fusing.load(name), "DENSITY")]
        raise UnsupportedError(f"--density applies to {', '.join(able)}; {method} leaves no entry out.")
    if seed is not None and method != "dare":
        raise UnsupportedError(f"--seed applies to dare; {method} draws nothing at random.")
    fusing.load(method)
    return fusing.Options(density=real(density, "density"), seed=seed or 0)


def _why_empty(sources: Sequence[SourceAdapter], *, is_cancelled: bool) -> str:
    if all(each.weight == 0 for each in sources):
        return "Nothing is left: every weight is 0."
    weights = ", ".join(f"{each.name}:{each.weight:g}" for each in sources)
    if is_cancelled:
        return f"Nothing is left: the changes cancel ({weights}). Check the weights."
    return f"Nothing is left of any module: no rank is kept ({weights}). Ask for more ranks."


def _default_name(adapters: Sequence[Given]) -> str:
    stems = [_stem(split_weight(each)[0]) for each in adapters]
    return "-and-".join(dict.fromkeys(stems)) if len(stems) > 1 else f"{stems[0]}-fused"


def _stem(name: str) -> str:
    path = expanded(name)
    return path.resolve().stem if path.exists() else repository(name)


def _notes(named: Sequence[Given], sources: Sequence[SourceAdapter]) -> tuple[str, ...]:
    """The adapters' own notes, and possible slips of the user.

    The branches of a Parallel-LoRA folder are as its own list has them.
    """
    own = dict.fromkeys(note for each in sources for note in each.adapter.notes)
    return (*own, *(slips_in(named, sources) if len(named) == len(sources) else ()))


def _ranks(groups: Groups, rule: RankRule, carried: Mapping[str, LazyTensor]) -> dict[str, int]:
    made = {
        path: [each.made for each in group if each.made is not None]
        for path, group in groups.items()
        if group[0].made is not None
    }
    whole = {path: group[0].factors.rank for path, group in groups.items() if group[0].factors is not None}
    return decide(made, rule, carried) | whole
