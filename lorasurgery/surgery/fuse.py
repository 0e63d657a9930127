"""Fuse: several adapters, or the branches of a Parallel-LoRA adapter, as one.

    ΔW = Σ wᵢ sᵢ Bᵢ Aᵢ = [w₁s₁B₁ … wₙsₙBₙ] [A₁; …; Aₙ]      exactly, of rank Σ rᵢ; of rank r where all share one A

`cat` writes that; with a rank rule, or as `svd`, its best approximation. The other methods change what is added up, each in its own file of `fusing/`;
none forms a dense ΔW.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery import fusing
from lorasurgery.adapter import Adapter, TokenRows
from lorasurgery.arguments import Given, adapters_of, real, split_weight
from lorasurgery.dtypes import spelled
from lorasurgery.errors import AlignmentError, NothingToDoError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter, open_for_rewriting
from lorasurgery.surgery.adapter_input.parallel_lora import branches_of, is_parallel
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import slips_in
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.base.weights import is_same
from lorasurgery.surgery.conversion.bias import bias_of, summed_bias
from lorasurgery.surgery.conversion.concatenate import concatenated
from lorasurgery.surgery.conversion.conversion_report import ModuleLoss, RecastReport
from lorasurgery.surgery.conversion.convolutions import doubts
from lorasurgery.surgery.conversion.interference import Interference, interference_of, overlaps_of
from lorasurgery.surgery.factorise.decompose import Job, decomposed, jobs_of, without_nothing
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
from lorasurgery.surgery.output.default_name import repository
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.text import times
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from lorasurgery.linalg.factored import Svd
    from lorasurgery.linalg.overlap import Overlap


# A sum of changes of which less than this share of them is left (norms) is the rounding of float64.
CANCELLED = 1e-12


@dataclass(frozen=True)
class Part:
    """One adapter of those that are fused."""

    opened: OpenAdapter
    weight: float

    @property
    def name(self) -> str:
        return self.opened.name

    @property
    def folder(self) -> Path:
        return self.opened.file.folder


@dataclass(frozen=True, repr=False)
class FuseReport(RecastReport):
    """A conversion of several adapters, and their overlap before they were fused."""

    interference: Interference | None = None


@dataclass(frozen=True)
class _Together:
    """One matrix in all adapters that have it: their numbers, jobs and weights."""

    indices: tuple[int, ...]
    jobs: tuple[Job, ...]
    weights: tuple[float, ...]

    @property
    def path(self) -> str:
        return self.jobs[0].path

    @property
    def read_bytes(self) -> int:
        return sum(job.read_bytes for job in self.jobs)

    @property
    def working_bytes(self) -> int:
        return 3 * sum(job.working_bytes for job in self.jobs)

    def advise(self) -> None:
        """Adapters are small, and read at once."""


@dataclass(frozen=True)
class _Fused:
    """One matrix of the result. `made` is its canonical form, before its rank is decided; or `factors` are what they are, to the bit. `energy` is that of the
    plain sum, `parts_energy` Σ ‖ΔWᵢ‖² before they are weighted, `apart` what the method itself changed of the sum."""

    made: Made | None
    factors: LoraFactors | None
    energy: float
    parts_energy: float
    apart: float
    overlaps: Mapping[tuple[int, int], Overlap]

    @property
    def cancels(self) -> bool:
        """Whether there were changes, and their sum is nothing but the rounding of float64."""
        return self.parts_energy > 0 and self.energy <= CANCELLED**2 * self.parts_energy


@in_rank_words
def fuse(
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
    experts_order: str | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> FuseReport:
    """Write one adapter that does what several do.

    Args:
        adapters: one or several, each with a weight after a colon or in a pair: `style:0.7`, `("style", 0.7)`; a Parallel-LoRA folder stands for its branches.
        output: by default made from the adapters' names (`a-and-b`).
        method: one of `lorasurgery.fusing.names()`; `cat` is exact.
        rank: as for `extract`, of the result; by default all ranks, exactly.
        density, seed: of the methods that leave entries out; the seed is `dare`'s, 0 by default.
        task: of a Parallel-LoRA adapter: the task whose branches and head are wanted.
        base: the model that the adapters are for.
        format: of the output; by default that of the first adapter.
        dtype: of the factors; `auto` is the widest of the inputs'.
        alpha: for formats that do not store their scale.
        include, exclude: globs over the adapter's modules (`*.q_proj`); what they leave out need not be in the base.
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused experts; by default as the file says.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see `lorasurgery.errors`.
        NothingToDoError: nothing is left of all modules.
    """
    if density is not None and not hasattr(fusing.load(method), "DENSITY"):
        able = [name for name in fusing.names() if hasattr(fusing.load(name), "DENSITY")]
        raise UnsupportedError(f"--density applies to {', '.join(able)}; {method} leaves no entry out.")
    if seed is not None and method != "dare":
        raise UnsupportedError(f"--seed applies to dare; {method} draws nothing at random.")
    named = adapters_of(adapters)
    reading = AdapterReading.of(alpha, experts_order, include, exclude)
    parts = _opened(named, task, base, reading)
    form = format_for(format or parts[0].opened.format)
    for part in parts:
        if unresolved := unresolved_for(form, part.opened.adapter):
            raise UnsupportedError(f"{part.opened.name}: {unresolved}")
    target = target_of(form, output, _default_name(named))
    inputs = [path for part in parts for path in part.opened.inputs]
    check_target(form, target, inputs, force=force)
    carried, rows = _carried(parts, sums_biases=method == "cat")
    asked, rule = rank is not None, rank_rule(rank, AllRanks())
    with placing(form, target, inputs, force=force) as place:
        maker = Maker(dtype_named(dtype), place.spill, rule.most)
        options = fusing.Options(density=real(density, "density"), seed=seed or 0)
        groups = _fused(parts, _Fuser(maker, method, options, exact=not asked), workers, progress)
        nothing = {path for path, group in groups.items() if all(each.cancels for each in group)}
        ranks = _ranks(groups, rule) | dict.fromkeys(nothing, 0)
        modules = {
            path: _factors(path, group, ranks[path], parts) for path, group in groups.items() if ranks[path]
        }
        if not modules and not carried and not rows:
            raise NothingToDoError(_nothing_left(parts, cancelled=len(nothing) == len(groups)))
        first = parts[0].opened.adapter
        made = dataclasses.replace(first, modules=modules, replaced=carried, token_rows=rows, nested=None)
        unsure = [
            note
            for part in parts
            for note in doubts(part.opened.adapter.modules, made, part.opened.weights, name_of(form))
        ]
        refuse_what_it_cannot_carry(form, name_of(form), made)
        place.write(made)
    return FuseReport(
        verb="fuse",
        inputs=[(part.opened.name, part.weight) for part in parts],
        output=str(target),
        format=name_of(form),
        variant="lora",
        rank=f"{method}, {rule.label}" if asked else method,
        modules=[_loss(path, group, ranks[path]) for path, group in groups.items()],
        dropped=sorted(set(groups) - set(modules)),
        carried=sorted([*carried, *rows]),
        nbytes=nbytes_of(made),
        nbytes_before=sum(nbytes_of(part.opened.adapter) for part in parts),
        dtype=spelled(dtype),
        notes=[
            *dict.fromkeys(note for part in parts for note in part.opened.adapter.notes),
            *dict.fromkeys(unsure),
            *_slips(named, parts),
            *_cancelled(nothing, groups),
        ],
        interference=interference_of(
            [part.opened.name for part in parts],
            [part.weight for part in parts],
            [each.overlaps for group in groups.values() for each in group],
        ),
    )


def _nothing_left(parts: Sequence[Part], *, cancelled: bool) -> str:
    if all(part.weight == 0 for part in parts):
        return "Nothing is left: every weight is 0."
    weights = ", ".join(f"{part.name}:{part.weight:g}" for part in parts)
    if cancelled:
        return f"Nothing is left: the changes cancel ({weights}). Check the weights."
    return f"Nothing is left of any module: no rank is kept ({weights}). Ask for more ranks."


def _default_name(adapters: Sequence[Given]) -> str:
    stems = [_stem(split_weight(each)[0]) for each in adapters]
    return "-and-".join(dict.fromkeys(stems)) if len(stems) > 1 else f"{stems[0]}-fused"


def _stem(name: str) -> str:
    path = expanded(name)
    return path.resolve().stem if path.exists() else repository(name)


def _slips(named: Sequence[Given], parts: Sequence[Part]) -> list[str]:
    """What may be a slip; branches of a Parallel-LoRA folder are as its own list has them."""
    return list(slips_in(named, parts)) if len(named) == len(parts) else []


def _cancelled(nothing: Collection[str], groups: Mapping[str, Sequence[_Fused]]) -> list[str]:
    if not nothing:
        return []
    return [
        f"the changes cancel in {len(nothing)} of {len(groups)} modules ({min(nothing)!r}), which are left out"
    ]


def _opened(
    adapters: Sequence[Given],
    task: str | None,
    base: StrPath | None,
    reading: AdapterReading,
) -> list[Part]:
    """All adapters, and the branches of those that are folders of them."""
    parts, has_branches, model = [], False, open_base(base)
    for each in adapters:
        name, weight = split_weight(each)
        folder = expanded(name)
        if not is_parallel(folder):
            parts.append(Part(open_for_rewriting(name, model, reading), weight))
            continue
        has_branches = True
        for branch in branches_of(folder, task):
            parts.append(Part(open_for_rewriting(branch.folder, model, reading), weight * branch.weight))
    if task is not None and not has_branches:
        raise UnsupportedError(
            "--task is for Parallel-LoRA folders, which have a parallel.json; none of these has."
        )
    if not parts:
        raise NothingToDoError("No adapters were given, or no branch serves this task.")
    reading.check(part.opened.file for part in parts)
    _refuse_strangers(parts)
    return parts


def _refuse_strangers(parts: Sequence[Part]) -> None:
    """Adapters that meet nowhere may be for different halves of a model, but not of two."""
    owners = Counter(path for part in parts for path in part.opened.adapter.modules)
    models = {part.opened.adapter.host.base_name: part.opened.name for part in parts}
    if len(models) > 1 and None not in models and max(owners.values(), default=2) == 1:
        (one, first), (other, second) = list(models.items())[:2]
        raise AlignmentError(
            f"{first} is for {one} and {second} for {other}, and they have no module in common. "
            "If both are for one model, name it with --base."
        )


@dataclass(frozen=True)
class _Fuser:
    """How matrices are fused in this run; call it with one. `exact` keeps plain concatenations as they are."""

    maker: Maker
    method: str
    options: fusing.Options
    exact: bool

    def __call__(self, together: _Together) -> _Fused:
        svds = [decomposed(job) for job in together.jobs]
        found: list[Svd | None] = [None] * (max(together.indices) + 1)
        for index, svd in zip(together.indices, svds, strict=True):
            found[index] = svd
        overlaps = overlaps_of(found)
        is_plain = self.method in ("cat", "svd")
        plain = self._sum(svds, together.weights, self.maker.most if is_plain else None)
        energy, parts = _energy(plain), sum(map(_energy, svds))
        if self.method == "cat" and self.exact and (whole := self._concatenated(together)) is not None:
            return _Fused(None, whole, energy, parts, 0.0, overlaps)
        if is_plain:
            return _Fused(self.maker.keep(together.jobs[0], plain), None, energy, parts, 0.0, overlaps)
        fused = self._by_method(svds, together)
        return _Fused(
            self.maker.keep(together.jobs[0], fused), None, energy, parts, _apart(plain, fused), overlaps
        )

    def _concatenated(self, together: _Together) -> LoraFactors | None:
        if together.jobs[0].expert is not None:
            return None
        factors = [job.factors for job in together.jobs]
        return concatenated(factors, together.weights, self.maker.dtype, None)

    def _sum(self, svds: Sequence[Svd], weights: Sequence[float], rank: int | None) -> Svd:
        from lorasurgery.linalg.factored import summed

        return without_nothing(summed(svds, weights, rank))

    def _by_method(self, svds: Sequence[Svd], together: _Together) -> Svd:
        options = dataclasses.replace(self.options, seed=self.options.seed + together.jobs[0].seed)
        return without_nothing(fusing.load(self.method).combine(svds, together.weights, options))


def _energy(svd: Svd) -> float:
    """‖D‖²_F."""
    return float(svd.S.square().sum() + svd.beyond.square().sum())


def _apart(plain: Svd, fused: Svd) -> float:
    """‖plain − fused‖_F."""
    from lorasurgery.linalg.factored import distance

    return distance((plain.U * plain.S, plain.V.T), (fused.U * fused.S, fused.V.T))


def _fused(
    parts: Sequence[Part], fuser: _Fuser, workers: int | None, progress: Progress | None
) -> dict[str, list[_Fused]]:
    found: dict[tuple[str, int], list[tuple[int, Job]]] = {}
    for index, part in enumerate(parts):
        for job in jobs_of(part.opened.adapter, part.opened.weights):
            found.setdefault((job.path, job.expert or 0), []).append((index, job))
    work = []
    for (path, _), held in sorted(found.items()):
        _refuse_unlike(path, [job for _, job in held])
        indices, jobs = zip(*held, strict=True)
        work.append(_Together(indices, jobs, tuple(parts[index].weight for index in indices)))
    bench = Bench(workers, working_limit(), Meter(sum(each.read_bytes for each in work), progress))
    groups: dict[str, list[_Fused]] = {}
    for together, each in zip(work, bench(work, fuser), strict=True):
        groups.setdefault(together.path, []).append(each)
    return groups


def _refuse_unlike(path: str, jobs: Sequence[Job]) -> None:
    shapes = list(dict.fromkeys(job.flat_shape for job in jobs))
    if len(shapes) > 1:
        raise AlignmentError(
            f"{path!r} is {times(shapes[0])} in one adapter and {times(shapes[1])} in another. Check that all are for one model."
        )


def _ranks(groups: Mapping[str, Sequence[_Fused]], rule: RankRule) -> dict[str, int]:
    made = {
        path: [each.made for each in group if each.made is not None]
        for path, group in groups.items()
        if group[0].made is not None
    }
    whole = {path: group[0].factors.rank for path, group in groups.items() if group[0].factors is not None}
    return decide(made, rule) | whole


def _factors(path: str, group: Sequence[_Fused], rank: int, parts: Sequence[Part]) -> Factors:
    """The module's factors, whose scale is 1, and the sum of its biases."""
    bias = summed_bias(path, [(part.opened.adapter, part.weight) for part in parts])
    first = group[0]
    if first.factors is not None:
        return dataclasses.replace(first.factors, bias=bias)
    made = [each.made for each in group if each.made is not None]
    return cut(made, rank, bias)


