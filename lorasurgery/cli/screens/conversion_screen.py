"""Draws what `rerank`, `fuse` and `convert` wrote: ranks, errors, and the overlap of what was fused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import (
    NARROWEST_NAME,
    first_of,
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
from lorasurgery.surgery.conversion.conversion_forecast import ConversionForecast, ModuleForecast
from lorasurgery.surgery.conversion.conversion_report import ConversionReport, FuseReport, ModuleLoss
from lorasurgery.surgery.extraction.model_card import error_of
from lorasurgery.text import counted, natural_key, percent, times

if TYPE_CHECKING:
    from rich.console import Console


# More modules than this are drawn by kind.
MOST_ROWS = 24


def converted(console: Console, report: ConversionReport) -> None:
    """Draw what was written."""
    _print_modules(console, report.modules)
    _print_end(console, report)


def fused(console: Console, report: FuseReport) -> None:
    """Draw the overlap of the adapters before they were fused, and what was written."""
    _print_interference(console, report)
    _print_modules(console, report.modules)
    _print_end(console, report)


def conversion_forecast(console: Console, planned: ConversionForecast) -> None:
    """Draw what a conversion would write; ranks and bytes are upper bounds where the numbers decide."""
    groups: dict[str, list[ModuleForecast]] = {}
    for each in sorted(planned.modules, key=lambda module: natural_key(module.module)):
        name = without_numbers(each.module) if len(planned.modules) > MOST_ROWS else each.module
        groups.setdefault(name, []).append(each)
    at_most = "" if planned.is_exact else "at most "
    rows = [_forecast_row(name, modules, at_most) for name, modules in groups.items()]
    if rows:
        _print_rows(console, ("shape", "rank", "size"), rows)
    _print_carried(console, planned.carried)
    print_notes(console, planned.notes)
    console.print(
        f"{plain(planned.format)}: {plain(planned.variant)}, peak memory about {size(planned.peak_nbytes)}"
    )
    folder = "" if planned.is_file else "/"
    console.print(
        f"would write [bold]{plain(planned.output)}{folder}[/]  {at_most}{size(planned.nbytes)}, "
        f"from {size(planned.nbytes_before)}"
    )


def _forecast_row(name: str, modules: Sequence[ModuleForecast], at_most: str) -> tuple[str, ...]:
    before = _ranks({each.rank_before for each in modules if each.rank_before is not None})
    after = _ranks({each.rank for each in modules if each.rank is not None})
    is_bound = at_most and not all(each.is_unchanged for each in modules)
    after = f"at most {after}" if after and is_bound else after
    return (
        f"{name}  {len(modules)}×" if len(modules) > 1 else name,
        times(modules[0].shape) if modules[0].shape else "",
        after if not before or before == after else f"{before} → {after}",
        size(sum(each.nbytes for each in modules)),
    )


def _print_modules(console: Console, modules: Sequence[ModuleLoss]) -> None:
    if not modules:
        return
    groups: dict[str, list[ModuleLoss]] = {}
    for each in sorted(modules, key=lambda module: natural_key(module.module)):
        name = without_numbers(each.module) if len(modules) > MOST_ROWS else each.module
        groups.setdefault(name, []).append(each)
    heads: tuple[str, ...] = ("shape", "rank", "energy kept", "error/ΔW", "error/W")
    rows = [_row(name, found) for name, found in groups.items()]
    said = [index for index, _ in enumerate(heads) if index < 2 or any(row[index + 1] for row in rows)]
    heads, rows = (
        tuple(heads[index] for index in said),
        [(row[0], *(row[index + 1] for index in said)) for row in rows],
    )
    _print_rows(console, heads, rows)


def _print_rows(console: Console, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Draw rows that begin with a module's name and its shape; a narrow screen leaves the shapes out."""
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
    return spread([str(rank) for rank in sorted(ranks)])


def _print_interference(console: Console, report: FuseReport) -> None:
    """Draw the overlap of every two adapters, which says whether they disturb one another."""
    interference = report.interference
    if interference is None or not interference.pairs:
        return
    heads = ("cosine", "common subspace", "expected by chance", "sign conflicts")
    rows = [
        (
            f"{_folder(each.one)} and {_folder(each.other)}",
            f"{each.cosine:+.3f}",
            percent(each.shared),
            percent(each.chance),
            percent(each.conflicts),
        )
        for each in interference.pairs
    ]
    if console.width - width_of(heads, rows) < NARROWEST_NAME:
        heads = ("cosine", "common", "by chance", "conflicts")
    drawn, taken = table("overlap before fusing", *heads), width_of(heads, rows)
    for name, *cells in rows:
        drawn.add_row(plain(tail(name, console.width - taken)), *cells)
    console.print(drawn)
    console.print(
        f"[dim]‖sum‖² is {abs(interference.sum_energy):.2f} × the sum of the adapters' ‖ΔW‖² "
        "(1 if they are orthogonal)[/]"
    )
    console.print()


def _folder(adapter: str) -> str:
    """Return the last part of an adapter's path: the others are most often the same for all."""
    return adapter.rstrip("/").rpartition("/")[2] or adapter


def _what_is_left(report: ConversionReport) -> str:
    """Return the energy kept and the relative error, as far as they are known."""
    if report.relative_error is None:
        return ""
    if report.relative_error == 0:
        return ", [bold]nothing lost[/]"
    kept = f", energy kept [bold]{percent(report.energy_kept)}[/]" if report.energy_kept is not None else ""
    return f"{kept}, relative error [bold]{error_of(report.relative_error)}[/] of ‖ΔW‖"


def _print_carried(console: Console, carried: Sequence[str]) -> None:
    if carried:
        parameters = counted(len(carried), "parameter")
        console.print(f"[dim]{parameters} copied whole: {first_of(carried)}[/]")


def _print_end(console: Console, report: ConversionReport) -> None:
    if report.dropped:
        modules = counted(len(report.dropped), "module")
        console.print(f"[dim]{modules} left with rank 0: {first_of(report.dropped)}[/]")
    _print_carried(console, report.carried)
    print_notes(console, report.notes)
    console.print(f"{plain(report.format)}: {plain(report.variant)}{_what_is_left(report)}")
    before = f"from {size(report.nbytes_before)}" if report.nbytes_before != report.nbytes else "as before"
    print_output(console, report.output, report.nbytes, before)
