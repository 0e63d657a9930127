"""Draws what `extract --recover` found: ranks and exceptions of tensors, the style of the merge, totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import (
    common_stem,
    plain,
    print_notes,
    print_output,
    size,
    spread,
    table,
    tail,
    width_of,
    without_numbers,
)
from lorasurgery.text import counted, percent, times

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.surgery.extraction.recovery_report import RecoveredTensor, RecoveryReport

# More tensors than this are drawn as one row for each kind.
MOST_ROWS = 48
HEADS = ("shape", "rank", "exceptions", "of elements")


def recovered(console: Console, report: RecoveryReport) -> None:
    """Draw what a recovery found."""
    stem = common_stem([each.name for each in report.tensors])
    rows = _rows(report.tensors)
    drawn = table(f"tensor, in {plain(stem)}" if stem else "tensor", *HEADS)
    for name, *figures in rows:
        room = console.width - width_of(HEADS, rows)
        drawn.add_row(plain(tail(name.removeprefix(f"{stem}."), room)), *figures)
    console.print(drawn)
    console.print()
    print_notes(console, report.notes)
    console.print(
        f"a merged LoRA in {counted(len(report.tensors), 'tensor')}, "
        f"{counted(len(report.kept), 'parameter')} kept whole, {report.unchanged} unchanged"
    )
    console.print(_style(report.tensors))
    console.print(
        f"the factors reproduce [bold]{percent(1 - report.share)}[/] of the elements; "
        f"{counted(report.exceptions, 'exception')} ({size(report.exception_nbytes)}) ride along"
    )
    what = "files" if report.is_same_file else "tensors"
    console.print(f"verified: merged into {plain(report.base)} it gives the same {what}, bit for bit")
    nbytes = report.nbytes + report.exception_nbytes
    print_output(console, report.output, nbytes, f"{percent(nbytes / report.model_nbytes)} of the model")


def _style(tensors: Sequence[RecoveredTensor]) -> str:
    rounded = [each.product for each in tensors if each.product]
    if not rounded:
        return "merged by one rounding of W + s·B·A, as PEFT merges factors in float32"
    share = "" if len(rounded) == len(tensors) else f" in {len(rounded)} of {len(tensors)} tensors"
    return f"merged by rounding s·B·A to {rounded[0]} before it was added{share}, as PEFT merges such factors"


def _rows(tensors: Sequence[RecoveredTensor]) -> list[tuple[str, ...]]:
    if len(tensors) <= MOST_ROWS:
        return [
            (each.name, times(each.shape), str(each.rank), f"{each.exceptions:,}", percent(each.share))
            for each in tensors
        ]
    kinds: dict[tuple[str, str], list[RecoveredTensor]] = {}
    for each in tensors:
        kinds.setdefault((without_numbers(each.name), times(each.shape)), []).append(each)
    return [
        (
            f"{name}  {len(group)}×" if len(group) > 1 else group[0].name,
            shape,
            spread([str(each.rank) for each in sorted(group, key=lambda each: each.rank)]),
            f"{sum(each.exceptions for each in group):,}",
            percent(sum(each.exceptions for each in group) / sum(each.numel for each in group)),
        )
        for (name, shape), group in kinds.items()
    ]
