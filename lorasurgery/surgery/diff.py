"""Say what changed between two checkpoints, or two adapters: tensor by tensor, and in a sentence.

Headers are opened first; then both sides are read once, block by block. Which tensors belong
together is a matter of names, and of contents where names do not help. What a change is (a rounded
low-rank product, a few elements, codes) is seen on some of its rows.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lorasurgery.checkpoint import Checkpoint, open_checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import as_numbers, quantised_model
from lorasurgery.surgery.base.weights import is_same
from lorasurgery.surgery.comparison.adapters import compare_adapters
from lorasurgery.surgery.comparison.by_name import counterparts
from lorasurgery.surgery.comparison.counterpart import Counterparts, View
from lorasurgery.surgery.comparison.diff_report import DiffReport
from lorasurgery.surgery.comparison.rank_of_change import ChangeKind, kind_of_change
from lorasurgery.surgery.comparison.tensor_diff import TensorDiff, TensorPair, compared, is_matrix
from lorasurgery.surgery.comparison.verdict import verdict_of
from lorasurgery.surgery.comparison.whole_rank import RankSearch
from lorasurgery.surgery.inspect import is_adapter
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit

# Modules whose rank is found from the whole matrix, evenly spread over the model; of the others some
# rows are enough.
MEASURED_MODULES = 24
# Matrices that a quick look looks at the rows of.
QUICK_MATRICES = 12
# A rank beyond this share of the shorter side is not that of an adapter.
LOW = 1 / 4


def diff(
    one: StrPath,
    other: StrPath,
    *,
    base: StrPath | None = None,
    quick: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> DiffReport:
    """Say what changed from one checkpoint to another, or from one adapter to another.

    Args:
        one, other: two checkpoints in any layout that is read, or two adapters in any formats.
        base: the model of two adapters, where a file does not have all names or shapes.
        quick: read some ranges of each tensor only; the report says so.
        workers: tensors at a time; by default one for each core.
        progress: called with the bytes read so far and in all; True draws a bar.

    Raises:
        CheckpointError: a side is not there, or damaged.
        UnsupportedError: one side is an adapter and the other a checkpoint.
    """
    are_adapters = is_adapter(one), is_adapter(other)
    if all(are_adapters):
        return compare_adapters(one, other, base=base, workers=workers, progress=progress)
    if base is not None:
        raise UnsupportedError("base is the model of two adapters, and these are checkpoints.")
    if any(are_adapters):
        adapter, model = (one, other) if are_adapters[0] else (other, one)
        raise UnsupportedError(
            f"{adapter} is an adapter and {model} a checkpoint; `lorasurgery verify BASE {adapter} {model}` "
            "says whether it is merged in there."
        )
    sides = _as_comparable(open_checkpoint(one), open_checkpoint(other))
    pairs = counterparts(sides[0].tensors, sides[1].tensors)
    jobs = [TensorPair.of(each, sides[0].tensors, sides[1].tensors) for each in pairs.both]
    bench = Bench(workers, working_limit(), Meter(sum(job.read_bytes for job in jobs), progress))
    lines = bench(jobs, lambda job: compared(job, quick=quick))
    notes = [*pairs.notes]
    lines, measured = _with_sampled_kinds(jobs, lines) if quick else _with_ranks(jobs, lines, workers)
    notes += measured
    lines = sorted([*lines, *_loose(pairs, sides)], key=lambda each: each.name or each.other or "")
    verdict = verdict_of(lines, same_files=_files(sides[0]) == _files(sides[1]))
    notes += _notes(lines, sides)
    return DiffReport(
        str(one), str(other), verdict.relation, verdict.sentence, lines, notes, is_sampled=quick
    )


def _files(checkpoint: Checkpoint) -> list[str]:
    """The names of the weights' files; of a single file only what kind it is."""
    names = [path.name for path in checkpoint.files]
    return names if len(names) > 1 else [Path(names[0]).suffix]


