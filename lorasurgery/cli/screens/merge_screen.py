"""Draws merges, unmerges and verifications: which tensors change, what it costs, and where the output is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.checkpoint.folder import GGUF_SUFFIX
from lorasurgery.cli.screens.console import (
    NARROWEST_NAME,
    plain,
    print_notes,
    print_output,
    size,
    table,
    tail,
    width_of,
    without_numbers,
)
from lorasurgery.surgery.base.rounding_noise import LEAST_SNR
from lorasurgery.surgery.merging.merge_report import LEAST_KEPT, in_all
from lorasurgery.text import counted, percent, times

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.surgery.merging.merge_report import (
        MergeForecast,
        MergeReport,
        RequantisedTensor,
        TensorForecast,
    )
    from lorasurgery.surgery.undo.unmerge_report import (
        SubtractForecast,
        SubtractReport,
        UnmergeForecast,
        UnmergeReport,
    )
    from lorasurgery.surgery.verify import TensorDifference, VerifyReport

# What happens to most tensors, which a column need not repeat.
CHANGED = "changed"
# More tensors than this are drawn as one row for each kind of tensor.
MOST_ROWS = 16


def merge_forecast(console: Console, planned: MergeForecast) -> None:
    """Draw what a merge would do."""
    _tensors(console, planned)
    print_output(console, _place(planned.output), planned.nbytes, would=True)
    _costs(console, planned)


def announce(console: Console, planned: MergeForecast) -> None:
    """Draw what a merge is about to do."""
    _tensors(console, planned)
    _costs(console, planned)


def merged(console: Console, report: MergeReport) -> None:
    """Draw what a merge did, whole."""
    announce(console, report.forecast)
    written(console, report)


def written(console: Console, report: MergeReport) -> None:
    """Draw what is known once a merge is written; `announce` was drawn before."""
    print_output(console, report.forecast.output, report.forecast.nbytes)
    _requantised(console, report.requantised, "kept")
    console.print(_undo(report))


def unmerge_forecast(console: Console, planned: UnmergeForecast) -> None:
    """Draw what an unmerge would do."""
    print_notes(console, planned.notes)
    print_output(console, _place(planned.output), planned.nbytes, would=True)
    console.print(f"would remove {_listed(planned.adapters)}")
    console.print(
        f"{counted(planned.restored, 'tensor')} to restore, {planned.copied} to copy"
        + (f", {planned.removed} to remove" if planned.removed else "")
        + f", peak memory about {planned.peak_nbytes / 1e9:.1f} GB"
    )
    _earlier_merges(console, planned.left)


def unmerged(console: Console, report: UnmergeReport) -> None:
    """Say what an unmerge did."""
    print_notes(console, report.notes)
    console.print(f"removed {_listed(report.adapters)}")
    console.print(
        f"{counted(report.restored, 'tensor')} restored, {report.copied} copied, "
        "all with the hashes of the base"
        + (f"; {counted(report.removed, 'new tensor')} removed" if report.removed else "")
    )
    _earlier_merges(console, report.left)
    print_output(console, report.output, report.nbytes)


def subtract_forecast(console: Console, planned: SubtractForecast) -> None:
    """Draw what a subtraction would do."""
    print_notes(console, planned.notes)
    print_output(console, _place(planned.output), planned.nbytes, would=True)
    console.print(f"would subtract {_listed(planned.adapters)}, [bold]approximately[/]")
    console.print(
        f"{counted(planned.changed, 'tensor')} to change, {planned.copied} to copy, "
        f"peak memory about {planned.peak_nbytes / 1e9:.1f} GB"
    )


def subtracted(console: Console, report: SubtractReport) -> None:
    """Say what a subtraction did, and how far it is from the base."""
    print_notes(console, report.notes)
    wrong = _in_percent(report.expected_wrong, 2)
    console.print(f"subtracted {_listed(report.adapters)} from {counted(report.changed, 'tensor')}")
    console.print(f"[bold]approximate[/]: expect {wrong} of their elements to differ from the base's")
    print_output(console, report.output, report.nbytes)


def verified(console: Console, report: VerifyReport) -> None:
    """Say how a merged checkpoint compares with what it should be."""
    _differences(console, report.differing)
    print_notes(console, report.notes)
    if report.is_exact:
        console.print(f"[bold]exact[/]: all {counted(report.compared, 'tensor')} have the expected bits")
    else:
        console.print(f"[bold red]{len(report.differing)} of {counted(report.compared, 'tensor')} differ[/]")
    if report.answers is not None:
        answers = report.answers
        console.print(
            f"answers on {counted(answers.tokens, 'token')}: max |difference of logits| "
            f"{answers.max_difference:.2g}, mean {answers.mean_difference:.2g}, "
            f"max |logit| {answers.largest_logit:.3g}, argmax agreement {_in_percent(answers.agreement, 1)}"
        )


def _listed(adapters: Sequence[str]) -> str:
    return ", ".join(plain(each) for each in adapters)


def _earlier_merges(console: Console, number: int) -> None:
    if number:
        console.print(f"{counted(number, 'earlier merge')} can be undone after this one")


def _in_percent(share: float, digits: int) -> str:
    return f"{100 * share:.{digits}f} %"


def _differences(console: Console, differing: Sequence[TensorDifference]) -> None:
    if not differing:
        return
    drawn = table("tensor", "verdict", "elements", "max ulps")
    for each in differing[:MOST_ROWS]:
        share = f"{each.elements} of {each.of}"
        drawn.add_row(plain(each.name), plain(each.reason), share, str(each.steps or ""))
    if len(differing) > MOST_ROWS:
        drawn.add_row(f"and {len(differing) - MOST_ROWS} more (see --json)")
    console.print(drawn)
    console.print()


def _undo(report: MergeReport) -> str:
    if report.undo_bytes is None or report.undo_factor_bytes is None:
        return "no undo record"
    touched = sum(each.nbytes for each in report.forecast.tensors)
    share = _in_percent(report.undo_bytes / touched, 2) if touched else "0 %"
    return (
        f"undo record {size(report.undo_bytes)}, {share} of the changed tensors, "
        f"and factors of {size(report.undo_factor_bytes)}"
    )


def _costs(console: Console, planned: MergeForecast) -> None:
    print_notes(console, planned.notes)
    console.print(
        f"{counted(len(planned.tensors), 'tensor')} to change, {planned.copied} to copy, "
        f"peak memory about {planned.peak_nbytes / 1e9:.1f} GB"
    )
    _requantised(console, planned.requantised, "will be kept")
    if planned.snr is not None:
        style = "bold red" if planned.snr < LEAST_SNR else "bold"
        snr = f"{planned.snr:.3g}" if planned.snr < 1000 else "over 1000"
        console.print(f"signal-to-rounding ratio [{style}]{snr}[/] (poor below {LEAST_SNR:g})")


def _requantised(console: Console, tensors: Sequence[RequantisedTensor], verb: str) -> None:
    """Say how much of ΔW codes hold, in all and in the weight that holds least of it."""
    total = in_all(tensors)
    if total is None:
        return
    sums, least = total.sums, min(tensors, key=lambda each: each.sums.share)
    style = "bold red" if sums.share < LEAST_KEPT else "bold"
    console.print(
        f"quantised again under the same scales: [{style}]{percent(sums.share)}[/] of ΔW {verb} "
        f"(least {percent(least.sums.share)}, {plain(least.name)}), noise {sums.noise:.2f} × that of the "
        f"base, {percent(sums.moved_share)} of the codes changed"
    )


def _tensors(console: Console, planned: MergeForecast) -> None:
    rows = [_row(each) for each in planned.tensors]
    if len(rows) > MOST_ROWS:
        rows = _by_kind(planned.tensors)
    if not rows:
        return
    heads: tuple[str, ...] = ("result", "shape", "‖ΔW‖", "rounding")
    if all(row[1] == CHANGED for row in rows):
        heads, rows = heads[1:], [(row[0], *row[2:]) for row in rows]
    if console.width - width_of(heads, rows) < NARROWEST_NAME:
        heads, rows = heads[:-1], [row[:-1] for row in rows]
    taken = width_of(heads, rows)
    drawn = table("tensor", *heads)
    for name, *figures in rows:
        drawn.add_row(plain(tail(name, console.width - taken)), *figures)
    console.print(drawn)
    console.print()


def _row(each: TensorForecast) -> tuple[str, ...]:
    shape = times(each.shape)
    return (each.name, each.how, shape, _figure(each.change), _figure(each.rounding))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _by_kind(tensors: Sequence[TensorForecast]) -> list[tuple[str, ...]]:
    """A row for each kind of tensor, with the norms over all: names that differ in numbers alone."""
    kinds: dict[tuple[str, str, tuple[int, ...]], list[TensorForecast]] = {}
    for each in tensors:
        kinds.setdefault((without_numbers(each.name), each.how, each.shape), []).append(each)
    return [
        (
            f"{name}  {len(group)}×" if len(group) > 1 else group[0].name,
            how,
            times(shape),
            _figure(_norm([each.change for each in group])),
            _figure(_norm([each.rounding for each in group])),
        )
        for (name, how, shape), group in kinds.items()
    ]


def _norm(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(value**2 for value in known) ** 0.5 if known else None


def _place(output: str) -> str:
    """Return a place where nothing is yet, with a slash if it will be a folder."""
    return output if output.endswith(GGUF_SUFFIX) else f"{output}/"
