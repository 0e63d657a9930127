"""From jobs on parameters to changes of weights: which are written in their place, and which
become tensors of their own.

A weight that also serves parameters that stay as they are is left to them; the changed parameter
gets a new one.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.onnx.graph.file import GraphFile
from lorasurgery.onnx.graph.slots import How, WeightSlot
from lorasurgery.onnx.graph.uses import WeightUse
from lorasurgery.onnx.graph.view import GraphView
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.merging.adapter_match import AdapterMatch
from lorasurgery.surgery.merging.apply import apply
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.text import listed, times

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class GraftChange:
    """One tensor to write: the job that makes it, and the weight that it takes the place of.

    `uses` are the readings that it serves. `weight` is None where it becomes a tensor of its own;
    `beside` is then the matrix to whose product it is added, if it is a bias that the graph had no
    need of.
    """

    parameter: str
    job: TensorJob
    weight: str | None
    uses: tuple[WeightUse, ...]
    how: How
    transposed: bool
    beside: WeightSlot | None = None


def changes_of(
    file: GraphFile, view: GraphView, match: AdapterMatch, uses: Sequence[WeightUse]
) -> tuple[GraftChange, ...]:
    """All tensors to write, sorted by parameter.

    Raises:
        UnsupportedError: something that the graph's wiring does not allow, with the reason.
        NothingToDoError: nothing changes.
    """
    jobs = {name: job for name, job in match.jobs.items() if job.parts or job.rows or job.replaced}
    if not jobs:
        raise NothingToDoError("The adapters change nothing in this graph.")
    _refuse_new(file, view, jobs)
    _refuse_other_shapes(jobs)
    biases = [_bias(view, name, job) for name, job in jobs.items() if name not in view.slots]
    held = [
        change
        for name, job in jobs.items()
        if name in view.slots
        for change in _held(file, view.slots[name], job)
    ]
    held += _along_ties(file, view, match, jobs)
    return tuple(
        sorted([*biases, *_placed(held, uses)], key=lambda change: (change.parameter, change.weight or ""))
    )


def _refuse_new(file: GraphFile, view: GraphView, jobs: Mapping[str, TensorJob]) -> None:
    new = [name for name in jobs if name not in view.slots and name not in view.absent]
    if new:
        raise UnsupportedError(
            f"The adapters bring {listed(new)}, and {file.path} has nothing that would read "
            f"{'it' if len(new) == 1 else 'them'}. "
            "Merge the adapter into its checkpoint and export that."
        )


def _refuse_other_shapes(jobs: Mapping[str, TensorJob]) -> None:
    for name, job in jobs.items():
        if job.base is not None and job.shape != job.base.shape:
            raise UnsupportedError(
                f"{name!r} would be {times(job.shape)} and is {times(job.base.shape)} in the graph, into "
                "which its sizes are written. "
                "Merge the adapter into its checkpoint and export that."
            )


def _bias(view: GraphView, name: str, job: TensorJob) -> GraftChange:
    beside = view.absent[name]
    return GraftChange(name, job, None, (), beside.how, transposed=False, beside=beside)


def _held(file: GraphFile, slot: WeightSlot, job: TensorJob) -> list[GraftChange]:
    """A job on the weight of a slot, and the same on its copies."""
    first = GraftChange(slot.parameter, job, slot.weight, slot.uses, slot.how, slot.transposed)
    return [first, *(_mirrored(file, first, copy) for copy in slot.copies)]


def _mirrored(file: GraphFile, change: GraftChange, slot: WeightSlot) -> GraftChange:
    """The change of a parameter's first weight, carried over to another one of the same numbers."""
    base, job = file.weights[slot.weight].tensor, change.job
    is_transposed = change.transposed != slot.transposed

    def read() -> Tensor:
        made = _made(job)
        return made.T.contiguous() if is_transposed else made

    made = LazyTensor(base.shape, base.dtype, read)
    return GraftChange(
        slot.parameter,
        TensorJob(f"{slot.parameter} ({slot.weight})", base, base.shape, base.dtype, replaced=made),
        slot.weight,
        slot.uses,
        slot.how,
        slot.transposed,
    )


def _made(job: TensorJob) -> Tensor:
    """A job's whole tensor, in memory."""
    import torch

    out = torch.empty(job.matrix_shape, dtype=job.dtype.torch)
    columns = max(1, job.matrix_shape[1])

    def keep(_: str, offset: int, block: StoredArray) -> None:
        start = offset // (columns * job.dtype.itemsize)
        out[start : start + len(block)] = block.tensor

    apply(job, keep, None, hashed=False)
    return out.reshape(job.shape)


def _along_ties(
    file: GraphFile, view: GraphView, match: AdapterMatch, jobs: Mapping[str, TensorJob]
) -> list[GraftChange]:
    """A change of a tied matrix that leaves the tie whole is one of its partners, too."""
    groups: dict[str, set[str]] = defaultdict(set)
    for alias, kept in view.tied.items():
        groups[kept] |= {alias, kept}
    added = []
    for group in groups.values():
        changed = sorted(group & jobs.keys())
        if not changed or group & set(match.untied):
            continue
        source = view.slots[changed[0]]
        first = GraftChange(
            source.parameter, jobs[changed[0]], source.weight, source.uses, source.how, source.transposed
        )
        for name in sorted(group - jobs.keys()):
            slot = view.slots[name]
            for each in (slot, *slot.copies):
                if each.weight == source.weight:
                    added.append(dataclasses.replace(first, parameter=name, uses=each.uses))
                else:
                    added.append(_mirrored(file, first, each))
    return added


def _placed(changes: Sequence[GraftChange], uses: Iterable[WeightUse]) -> list[GraftChange]:
    """Decide for each weight who keeps its place."""
    readers: dict[str, list[WeightUse]] = defaultdict(list)
    for use in uses:
        readers[use.weight].append(use)
    by_weight: dict[str, list[GraftChange]] = defaultdict(list)
    for change in changes:
        assert change.weight is not None
        by_weight[change.weight].append(change)
    return [made for weight, mine in by_weight.items() for made in _on_one_weight(mine, readers[weight])]


def _on_one_weight(changes: Sequence[GraftChange], readers: Iterable[WeightUse]) -> list[GraftChange]:
    together: dict[int, list[GraftChange]] = defaultdict(list)
    for change in changes:
        together[id(change.job)].append(change)
    joined = [
        dataclasses.replace(mine[0], uses=tuple(use for change in mine for use in change.uses))
        for mine in together.values()
    ]
    served = {(id(use.node), use.index) for change in joined for use in change.uses}
    if all((id(use.node), use.index) in served for use in readers):
        return [joined[0], *(dataclasses.replace(change, weight=None) for change in joined[1:])]
    return [dataclasses.replace(change, weight=None) for change in joined]


def refuse_strays(file: GraphFile, strays: Iterable[WeightUse], slots: Iterable[WeightSlot]) -> None:
    """Refuse to change a weight that is also read in a way that is not understood.

    Raises:
        UnsupportedError: with the reader's name.
    """
    touched = {each.weight: slot.parameter for slot in slots for each in (slot, *slot.copies)}
    for use in strays:
        if use.weight in touched:
            raise UnsupportedError(
                f"{touched[use.weight]!r} ({use.weight!r} in {file.path}) is also read by the "
                f"{use.node.op_type} node {use.node.name!r}, which cannot be placed in any module: "
                "what the change would do there is not known. Merge the adapter into its checkpoint and "
                "export that."
            )