def _carried(
    parts: Sequence[Part], *, sums_biases: bool
) -> tuple[dict[str, LazyTensor], dict[str, TokenRows]]:
    """What the adapters replace outright: all of it, where they do not disagree.

    Raises:
        UnsupportedError: they do; or biases change in a way that is not a sum, or by a method that does not say what it does to them.
    """
    replaced: dict[str, LazyTensor] = {}
    rows: dict[str, TokenRows] = {}
    for part in parts:
        adapter: Adapter = part.opened.adapter
        if any(_has_bias(job, is_summed=sums_biases) for job in jobs_of(adapter, part.opened.weights)):
            raise UnsupportedError(
                f"{part.opened.name} changes biases along with its modules, which only --method cat can fuse, and only where they are "
                "added; merge it into the base first."
            )
        for name, tensor in adapter.replaced.items():
            if name in replaced and not is_same(replaced[name], tensor):
                raise UnsupportedError(
                    f"{name!r} is replaced by several of the adapters, each in its own way; one adapter has room for one. Fuse those of one task (--task), or drop it from all but one."
                )
            replaced.setdefault(name, tensor)
        for path, found in adapter.token_rows.items():
            if path in rows:
                raise UnsupportedError(
                    f"Rows of {path!r} are replaced by several of the adapters; merge them into the base one after the other."
                )
            rows[path] = found
    return replaced, rows


def _has_bias(job: Job, *, is_summed: bool) -> bool:
    """Whether a bias changes in a way that is not the sum of what the factors bring."""
    return (bias_of(job.factors) is None or not is_summed) and job.edit().bias is not None


def _loss(path: str, group: Sequence[_Fused], rank: int) -> ModuleLoss:
    """What the result lacks of the plain sum."""
    first = group[0]
    energy = 0.0 if all(each.cancels for each in group) else sum(each.energy for each in group)
    if first.factors is not None:
        return ModuleLoss(path, first.factors.shape, None, rank, energy**0.5, 0.0)
    made = [each.made for each in group if each.made is not None]
    cut_away = sum(each.lost_at(rank) if rank else each.energy for each in made) if energy else 0.0
    apart = sum(each.apart**2 for each in group)
    return ModuleLoss(
        module=path,
        shape=made[0].job.flat_shape,
        rank_before=max(len(each.sigma) for each in made),
        rank=min(rank, max(len(each.sigma) for each in made)),
        change=energy**0.5,
        lost=(cut_away + apart) ** 0.5,
        is_cut=not apart,
    )
