"""Subtract: an adapter taken out of a merged model without a record: W − ΔW, rounded once. Near the base, and not the base.

Merging rounded W + ΔW, and what it cut off is gone. Where the merged value lies in the same binade as W or in a lower one, rounding
W' − ΔW finds W again; where it lies e binades higher, its steps are 2ᵉ times as wide, and one in 2ᵉ values comes out right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.arguments import Given, adapters_of, split_weight
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import open_model
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.merge import merge
from lorasurgery.surgery.merging.merge_request import prepare
from lorasurgery.surgery.output.default_name import stem
from lorasurgery.surgery.workers import Progress

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class SubtractReport:
    """`expected_wrong` is the share of the elements of changed tensors that will not have the base's bits."""

    merged: str
    output: str
    adapters: tuple[str, ...]
    changed: int
    nbytes: int
    expected_wrong: float
    notes: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"version": 1, **asdict(self)}


def subtract(
    merged: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    experts_order: str | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> SubtractReport:
    """Write `merged` with adapters taken out by subtraction: an approximation of the base.

    Args:
        adapters: those that were merged, with the weights that they had.
        experts_order: as for `merge`.
        output, workers, force, progress: as for `unmerge`.

    Raises:
        UnsupportedError: an adapter changes weights by something else than a sum, or replaces parameters; only a record undoes that.
        CheckpointError, AlignmentError, OutputError: see `lorasurgery.errors`.
    """
    opened = open_model(merged)
    named = [split_weight(adapter) for adapter in adapters_of(adapters)]
    _refuse_more_than_sums(merged, [name for name, _ in named], experts_order)
    negative = [(name, -weight) for name, weight in named]
    done = merge(
        merged,
        negative,
        output if output is not None else f"{stem(opened)}-unmerged",
        experts_order=experts_order,
        undo=False,
        workers=workers,
        force=force,
        progress=progress,
    )
    changed = [each.name for each in done.plan.tensors if each.how == "changed"]
    result = open_model(done.plan.output).tensors
    wrong = sum(_expected_wrong(opened.tensors[name], result[name]) for name in changed)
    total = sum(result[name].numel for name in changed)
    return SubtractReport(
        merged=opened.name,
        output=done.plan.output,
        adapters=tuple(f"{name}:{weight:g}" for name, weight in named),
        changed=len(changed),
        nbytes=done.plan.nbytes,
        expected_wrong=wrong / total if total else 0.0,
        notes=done.plan.notes,
    )


def _refuse_more_than_sums(merged: StrPath, names: Sequence[str], experts_order: str | None) -> None:
    whole = [(name, 1.0) for name in names]
    asked = prepare(merged, whole, None, (), None, None, experts_order=experts_order)
    sums = all(seen.additive for seen in asked.match.surveys.values())
    # The numbers of a quantised base stand in the place of its codes, and are not an adapter's.
    replaced = [
        name
        for name, job in asked.match.jobs.items()
        if job.rows or (job.replaced is not None and job.replaced.quantised is None)
    ]
    if replaced or not sums:
        what = (
            f"replaces {replaced[0]!r}"
            if replaced
            else "changes weights by more than a sum (DoRA, IA3, OFT, ...)"
        )
        raise UnsupportedError(
            f"An adapter {what}, and what was there before cannot be found from the merged weights; only the undo record of the merge brings it back."
        )


def _expected_wrong(merged: LazyTensor, found: LazyTensor) -> float:
    """How many elements to expect wrong: 1 − 2⁻ᵉ of each that lies e binades higher in the merged tensor."""
    import torch

    high, low = merged.viewed((merged.numel,)), found.viewed((found.numel,))
    expected = 0.0
    for start in range(0, merged.numel, STREAM_ELEMENTS):
        stop = min(start + STREAM_ELEMENTS, merged.numel)
        higher = _exponent(high.read_rows(start, stop)) - _exponent(low.read_rows(start, stop))
        expected += float((1 - torch.exp2(-higher.clamp(min=0).double())).sum())
    return expected


def _exponent(values: Tensor) -> Tensor:
    """The binade of each number; that of the smallest normal one for zero and all below it."""
    import torch

    least = torch.finfo(values.dtype).smallest_normal
    return torch.frexp(values.double().abs().clamp(min=least)).exponent