def _as_comparable(one: Checkpoint, other: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    """Return both as they are stored where that is all the same or nothing is quantised, else as numbers."""
    stored = [
        {name: (tensor.dtype, tensor.shape) for name, tensor in each.tensors.items()} for each in (one, other)
    ]
    are_quantised = [each.gguf is not None or bool(quantised_model(each).weights) for each in (one, other)]
    if not any(are_quantised):
        return one, other
    if stored[0] == stored[1] and all(
        is_same(tensor, other.tensors[name]) for name, tensor in one.tensors.items()
    ):
        return one, other
    return as_numbers(one), as_numbers(other)


def _with_ranks(
    jobs: Sequence[TensorPair], lines: Sequence[TensorDiff], workers: int | None
) -> tuple[list[TensorDiff], tuple[str, ...]]:
    """Find ranks from whole matrices, of as many modules as are enough."""
    found = list(lines)
    low = [index for index, line in enumerate(lines) if line.change == "low-rank"]
    chosen = low[:: max(1, -(-len(low) // MEASURED_MODULES))]
    searches = [_rank_search(jobs[index], lines[index]) for index in chosen]
    if searches:
        import torch  # noqa: F401  before the workers, whose limit on threads it then keeps
    bench = Bench(workers, working_limit(), Meter(0, None))
    for index, rank in zip(chosen, bench(searches, RankSearch.__call__), strict=True):
        change = "low-rank" if rank else "full"
        found[index] = dataclasses.replace(found[index], change=change, rank=rank or 0)
    if len(chosen) == len(low):
        return found, ()
    return found, (
        f"The rank was found from the whole matrix in {len(chosen)} of {len(low)} modules, and from some "
        "rows in the others.",
    )


def _rank_search(job: TensorPair, line: TensorDiff) -> RankSearch:
    return RankSearch(line.title, job.one, job.other, max(1, int(LOW * min(job.one.shape))))


def _with_sampled_kinds(
    jobs: Sequence[TensorPair], lines: Sequence[TensorDiff]
) -> tuple[list[TensorDiff], tuple[str, ...]]:
    """Find the kind of change of a few matrices, and take the others of the same kind of module for alike."""
    found = list(lines)
    open_ones = [
        index
        for index, line in enumerate(lines)
        if line.change in ("full", "sparse") and is_matrix(jobs[index]) and not line.nan + line.nan_there
    ]
    known: dict[str, ChangeKind] = {}
    looked = open_ones[:: max(1, -(-len(open_ones) // QUICK_MATRICES))]
    for index in looked:
        kind = kind_of_change(jobs[index].one, jobs[index].other, quick=True)
        known.setdefault(_of_module(lines[index]), kind)
        known.setdefault("", kind)
    for index in open_ones:
        kind = known.get(_of_module(lines[index]), known[""])
        if kind.kind:
            found[index] = dataclasses.replace(lines[index], change=kind.kind, rank=kind.rank)
    if len(looked) == len(open_ones):
        return found, ()
    return found, (
        f"The kind of change was looked for in {len(looked)} of {len(open_ones)} matrices; the others are "
        "assumed to be alike.",
    )


def _of_module(line: TensorDiff) -> str:
    """A name with the numbers of layers and experts left out."""
    return re.sub(r"\d+", "*", line.title)


def _loose(pairs: Counterparts, sides: tuple[Checkpoint, Checkpoint]) -> list[TensorDiff]:
    gone = [_alone(view, sides[0].tensors, "gone") for view in pairs.gone]
    return gone + [_alone(view, sides[1].tensors, "new") for view in pairs.new]


def _alone(view: View, tensors: Mapping[str, LazyTensor], state: str) -> TensorDiff:
    tensor = view.of(tensors)
    name, dtype = str(view), str(tensor.dtype)
    is_gone = state == "gone"
    return TensorDiff(
        name=name if is_gone else None,
        other=None if is_gone else name,
        how="",
        shape=tensor.shape,
        other_shape=tensor.shape,
        dtype=dtype if is_gone else "",
        other_dtype="" if is_gone else dtype,
        state=state,
    )


def _notes(lines: Sequence[TensorDiff], sides: tuple[Checkpoint, Checkpoint]) -> list[str]:
    notes = []
    for attribute, side in (("nan", sides[0]), ("nan_there", sides[1])):
        bad = [each for each in lines if getattr(each, attribute)]
        if bad:
            name = bad[0].name if attribute == "nan" else bad[0].other
            count = sum(getattr(each, attribute) for each in bad)
            notes.append(
                f"{side.name} has {count} {'number that is' if count == 1 else 'numbers that are'} NaN or "
                f"infinite, in {len(bad)} of {len(lines)} tensors ({name!r})."
            )
    return notes
