"""Draws what `extract` found: ranks and errors of modules, full parameters, what is left out, totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import (
    NARROWEST_NAME,
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
from lorasurgery.surgery.extraction.model_card import error_of
from lorasurgery.text import counted, percent, times

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from lorasurgery.surgery.extraction.extract_report import ExtractForecast, ExtractReport, ModuleReport

# More modules than this are drawn as one row for each kind of module, with the spread over the
# layers.
MOST_ROWS = 48
# Rows of a list of parameters before it is cut short; --json has them all.
MOST_NAMES = 12


def extracted(console: Console, report: ExtractReport) -> None:
    """Draw what an extraction found."""
    console.print(_modules(report.modules, console.width))
    console.print()
    _print_rest(console, "kept whole", "form", [(k.name, k.form, k.nbytes, k.share) for k in report.kept])
    _print_rest(console, "left out", "reason", [(x.name, x.reason, 0, x.share) for x in report.lost])
    print_notes(console, report.notes)
    not_chosen = f", {len(report.not_chosen)} not chosen" if report.not_chosen else ""
    console.print(
        f"{counted(sum(module.rank > 0 for module in report.modules), 'module')} adapted, "
        f"{counted(len(report.kept), 'parameter')} kept whole, {len(report.lost)} left out, "
        f"{report.unchanged} unchanged{not_chosen}"
    )
    console.print(
        f"energy kept [bold]{percent(report.energy_kept)}[/] of ‖ΔW‖² in the adapted modules, "
        f"[bold]{percent(report.accounted)}[/] of {'the chosen' if not_chosen else 'all'} changes"
    )
    share = percent(report.nbytes / report.model_nbytes)
    print_output(console, report.output, report.nbytes, f"{share} of the model")


def extract_forecast(console: Console, planned: ExtractForecast) -> None:
    """Draw what an extraction would write."""
    folder = "" if planned.is_file else "/"
    console.print(f"would write [bold]{plain(planned.output)}{folder}[/]  {planned.bound}")
    console.print(f"{planned.factored} matrices to factorise, {planned.measured} parameters to compare")
    console.print(f"reads {size(planned.read_nbytes)}, peak memory about {size(planned.peak_nbytes)}")
    print_notes(console, planned.notes)


def _modules(modules: Sequence[ModuleReport], width: int) -> Table:
    stem = common_stem([module.module for module in modules])
    rows = _by_kind(modules) if len(modules) > MOST_ROWS else [_row(module) for module in modules]
    heads: tuple[str, ...] = ("shape", "rank", "energy kept", "error/ΔW", "error/W")
    taken = width_of(heads, rows)
    if width - taken < NARROWEST_NAME:
        heads, rows = heads[:-2], [row[:-2] for row in rows]
        taken = width_of(heads, rows)
    drawn = table(f"module, in {plain(stem)}" if stem else "module", *heads)
    for name, *figures in rows:
        drawn.add_row(plain(tail(name.removeprefix(f"{stem}."), width - taken)), *figures)
    return drawn


def _row(module: ModuleReport) -> tuple[str, ...]:
    shape = times(module.shape)
    kept = percent(module.energy_kept)
    return (
        module.module,
        shape,
        str(module.rank),
        kept,
        error_of(module.relative_error),
        f"{module.error_to_base:.1e}",
    )


def _by_kind(modules: Sequence[ModuleReport]) -> list[tuple[str, ...]]:
    """A row for each kind of module: names that differ in their numbers alone."""
    kinds: dict[tuple[str, str], list[ModuleReport]] = {}
    for module in modules:
        shape = times(module.shape)
        kinds.setdefault((without_numbers(module.module), shape), []).append(module)
    return [
        (
            f"{name}  {len(group)}×" if len(group) > 1 else group[0].module,
            shape,
            spread([str(m.rank) for m in sorted(group, key=lambda m: m.rank)]),
            spread([percent(m.energy_kept) for m in sorted(group, key=lambda m: m.energy_kept)]),
            spread([error_of(m.relative_error) for m in sorted(group, key=lambda m: m.relative_error)]),
            spread([f"{m.error_to_base:.1e}" for m in sorted(group, key=lambda m: m.error_to_base)]),
        )
        for (name, shape), group in kinds.items()
    ]


def _print_rest(
    console: Console, title: str, form: str, rows: Sequence[tuple[str, str, int, float | None]]
) -> None:
    """Print parameters by their share of the change; names that differ in numbers alone share a row."""
    if not rows:
        return
    merged = _merged(rows) if len(rows) > MOST_NAMES else list(rows)
    merged.sort(key=lambda row: -(1 if row[3] is None else row[3]))
    drawn = table(title, form, "size", "share of change")
    taken = 35 + max(len(row[1]) for row in merged)
    for name, how, nbytes, share in merged[:MOST_NAMES]:
        drawn.add_row(
            plain(tail(name, console.width - taken)),
            plain(how),
            size(nbytes) if nbytes else "",
            _share(share),
        )
    if len(merged) > MOST_NAMES:
        drawn.add_row(f"and {len(merged) - MOST_NAMES} more (see --json)")
    console.print(drawn)
    console.print()


def _merged(rows: Sequence[tuple[str, str, int, float | None]]) -> list[tuple[str, str, int, float | None]]:
    alike: dict[tuple[str, str], list[tuple[str, str, int, float | None]]] = {}
    for row in rows:
        alike.setdefault((without_numbers(row[0]), row[1]), []).append(row)
    return [
        (
            f"{name}  {len(group)}×" if len(group) > 1 else group[0][0],
            how,
            sum(row[2] for row in group),
            None if group[0][3] is None else sum(row[3] or 0 for row in group),
        )
        for (name, how), group in alike.items()
    ]


def _share(share: float | None) -> str:
    return "new" if share is None else percent(share)
