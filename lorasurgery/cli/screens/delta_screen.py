"""Draws deltas: how many tensors were stored in which way and what they take, and what was made of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import plain, print_notes, print_output, size, table
from lorasurgery.surgery.delta.recipe import METHODS
from lorasurgery.text import counted, in_percent

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.surgery.apply import ApplyForecast, ApplyReport
    from lorasurgery.surgery.delta.delta_report import DeltaForecast, DeltaReport, EncodedPiece


def delta_forecast(console: Console, forecast: DeltaForecast) -> None:
    """Say what would be read; how large the delta is shows only then."""
    print_notes(console, forecast.notes)
    console.print(f"[bold]would write[/] {plain(forecast.output)}")
    console.print(
        f"  from {forecast.pieces} tensors and files of both sides, {size(forecast.nbytes)}; its size shows "
        "once they are read"
    )
    console.print(f"peak memory about {size(forecast.peak_nbytes)}")


def delta_written(console: Console, report: DeltaReport) -> None:
    """Draw what each method took."""
    drawn = table("method", "tensors and files", "bytes", "in the delta", "share")
    for method in METHODS:
        found = [piece for piece in report.pieces if piece.method == method]
        if found:
            drawn.add_row(method, *_figures(found))
    console.print(drawn)
    console.print()
    print_notes(console, report.notes)
    if report.back_nbytes:
        console.print(f"[dim]{size(report.back_nbytes)} of the delta are for the way back (--revert)[/]")
    print_output(console, report.output, report.nbytes, f"{_share(report.nbytes, report.target_nbytes)} of B")


def _figures(found: Sequence[EncodedPiece]) -> tuple[str, str, str, str]:
    nbytes, stored = sum(each.nbytes for each in found), sum(each.delta_nbytes for each in found)
    return str(len(found)), size(nbytes), size(stored), _share(stored, nbytes)


def _share(part: int, whole: int) -> str:
    return in_percent(part / whole if whole else 0)


def apply_forecast(console: Console, forecast: ApplyForecast) -> None:
    """Say what would be written."""
    print_notes(console, forecast.notes)
    files = counted(forecast.files, "file")
    print_output(console, forecast.output, forecast.nbytes, files, would=True)
    console.print(f"peak memory about {size(forecast.peak_nbytes)}")


def applied(console: Console, report: ApplyReport) -> None:
    """Say what was written."""
    console.print(
        f"[bold]byte for byte[/]: all tensors and files have their hashes ({report.pieces} checked)"
    )
    print_output(console, report.output, report.nbytes, counted(report.files, "file"))
