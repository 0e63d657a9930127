"""Open the adapters that are fused, branches of Parallel-LoRA folders too, and check that they agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lorasurgery.adapter import Adapter, TokenRows
from lorasurgery.arguments import Given, split_weight
from lorasurgery.errors import AlignmentError, NothingToDoError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.adapter_input.open_adapter import open_for_rewriting
from lorasurgery.surgery.adapter_input.parallel_lora import branches_of, is_parallel
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.base.weights import is_same
from lorasurgery.surgery.conversion.bias import bias_change, bias_of
from lorasurgery.surgery.conversion.source_adapter import SourceAdapter
from lorasurgery.surgery.factorise.adapter_matrix import (
    AdapterMatrix,
    adapter_matrices,
    ranked_matrices,
    without_ranks,
)
from lorasurgery.text import times
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors


@dataclass(frozen=True)
class MatrixInAdapters:
    """One matrix in all adapters that have it: their numbers, jobs and weights."""

    indices: tuple[int, ...]
    jobs: tuple[AdapterMatrix, ...]
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
        """Ask for the factors to be fetched, where they are elsewhere."""
        for job in self.jobs:
            job.advise()


def open_sources(
    adapters: Sequence[Given], task: str | None, base: StrPath | None, reading: AdapterReading
) -> tuple[SourceAdapter, ...]:
    """All adapters, and the branches of those that are folders of them.

    Raises:
        CheckpointError, AlignmentError, UnsupportedError: see `lorasurgery.errors`.
        NothingToDoError: there is none.
    """
    sources, has_branches, model = [], False, open_base(base)
    for each in adapters:
        name, weight = split_weight(each)
        folder = expanded(name)
        if not is_parallel(folder):
            sources.append(SourceAdapter(open_for_rewriting(name, model, reading), weight, reading.blocks))
            continue
        has_branches = True
        for branch in branches_of(folder, task):
            opened = open_for_rewriting(branch.folder, model, reading)
            sources.append(SourceAdapter(opened, weight * branch.weight, reading.blocks))
    if task is not None and not has_branches:
        raise UnsupportedError(
            "--task is for Parallel-LoRA folders, which have a parallel.json; none of these has."
        )
    if not sources:
        raise NothingToDoError("No adapters were given, or no branch serves this task.")
    reading.check(each.opened.file for each in sources)
    _refuse_strangers(sources)
    return tuple(sources)


def _refuse_strangers(sources: Sequence[SourceAdapter]) -> None:
    """Adapters without a module in common may be for different halves of a model, but not of two."""
    owners = Counter(path for each in sources for path in each.adapter.modules)
    models = {each.adapter.host.base_name: each.name for each in sources}
    if len(models) > 1 and None not in models and max(owners.values(), default=2) == 1:
        (one, first), (other, second) = list(models.items())[:2]
        raise AlignmentError(
            f"{first} is for {one} and {second} for {other}, and they have no module in common. "
            "If both are for one model, name it with --base."
        )


def matrices_of(sources: Sequence[SourceAdapter], holds: tuple[type, ...]) -> list[MatrixInAdapters]:
    """All matrices that the adapters change, modules in sorted order and experts in theirs.

    Args:
        holds: the classes of factors that the output can hold.

    Raises:
        AlignmentError: one has different shapes in two adapters.
    """
    found: dict[tuple[str, int], list[tuple[int, AdapterMatrix]]] = {}
    for index, source in enumerate(sources):
        for job in ranked_matrices(source.adapter, source.opened.weights, holds):
            found.setdefault((job.path, job.expert or 0), []).append((index, job))
    matrices = []
    for (path, _), numbered in sorted(found.items()):
        _refuse_unlike(path, [job for _, job in numbered])
        indices, jobs = zip(*numbered, strict=True)
        weights = tuple(sources[index].weight_of(path) for index in indices)
        matrices.append(MatrixInAdapters(indices, jobs, weights))
    return matrices


def _refuse_unlike(path: str, jobs: Sequence[AdapterMatrix]) -> None:
    shapes = list(dict.fromkeys(job.flat_shape for job in jobs))
    if len(shapes) > 1:
        raise AlignmentError(
            f"{path!r} is {times(shapes[0])} in one adapter and {times(shapes[1])} in another. "
            "Check that all are for one model."
        )


def replaced_vectors(
    sources: Sequence[SourceAdapter], holds: tuple[type, ...]
) -> dict[str, ReplacedVectorFactors]:
    """The norms that the adapters replace, as control LoRAs do, where the output can hold them.

    Raises:
        UnsupportedError: several adapters change one of them; or its adapter has a negative weight.
    """
    owners: dict[str, list[SourceAdapter]] = defaultdict(list)
    for source in sources:
        for path in source.adapter.modules:
            owners[path].append(source)
    found: dict[str, ReplacedVectorFactors] = {}
    for source in sources:
        for path, each in without_ranks(source.adapter, holds).items():
            if not isinstance(each, ReplacedVectorFactors):
                continue
            if len(owners[path]) > 1 or source.weight_of(path) <= 0:
                raise UnsupportedError(
                    f"{path!r} is replaced whole by {source.name}, which cannot be added to another change "
                    f"or subtracted. Leave it out (--exclude {path!r})."
                )
            found[path] = each
    return found


def carried_whole(
    sources: Sequence[SourceAdapter], *, sums_biases: bool
) -> tuple[dict[str, LazyTensor], dict[str, TokenRows]]:
    """What the adapters replace outright: all of it, where they do not disagree.

    Raises:
        UnsupportedError: they disagree; or biases change by something else than a sum, or by a
            method that does not say what it does to them.
    """
    replaced: dict[str, LazyTensor] = {}
    rows: dict[str, TokenRows] = {}
    for source in sources:
        adapter: Adapter = source.adapter
        if any(
            _has_bias(job, is_summed=sums_biases) for job in adapter_matrices(adapter, source.opened.weights)
        ):
            raise UnsupportedError(
                f"{source.name} changes biases along with its modules, which only --method cat can fuse, "
                "and only where they are "
                "added; merge it into the base first."
            )
        for name, tensor in adapter.replaced.items():
            if name in replaced and not is_same(replaced[name], tensor):
                raise UnsupportedError(
                    f"{name!r} is replaced by several of the adapters, each in its own way; one adapter "
                    "has room for one. "
                    "Fuse those of one task (--task), or drop it from all but one."
                )
            replaced.setdefault(name, tensor)
        for path, token_rows in adapter.token_rows.items():
            if path in rows:
                raise UnsupportedError(
                    f"Rows of {path!r} are replaced by several of the adapters; merge them into the base "
                    "one after the other."
                )
            rows[path] = token_rows
    return replaced, rows


def _has_bias(job: AdapterMatrix, *, is_summed: bool) -> bool:
    """Whether a bias changes in a way that is not the sum of what the factors bring."""
    return (bias_of(job.factors) is None or not is_summed) and bias_change(job) is not None
