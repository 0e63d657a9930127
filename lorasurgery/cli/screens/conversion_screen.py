"""Draws what `rerank`, `fuse` and `convert` made of an adapter: ranks, errors, and where it went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
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
from lorasurgery.cli.screens.console import (
    as_json as print_json,
)
from lorasurgery.surgery.conversion.conversion_report import ModuleLoss, RecastReport
from lorasurgery.surgery.extraction.model_card import error_of
from lorasurgery.text import natural_key, percent, times

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.surgery.fuse import FuseReport

# More modules than this are drawn by kind.
MOST_ROWS = 24


def recast(report: RecastReport, *, as_json: bool) -> None:
    """Draw what was written."""
    if as_json:
        print_json(report.as_json())
        return
    console = console_for()
    _print_modules(console, report.modules)
    _print_end(console, report)


def fused(report: FuseReport, *, as_json: bool) -> None:
    """Draw how the adapters lay to each other, and what was written."""
    if as_json:
        print_json(report.as_json())
        return
    console = console_for()
    _print_interference(console, report)
    _print_modules(console, report.modules)
    _print_end(console, report)


def _print_modules(console: Console, modules: Sequence[ModuleLoss]) -> None:
    if not modules:
        return
    groups: dict[str, list[ModuleLoss]] = {}
    for each in sorted(modules, key=lambda module: natural_key(module.module)):
        name = without_numbers(each.module) if len(modules) > MOST_ROWS else each.module
        groups.setdefault(name, []).append(each)
    heads: tuple[str, ...] = ("shape", "rank", "kept", "error/ΔW", "error/W")
    rows = [_row(name, found) for name, found in groups.items()]
    said = [index for index, _ in enumerate(heads) if index < 2 or any(row[index + 1] for row in rows)]
    heads, rows = (
        tuple(heads[index] for index in said),
        [(row[0], *(row[index + 1] for index in said)) for row in rows],
    )
    if console.width - width_of(heads, rows) < NARROWEST_NAME:
        heads, rows = heads[1:], [(row[0], *row[2:]) for row in rows]
    drawn, taken = table("module", *heads), width_of(heads, rows)
    for name, *cells in rows:
        drawn.add_row(plain(tail(name, console.width - taken)), *cells)
    console.print(drawn)
    console.print()


def _row(name: str, modules: Sequence[ModuleLoss]) -> tuple[str, ...]:
    ranks = [_ranks({each.rank_before for each in modules if each.rank_before is not None})]
    after = _ranks({each.rank for each in modules})
    kept, errors, to_base = (
        [value for value in (getattr(each, figure) for each in modules) if value is not None]
        for figure in ("energy_kept", "relative_error", "error_to_base")
    )
    return (
        f"{name}  {len(modules)}×" if len(modules) > 1 else name,
        times(modules[0].shape) if modules[0].shape else "",
        after if not ranks[0] or ranks[0] == after else f"{ranks[0]} → {after}",
        percent(min(kept)) if kept else "",
        error_of(max(errors)) if errors else "",
        f"{max(to_base):.1e}" if to_base else "",
    )


def _ranks(ranks: set[int]) -> str:
    if not ranks:
        return ""
    low, high = min(ranks), max(ranks)
    return str(low) if low == high else f"{low}–{high}"


def _print_interference(console: Console, report: FuseReport) -> None:
    """Before anything else: whether fusing will hurt."""
    held = report.interference
    if held is None or not held.pairs:
        return
    heads = ("cosine", "shared", "chance", "conflicts")
    rows = [
        (
            f"{tail(each.one, 30)} and {tail(each.other, 30)}",
            f"{each.cosine:+.3f}",
            percent(each.shared),
            percent(each.chance),
            percent(each.conflicts),
        )
        for each in held.pairs
    ]
    drawn, taken = table("before", *heads), width_of(heads, rows)
    for name, *cells in rows:
        drawn.add_row(plain(tail(name, console.width - taken)), *cells)
    console.print(drawn)
    console.print(
        f"[dim]‖sum‖² is {abs(held.sum_energy):.2f} times that of the adapters apart (1 where they are orthogonal)[/]"
    )
    console.print()


def _what_is_left(report: RecastReport) -> str:
    """Both figures, of ‖ΔW‖² and of ‖ΔW‖, where they can be said."""
    if report.relative_error is None:
        return ""
    if report.relative_error == 0:
        return ", [bold]nothing lost[/]"
    kept = f", energy kept [bold]{percent(report.energy_kept)}[/]" if report.energy_kept is not None else ""
    return f"{kept}, relative error [bold]{error_of(report.relative_error)}[/] of ‖ΔW‖"


def _print_end(console: Console, report: RecastReport) -> None:
    for name in report.dropped[:1]:
        console.print(
            f"[dim]{count(len(report.dropped), 'module')} keep{'s' if len(report.dropped) == 1 else ''} no rank: {plain(name)}{' …' if len(report.dropped) > 1 else ''}[/]"
        )
    if report.carried:
        console.print(
            f"[dim]{count(len(report.carried), 'parameter')} carried whole: {plain(report.carried[0])}{' …' if len(report.carried) > 1 else ''}[/]"
        )
    for note in report.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    console.print(f"{plain(report.format)}: {plain(report.variant)}{_what_is_left(report)}")
    before = f"from {size(report.nbytes_before)}" if report.nbytes_before != report.nbytes else "as before"
    folder = "/" if Path(report.output).is_dir() else ""
    console.print(f"wrote  [bold]{plain(report.output)}{folder}[/]  {size(report.nbytes)}, {before}")
