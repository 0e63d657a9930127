"""What merge and unmerge say: what will change and what it costs, before; where it went, after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import (
    NARROWEST_NAME,
    console_for,
    count,
    plain,
    size,
    table,
    tail,
    width_of,
    without_numbers,
)
from lorasurgery.surgery.base.rounding_noise import LEAST_SNR

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.surgery.merging.merge_report import MergePlan, MergeReport, TensorForecast
    from lorasurgery.surgery.subtract import SubtractReport
    from lorasurgery.surgery.unmerge import UnmergeReport
    from lorasurgery.surgery.verify import TensorDifference, VerifyReport

# More tensors than this are drawn as one row for each kind of tensor.
MOST_ROWS = 16


def plan(planned: MergePlan, *, as_json: bool) -> None:
    """Draw what a merge would do."""
    if as_json:
        print(json.dumps(planned.as_json(), indent=2))
        return
    console = console_for()
    _tensors(console, planned)
    console.print(f"would write [bold]{plain(planned.output)}/[/]  {size(planned.nbytes)}")
    _costs(console, planned)


def announce(planned: MergePlan) -> None:
    """Say what a merge is about to do."""
    console = console_for()
    _tensors(console, planned)
    _costs(console, planned)


def report(done: MergeReport, *, as_json: bool) -> None:
    """Say what a merge did."""
    if as_json:
        print(json.dumps(done.as_json(), indent=2))
        return
    console = console_for()
    console.print(f"wrote  [bold]{plain(done.plan.output)}/[/]  {size(done.plan.nbytes)}")
    if done.requantising_lost is not None:
        console.print(
            f"writing 8-bit codes again: relative error [bold]{done.requantising_lost:.1%}[/] of ‖ΔW‖".replace(
                "%", " %"
            )
        )
    console.print(_undo(done))


def undone(done: UnmergeReport, *, as_json: bool) -> None:
    """Say what an unmerge did."""
    if as_json:
        print(json.dumps(done.as_json(), indent=2))
        return
    console = console_for()
    for note in done.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    console.print(f"took out {', '.join(plain(each) for each in done.adapters)}")
    console.print(
        f"{count(done.restored, 'tensor')} restored, {done.copied} copied, all equal to the base's by hash"
        + (f"; {count(done.removed, 'new tensor')} removed" if done.removed else "")
    )
    if done.left:
        console.print(f"{count(done.left, 'earlier merge')} can be undone after this one")
    console.print(f"wrote  [bold]{plain(done.output)}/[/]  {size(done.nbytes)}")


def subtracted(done: SubtractReport, *, as_json: bool) -> None:
    """Say what a subtraction did, and how far it is from the base."""
    if as_json:
        print(json.dumps(done.as_json(), indent=2))
        return
    console = console_for()
    for note in done.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    wrong = f"{done.expected_wrong:.2%}".replace("%", " %")
    console.print(
        f"subtracted {', '.join(plain(each) for each in done.adapters)} from {count(done.changed, 'tensor')}"
    )
    console.print(f"[bold]approximate[/]: expect {wrong} of their elements to differ from the base's")
    console.print(f"wrote  [bold]{plain(done.output)}/[/]  {size(done.nbytes)}")


def verified(found: VerifyReport, *, as_json: bool) -> None:
    """Say how a merged checkpoint compares with what it should be."""
    if as_json:
        print(json.dumps(found.as_json(), indent=2))
        return
    console = console_for()
    _differences(console, found.differing)
    for note in found.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    if found.is_exact:
        console.print(f"[bold]exact[/]: all {count(found.compared, 'tensor')} have the expected bits")
    else:
        console.print(f"[bold red]{len(found.differing)} of {count(found.compared, 'tensor')} differ[/]")
    if found.answers is not None:
        given = found.answers
        console.print(
            f"answers on {count(given.tokens, 'token')}: logits differ by {given.max_difference:.2g} at most and {given.mean_difference:.2g} on average "
            f"(the largest is {given.largest_logit:.3g}), the same first choice in {given.agreement:.1%}".replace(
                "%", " %"
            )
        )


def _differences(console: Console, differing: Sequence[TensorDifference]) -> None:
    if not differing:
        return
    drawn = table("tensor", "", "elements", "steps")
    for each in differing[:MOST_ROWS]:
        share = f"{each.elements} of {each.of}"
        drawn.add_row(plain(each.name), plain(each.reason), share, str(each.steps or ""))
    if len(differing) > MOST_ROWS:
        drawn.add_row(f"and {len(differing) - MOST_ROWS} more (see --json)")
    console.print(drawn)
    console.print()


def _undo(done: MergeReport) -> str:
    if done.undo_bytes is None or done.undo_factor_bytes is None:
        return "no undo record"
    touched = sum(each.nbytes for each in done.plan.tensors)
    share = f"{done.undo_bytes / touched:.2%}".replace("%", " %") if touched else "0 %"
    return f"undo record {size(done.undo_bytes)}, {share} of the changed tensors, and factors of {size(done.undo_factor_bytes)}"


def _costs(console: Console, planned: MergePlan) -> None:
    for note in planned.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    console.print(
        f"{count(len(planned.tensors), 'tensor')} to make, {planned.copied} to copy, peak memory {planned.peak_nbytes / 1e9:.1f} GB"
    )
    if planned.snr is not None:
        style = "bold red" if planned.snr < LEAST_SNR else "bold"
        snr = f"{planned.snr:.3g}" if planned.snr < 1000 else "over 1000"
        console.print(f"merge SNR [{style}]{snr}[/] (‖ΔW‖ over what rounding takes of it)")


def _tensors(console: Console, planned: MergePlan) -> None:
    rows = [_row(each) for each in planned.tensors]
    if len(rows) > MOST_ROWS:
        rows = _by_kind(planned.tensors)
    if not rows:
        return
    heads: tuple[str, ...] = ("", "shape", "‖ΔW‖", "rounding")
    if console.width - width_of(heads, rows) < NARROWEST_NAME:
        heads, rows = heads[:-1], [row[:-1] for row in rows]
    taken = width_of(heads, rows)
    drawn = table("tensor", *heads)
    for name, *figures in rows:
        drawn.add_row(plain(tail(name, console.width - taken)), *figures)
    console.print(drawn)
    console.print()


def _row(each: TensorForecast) -> tuple[str, ...]:
    shape = "×".join(map(str, each.shape))
    return (each.name, each.how, shape, _figure(each.change), _figure(each.rounding))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _by_kind(tensors: Sequence[TensorForecast]) -> list[tuple[str, ...]]:
    """A row for each kind of tensor: names that differ in their numbers alone, with the norms over all of them."""
    kinds: dict[tuple[str, str, tuple[int, ...]], list[TensorForecast]] = {}
    for each in tensors:
        kinds.setdefault((without_numbers(each.name), each.how, each.shape), []).append(each)
    return [
        (
            f"{name}  {len(group)}×" if len(group) > 1 else group[0].name,
            how,
            "×".join(map(str, shape)),
            _figure(_norm([each.change for each in group])),
            _figure(_norm([each.rounding for each in group])),
        )
        for (name, how, shape), group in kinds.items()
    ]


def _norm(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(value**2 for value in known) ** 0.5 if known else None
