"""Draws an inspection: a table of spectra, a map of the change, what is wrong, and totals in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import (
    NARROWEST_NAME,
    joined,
    plain,
    print_notes,
    size,
    table,
    tail,
    width_of,
    without_numbers,
)
from lorasurgery.cli.screens.inspect_map import print_map
from lorasurgery.cli.screens.inspect_table import number, print_table
from lorasurgery.cli.screens.inspect_totals import modules_in_words, telling_cut, totals
from lorasurgery.surgery.inspection.inspect_report import Flag, InspectReport, ModuleSpectrum, OtherParameter
from lorasurgery.text import times

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

# More modules than this are drawn by kind where nothing else is asked for.
MOST_MODULES = 24
# Rows of a list of parameters before it is cut short; --json has them all.
MOST_NAMES = 8


def overview(
    console: Console,
    report: InspectReport,
    *,
    by: str | None = None,
    sort: str = "model",
    heat: str = "energy",
    rank: int | None = None,
) -> None:
    """Draw the whole screen; `rank` is the cut that is judged, and one is chosen where it is None."""
    for line in joined(_title(report), console.width):
        console.print(line)
    console.print()
    if report.modules:
        is_short = len(report.modules) <= MOST_MODULES and (report.seen or not report.spectra)
        by = by or ("module" if is_short else "kind")
        print_table(console, report, by, sort)
        print_map(console, report, heat)
    _print_others(console, report)
    if report.spectra:
        _print_reasons(console, report)
    _print_flags(console, report)
    print_notes(console, report.notes)
    for facts in totals(report, rank or telling_cut(report)):
        for line in joined(facts, console.width):
            console.print(line)


def _title(report: InspectReport) -> list[str]:
    about = [f"[bold]{plain(report.name)}[/]"]
    if report.kind == "adapter":
        variants = sorted({each.variant for each in report.modules})
        about += [f"{report.format}: {', '.join(variants) or 'nothing low-rank'}"]
    about.append(modules_in_words(report))
    about.append(size(report.nbytes))
    if report.base:
        about.append(f"{'from' if report.kind == 'pair' else 'on'} {plain(report.base)}")
    return about


def _print_others(console: Console, report: InspectReport) -> None:
    if not report.others:
        return
    heads = {"adapter": "carried whole", "pair": "changed, not decomposed", "checkpoint": "other tensors"}
    alike: dict[tuple[str, str, str], list[OtherParameter]] = {}
    merge = len(report.others) > MOST_NAMES
    for other in report.others:
        name = without_numbers(other.name) if merge else other.name
        alike.setdefault((name, times(other.shape), other.form), []).append(other)
    ordered = sorted(alike.items(), key=lambda item: -sum(each.nbytes for each in item[1]))
    rows = [_other_row(name, shape, form, found) for (name, shape, form), found in ordered[:MOST_NAMES]]
    figures: tuple[str, ...] = ("shape", "dtype", "size", "norm")
    if console.width - width_of(figures, rows) < NARROWEST_NAME:
        figures, rows = figures[2:], [(row[0], *row[3:]) for row in rows]
    drawn, taken = table(heads[report.kind], *figures), width_of(figures, rows)
    for name, *cells in rows:
        drawn.add_row(plain(tail(name, console.width - taken)), *cells)
    if len(ordered) > MOST_NAMES:
        drawn.add_row(f"and {len(ordered) - MOST_NAMES} more (see --json)")
    console.print(drawn)
    console.print()


def _other_row(name: str, shape: str, form: str, found: Sequence[OtherParameter]) -> tuple[str, ...]:
    label = f"{name}  {len(found)}×" if len(found) > 1 else found[0].name
    norms = [each.norm for each in found if each.norm is not None]
    total = math.sqrt(sum(norm**2 for norm in norms)) if norms else None
    nbytes = size(sum(each.nbytes for each in found))
    return (
        label if form in ("tensor", "changed") else f"{label}  {form}",
        shape,
        found[0].dtype,
        nbytes,
        number(total),
    )


def _print_reasons(console: Console, report: InspectReport) -> None:
    """Why modules have no spectrum, each reason once."""
    reasons: dict[str, list[ModuleSpectrum]] = {}
    for each in report.modules:
        if each.reason and each.finite:
            reasons.setdefault(each.reason, []).append(each)
    for reason, modules in reasons.items():
        console.print(
            f"[yellow]no spectrum[/] of {_names([each.module for each in modules])}: {plain(reason)}"
        )


def _print_flags(console: Console, report: InspectReport) -> None:
    for flag in report.flags:
        for line in _flag_lines(flag, report):
            console.print(line)
    if report.flags:
        console.print()


def _flag_lines(flag: Flag, report: InspectReport) -> list[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    whole = len(flag.modules) == len(report.modules) > 1
    where = f"all {len(flag.modules)} modules" if whole else _names(flag.modules)
    return [
        Text.from_markup(f"[bold yellow]! {flag.code}[/]  {where}"),
        Padding(plain(flag.meaning), (0, 0, 0, 2)),
        Padding(f"[dim]→ {plain(flag.advice)}[/]", (0, 0, 0, 2)),
    ]


def _names(names: Sequence[str]) -> str:
    first = plain(tail(names[0], 48))
    return first if len(names) == 1 else f"{first} and {len(names) - 1} more"
