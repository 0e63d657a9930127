"""Draws what changed between two checkpoints: the changed tensors by kind, counts, and a verdict."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import (
    NARROWEST_NAME,
    first_of,
    plain,
    print_notes,
    spread,
    table,
    tail,
    width_of,
    without_numbers,
)
from lorasurgery.surgery.comparison.diff_report import DiffReport
from lorasurgery.surgery.comparison.tensor_diff import TensorDiff
from lorasurgery.text import counted, in_percent, ranks_in_words, times

if TYPE_CHECKING:
    from rich.console import Console

# More rows than this are left to --json.
MOST_ROWS = 24
HEADS: tuple[str, ...] = ("shape", "what", "differ", "ulps", "‖ΔW‖/‖W‖")
# What a narrow screen goes without, the first first.
DISPENSABLE = ("shape", "ulps", "differ")
# What is said of tensors that did not change, in the order in which it is said.
STATES = {
    "equal": "equal",
    "widened": "equal in another dtype",
    "rounded": "equal but for rounding",
    "new": "in B alone",
    "gone": "in A alone",
    "unread": "not compared",
}
KINDS = {"codes": "quantised", "full": "changed", "": "changed"}
HOWS = {"renamed": "renamed", "tied": "tied", "part": "packed", "resized": "resized"}


def differences(console: Console, report: DiffReport) -> None:
    """Draw the whole screen."""
    if report.relation != "unrelated":
        changed = [each for each in report.tensors if each.state == "changed"]
        _print_changed(console, changed, report.row)
    for state, words in STATES.items():
        found = [each for each in report.tensors if each.state == state]
        if found:
            console.print(_line(found, words, report.row), style="dim")
    print_notes(console, report.notes)
    sampled = " [dim](sampled)[/]" if report.is_sampled else ""
    console.print(f"[bold]{plain(report.verdict)}[/]{sampled}")


def _line(found: Sequence[TensorDiff], words: str, row: str) -> str:
    """Say how many tensors are so, which one is the first, and what happened to their names and layout."""
    parts = [
        f"{_how_many(found, how)} {word}" for how, word in HOWS.items() if any(e.how == how for e in found)
    ]
    more = f" ({', '.join(parts)})" if parts else ""
    names = [each.title for each in found]
    return f"{counted(len(found), row)} {words}{more}: {first_of(names)}"


def _how_many(found: Sequence[TensorDiff], how: str) -> str:
    count = sum(each.how == how for each in found)
    return "all" if count == len(found) else str(count)


def _print_changed(console: Console, changed: Sequence[TensorDiff], row: str) -> None:
    if not changed:
        return
    groups: dict[tuple[str, str, tuple[int, ...]], list[TensorDiff]] = {}
    for each in changed:
        key = without_numbers(each.name or ""), each.change, each.other_shape
        groups.setdefault(key, []).append(each)
    rows: list[tuple[str, ...]] = [_row(found) for found in groups.values()]
    heads, rows = _columns(
        HEADS, rows, {head for at, head in enumerate(HEADS, 1) if any(row[at] for row in rows)}
    )
    for dispensable in DISPENSABLE:
        if console.width - width_of(heads, rows) < NARROWEST_NAME:
            heads, rows = _columns(heads, rows, {*heads} - {dispensable})
    taken = width_of(heads, rows)
    drawn = table(row, *heads)
    for name, *cells in rows[:MOST_ROWS]:
        drawn.add_row(plain(tail(name, console.width - taken)), *cells)
    if len(rows) > MOST_ROWS:
        drawn.add_row(f"and {len(rows) - MOST_ROWS} more kinds (see --json)")
    console.print(drawn)
    console.print()


def _columns(
    heads: Sequence[str], rows: Sequence[tuple[str, ...]], wanted: Set[str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the columns that are wanted, behind the names."""
    places = [at for at, head in enumerate(heads, 1) if head in wanted]
    return tuple(heads[at - 1] for at in places), [(row[0], *(row[at] for at in places)) for row in rows]


def _row(found: Sequence[TensorDiff]) -> tuple[str, ...]:
    first = found[0]
    name = without_numbers(first.title) if len(found) > 1 else first.title
    elements = sum(each.elements for each in found)
    differing = sum(each.differing for each in found)
    energy = sum(each.energy for each in found)
    ratio = (sum(each.change_energy for each in found) / energy) ** 0.5 if energy else float("inf")
    ulps = sorted({each.median_ulps for each in found if each.median_ulps})
    return (
        f"{name}  {len(found)}×" if len(found) > 1 else name,
        times(first.other_shape),
        _what(found),
        in_percent(differing / elements) if differing else "",
        spread([f"{each:,}" for each in ulps]),
        in_percent(ratio) if ratio < float("inf") else "",
    )


def _what(found: Sequence[TensorDiff]) -> str:
    first = found[0]
    how = f"{HOWS[first.how]}, " if first.how else ""
    if first.change in ("low-rank", "scaled"):
        ranks = ranks_in_words(each.rank for each in found)
        return f"{how}{ranks}" if first.change == "low-rank" else f"{how}rows scaled, {ranks}"
    return how + KINDS.get(first.change, first.change)
