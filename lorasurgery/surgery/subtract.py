"""Subtract an adapter from a merged model without a record: W' − ΔW, rounded once; near the base.

Merging rounded W + ΔW, and what it cut off is gone. Where the merged value is in the same binade as
W or in a lower one, rounding W' − ΔW gives W again; where it is e binades higher, its ulps are 2ᵉ
times as wide, and one in 2ᵉ values comes out right.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.arguments import Given, adapters_of, split_weight
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.folder import GGUF_SUFFIX
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import open_model
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.merge import MergePlan
from lorasurgery.surgery.merging.merge_report import MergeForecast
from lorasurgery.surgery.merging.merge_request import prepare
from lorasurgery.surgery.output.default_name import stem
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.undo.unmerge_report import SubtractForecast, SubtractReport
from lorasurgery.surgery.workers import Progress

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class SubtractPlan:
    """A subtraction that was checked and not begun: a merge with the opposite weights."""

    merged: Checkpoint
    adapters: tuple[tuple[str, float], ...]
    merge: MergePlan

    def __repr__(self) -> str:
        """Return one line, since the merge holds every tensor of the model."""
        adapters, target = ", ".join(self._adapters()), self.merge.request.target
        return f"<SubtractPlan: {adapters} from {self.merged.name}, {target}>"

    def forecast(self) -> SubtractForecast:
        """Return what `run` would write; some rows of each tensor that changes are read."""
        forecast = self.merge.forecast()
        return SubtractForecast(
            merged=self.merged.name,
            output=forecast.output,
            adapters=self._adapters(),
            changed=len(_changed(forecast)),
            copied=forecast.copied,
            nbytes=forecast.nbytes,
            peak_nbytes=forecast.peak_nbytes,
            notes=forecast.notes,
        )

    def run(self, progress: Progress | None = None) -> SubtractReport:
        """Write the approximate base, and compare its binades with those of the merged model."""
        forecast = self.merge.run(progress).forecast
        changed = _changed(forecast)
        result = open_model(forecast.output).tensors
        wrong = sum(_expected_wrong(self.merged.tensors[name], result[name]) for name in changed)
        elements = sum(result[name].numel for name in changed)
        return SubtractReport(
            merged=self.merged.name,
            output=forecast.output,
            adapters=self._adapters(),
            changed=len(changed),
            nbytes=forecast.nbytes,
            expected_wrong=wrong / elements if elements else 0.0,
            notes=forecast.notes,
        )

    def _adapters(self) -> tuple[str, ...]:
        return tuple(f"{name}:{weight:g}" for name, weight in self.adapters)


def plan_subtract(
    merged: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    experts_order: str | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> SubtractPlan:
    """Plan the subtraction of adapters from `merged`; only headers and factors are read.

    Args:
        merged: the merged model: a folder, a file or a Hub name.
        adapters: those that were merged, with the weights that they had.
        output: the folder that is written; by default `merged-unmerged`.
        experts_order, workers, force, progress: as for `merge`.

    Raises:
        UnsupportedError: an adapter changes weights by something else than a sum, or replaces
            parameters; only a record undoes that.
        CheckpointError, AlignmentError, OutputError: see `lorasurgery.errors`.
    """
    opened = open_model(merged)
    if opened.files[0].suffix == GGUF_SUFFIX:
        raise UnsupportedError(
            f"{opened.name} is a GGUF file, from which adapters are not subtracted; the undo record of its "
            "merge brings the base back."
        )
    weighted_names = tuple(split_weight(adapter) for adapter in adapters_of(adapters))
    reading = dataclasses.replace(AdapterReading.of(None, experts_order), holds_base=False)
    _refuse_more_than_sums(merged, [name for name, _ in weighted_names], reading)
    opposite = [(name, -weight) for name, weight in weighted_names]
    target = output if output is not None else f"{stem(opened)}-unmerged"
    request = prepare(merged, opposite, target, reading=reading)
    request.output(undo=False, force=force).check()
    plan = MergePlan(request, undo=False, workers=workers, force=force, progress=progress)
    return SubtractPlan(opened, weighted_names, plan)


subtract = at_once(
    plan_subtract, "subtract", "Write `merged` with adapters subtracted: an approximation of the base."
)


def _changed(forecast: MergeForecast) -> list[str]:
    return [each.name for each in forecast.tensors if each.how == "changed"]


def _refuse_more_than_sums(merged: StrPath, names: Sequence[str], reading: AdapterReading) -> None:
    # With the weight 1: an opposite weight of such an adapter would be refused with advice that is
    # for `merge`.
    request = prepare(merged, [(name, 1.0) for name in names], reading=reading)
    is_additive = all(check.additive for check in request.match.checks.values())
    # The numbers of a quantised base take the place of its codes, and are not an adapter's.
    replaced = [
        name
        for name, job in request.match.jobs.items()
        if job.rows or (job.replaced is not None and job.replaced.quantised is None)
    ]
    if replaced or not is_additive:
        what = (
            f"replaces {replaced[0]!r}"
            if replaced
            else "changes weights by more than a sum (DoRA, IA3, OFT, ...)"
        )
        raise UnsupportedError(
            f"An adapter {what}, and what was there before cannot be found from the merged weights; only "
            "the undo record of the merge brings it back."
        )


def _expected_wrong(merged: LazyTensor, subtracted: LazyTensor) -> float:
    """Estimate how many elements are wrong: 1 − 2⁻ᵉ of each that is e binades higher in the merged tensor."""
    import torch

    before, after = merged.viewed((merged.numel,)), subtracted.viewed((subtracted.numel,))
    expected = 0.0
    for start in range(0, merged.numel, STREAM_ELEMENTS):
        stop = min(start + STREAM_ELEMENTS, merged.numel)
        binades_lost = _exponent(before.read_rows(start, stop)) - _exponent(after.read_rows(start, stop))
        expected += float((1 - torch.exp2(-binades_lost.clamp(min=0).double())).sum())
    return expected


def _exponent(values: Tensor) -> Tensor:
    """Return the binade of each number; that of the smallest normal one for zero and all below it."""
    import torch

    least = torch.finfo(values.dtype).smallest_normal
    return torch.frexp(values.double().abs().clamp(min=least)).exponent
