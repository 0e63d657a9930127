"""Draws a part of a run: its share, what is there of all parts, and what to run next; and their joining."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lorasurgery.cli.screens import draw
from lorasurgery.cli.screens.console import plain, size
from lorasurgery.text import counted

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.surgery.parts.part_report import (
        AssembleForecast,
        AssembleReport,
        PartForecast,
        PartReport,
    )


def part_forecast(console: Console, forecast: PartForecast) -> None:
    """Print the share of a part."""
    console.print(f"[bold]would write part {forecast.part}[/] of {plain(forecast.output)}")
    console.print(
        f"  {forecast.items} of {forecast.all_items} {_items(forecast.verb)}, {size(forecast.nbytes)} of "
        f"{size(forecast.all_nbytes)}"
    )
    there = ", which is there already" if forecast.is_there else ""
    console.print(f"  into {plain(forecast.folder)}{there}")


def part_written(console: Console, report: PartReport) -> None:
    """Print what a part wrote, and what to run next."""
    done = "wrote" if report.is_new else "nothing to do, there already is"
    again = f", pass {report.number}" if report.number > 1 else ""
    console.print(f"[bold]{done} part {report.part}[/] of {plain(report.output)}{again}")
    console.print(
        f"  {counted(report.items, _item(report.verb))}, {size(report.nbytes)}, in {plain(report.folder)}"
    )
    there = (
        f"{report.count - len(report.absent)} of {report.count} parts are there. " if report.absent else ""
    )
    console.print(f"  {there}{plain(report.next_step)}")


def assemble_forecast(console: Console, forecast: AssembleForecast) -> None:
    """Print what would be joined."""
    console.print(
        f"[bold]would join {forecast.parts} parts[/] of `{forecast.verb}`, {size(forecast.nbytes)}, "
        f"to {plain(forecast.output)}"
    )


def assembled(console: Console, report: AssembleReport) -> None:
    """Print the report of the verb, and that it was made of parts."""
    draw(console, report.report)
    console.print(
        f"[bold]joined {report.parts} parts[/] of `{report.verb}` to {plain(report.output)}, and removed them"
    )


def _items(verb: str) -> str:
    return f"{_item(verb)}s"


def _item(verb: str) -> str:
    if verb == "extract":
        return "parameter"
    return "tensor" if verb in ("merge", "unmerge", "diff", "export-onnx") else "module"
