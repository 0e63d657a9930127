"""Draws the overlap of two adapters: cosine, common subspaces, sign conflicts, and a verdict in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import (
    NARROWEST_NAME,
    first_of,
    joined,
    plain,
    table,
    tail,
    width_of,
    without_numbers,
)
from lorasurgery.surgery.compare import ComparedModule, CompareReport
from lorasurgery.text import counted, percent

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.linalg.overlap import Overlap

# More modules than this are drawn by kind.
MOST_MODULES = 24
BAR_WIDTH = 10


def compared(console: Console, report: CompareReport) -> None:
    """Draw the whole screen."""
    names = [f"[bold]{plain(name)}[/]" for name in report.names]
    for line in joined([*names, f"{counted(len(report.modules), 'module')} in both"], console.width):
        console.print(line)
    console.print()
    _print_table(console, report)
    for name, only in zip(report.names, report.only, strict=True):
        if only:
            console.print(f"[dim]{counted(len(only), 'module')} in {plain(name)} alone: {first_of(only)}[/]")
    if report.skipped:
        console.print(
            f"[dim]{counted(len(report.skipped), 'module')} not compared: "
            "the change is not a product of factors[/]"
        )
    figures = [
        f"cosine [bold]{report.cosine:+.3f}[/]",
        f"common subspace: out [bold]{percent(report.mean(_left))}[/], "
        f"in [bold]{percent(report.mean(_right))}[/]",
        f"sign conflicts [bold]{percent(report.mean(_conflicts))}[/] (50 % is expected by chance)",
        f"‖A + B‖² is [bold]{abs(report.sum_energy):.2f}[/] × (‖A‖² + ‖B‖²)",
    ]
    for figure in figures:
        console.print(figure)
    console.print(f"[bold]fusing[/]: {report.verdict}")


def _left(each: Overlap) -> float:
    return each.left


def _right(each: Overlap) -> float:
    return each.right


def _conflicts(each: Overlap) -> float:
    return each.conflicts


def _print_table(console: Console, report: CompareReport) -> None:
    groups: dict[str, list[ComparedModule]] = {}
    for each in report.modules:
        name = without_numbers(each.module) if len(report.modules) > MOST_MODULES else each.module
        groups.setdefault(name, []).append(each)
    heads: tuple[str, ...] = ("cosine", "common out", "common in", "by chance", "conflicts", "common")
    rows = [_row(name, found) for name, found in groups.items()]
    if console.width - width_of(heads, rows) < NARROWEST_NAME:
        heads, rows = heads[:3], [row[:4] for row in rows]
    drawn, taken = table("module", *heads), width_of(heads, rows)
    for name, *cells in rows:
        drawn.add_row(plain(tail(name, console.width - taken)), *cells)
    console.print(drawn)
    console.print()


def _row(name: str, modules: Sequence[ComparedModule]) -> tuple[str, ...]:
    def mean(figure: Callable[[Overlap], float]) -> float:
        return sum(figure(each.overlap) for each in modules) / len(modules)

    shared = max(mean(_left), mean(_right))
    return (
        f"{name}  {len(modules)}×" if len(modules) > 1 else name,
        f"{mean(lambda each: each.cosine):+.3f}",
        percent(mean(_left)),
        percent(mean(_right)),
        percent(mean(lambda each: max(each.chance_left, each.chance_right))),
        percent(mean(_conflicts)),
        ("█" * round(shared * BAR_WIDTH)).ljust(BAR_WIDTH, "·"),
    )
