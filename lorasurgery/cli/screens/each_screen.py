"""Draws what `inspect --each` found: one row for each adapter or checkpoint, with what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import NARROWEST_NAME, plain, size, spread, table, tail

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.surgery.inspection.inspect_report import InspectReport

HEADS = ("kind", "modules", "rank", "90 % at", "size", "flags")
# The columns that a narrow screen leaves out, in this order.
LEFT_OUT = ("modules", "size", "kind", "90 % at")


def inspected_each(console: Console, reports: Sequence[InspectReport]) -> None:
    """Draw the table; `90 % at` is the smallest rank of every module that keeps 90 % of ‖ΔW‖²."""
    if not reports:
        return
    columns = [*zip(HEADS, *(_row(report) for report in reports), strict=True)]
    columns = [column for column in columns if any(column[1:])]
    for head in LEFT_OUT:
        if console.width - _width(columns) < NARROWEST_NAME:
            columns = [column for column in columns if column[0] != head]
    drawn = table("name", *(column[0] for column in columns))
    for report, *cells in zip(reports, *(column[1:] for column in columns), strict=True):
        drawn.add_row(plain(tail(report.name, console.width - _width(columns))), *cells)
    console.print(drawn)


def _width(columns: Sequence[tuple[str, ...]]) -> int:
    return sum(3 + max(map(len, column)) for column in columns)


def _row(report: InspectReport) -> tuple[str, ...]:
    variants = sorted({each.variant for each in report.modules})
    kind = f"{report.format} {'+'.join(variants)}" if report.kind == "adapter" else report.kind
    is_adapter = report.kind == "adapter"
    ranks = sorted({len(each.sigma) for each in report.seen}) if is_adapter else []
    enough = report.rank_for(0.9)
    return (
        kind,
        str(len(report.modules)),
        spread([str(rank) for rank in ranks]),
        "" if enough is None else f"rank {enough}",
        size(report.nbytes),
        ", ".join(flag.code for flag in report.flags),
    )
