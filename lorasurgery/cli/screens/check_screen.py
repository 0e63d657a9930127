"""Draws what `check` found: modules by kind with their fate, the reasons, what to do, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import plain, print_notes, table, tail, without_numbers
from lorasurgery.text import natural_key

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.surgery.check import CheckReport
    from lorasurgery.targets import FileRefusal, Landing

# Columns that are left to the figures and the server's names on a narrow screen.
SERVED_WIDTH = 44
COLOURS = {"lands": "green", "altered": "yellow", "ignored": "yellow", "refused": "red", "unknown": "dim"}


def checked(console: Console, report: CheckReport, *, by: str = "kind") -> None:
    """Print a row for each kind of module or for each module, and the verdict last."""
    rows = _grouped(report.modules, by)
    if rows:
        shown = table("module", "modules", "fate", "served as")
        shown.columns[2].justify = shown.columns[3].justify = "left"
        width = console.width - SERVED_WIDTH
        for (name, fate, served, _), landings in rows.items():
            shown.add_row(
                plain(tail(name, width)),
                str(len(landings)),
                f"[{COLOURS[fate]}]{fate}[/]",
                plain(_served(name, served, fate)),
            )
        console.print(shown)
        console.print()
    for line in _reasons(rows.values(), report.refusals):
        console.print(line, soft_wrap=False)
    if report.all_land and report.options:
        console.print(f"start {report.target} with: {plain(' '.join(report.options))}")
    print_notes(console, report.notes)
    console.print(f"[bold]{plain(report.verdict)}[/]")


def _grouped(landings: Sequence[Landing], by: str) -> dict[tuple[str, str, str, str], list[Landing]]:
    """Modules that differ in nothing but their numbers, in the order of the model."""
    rows: dict[tuple[str, str, str, str], list[Landing]] = {}
    for each in sorted(landings, key=lambda landing: natural_key(landing.module)):
        names = (each.module, each.fate, each.served, each.reason)
        key = names if by == "module" else tuple(map(without_numbers, names))
        rows.setdefault(key, []).append(each)  # type: ignore[arg-type]
    return rows


def _served(module: str, served: str, fate: str) -> str:
    """The server's name as far as it says more than the module's own: `in qkv_proj` of a packed part."""
    layer, _, whole = served.partition(" in ")
    inside = f"in {whole.rpartition('.')[2]}" if whole else ""
    same = "the same name" if fate in ("lands", "altered") else ""
    return (inside or same) if layer == module else f"{layer} {inside}".strip()


def _reasons(rows: Iterable[list[Landing]], refusals: Sequence[FileRefusal]) -> Iterator[str]:
    """Each reason once, with the way out. Modules without one share the refusal of the whole file."""
    seen: dict[tuple[str, str, str], int] = {}
    for landings in rows:
        each = landings[0]
        if each.fate != "lands" and each.reason:
            key = (each.fate, each.reason, each.way_out)
            seen[key] = seen.get(key, 0) + len(landings)
    for (fate, reason, way_out), number in seen.items():
        yield _sentence(f"{number} {fate}", COLOURS[fate], reason, way_out)
    for refusal in refusals:
        yield _sentence("the file is refused", "red", refusal.reason, refusal.way_out)


def _sentence(label: str, colour: str, reason: str, way_out: str) -> str:
    after = f"; {plain(way_out)}" if way_out else ""
    return f"[{colour}]{plain(label)}[/]: {plain(reason)}{after}"
