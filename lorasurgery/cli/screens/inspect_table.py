"""The table of an inspection: a row for each group of modules, as many columns as the screen has room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import NARROWEST_NAME, common_stem, plain, size, table, tail
from lorasurgery.surgery.inspection.grouping import ModuleGroup, brief_names, grouped
from lorasurgery.surgery.inspection.inspect_report import RANKS, InspectReport
from lorasurgery.text import percent, times

if TYPE_CHECKING:
    from rich.console import Console

BARS = "▁▂▃▄▅▆▇█"
# Below this share of the largest a value is the rounding of float32 or less, and no bar.
NOTHING = 1e-6
SORTS: dict[str, Callable[[ModuleGroup], float]] = {
    "share": lambda group: -group.share,
    "sigma": lambda group: -(group.median(lambda each: each.sigma[0]) or 0),
    "stable": lambda group: -(group.median(lambda each: each.stable_rank) or 0),
    "relative": lambda group: -(group.relative or 0),
}


@dataclass(frozen=True)
class Column:
    """A column of the table; where the screen is narrow, those of the highest `rank` go first."""

    head: str
    rank: int
    cell: Callable[[ModuleGroup], str]


def print_table(console: Console, report: InspectReport, by: str, sort: str) -> None:
    """Draw the table of groups by kind, layer or module; `sort` is their own order, or a key of `SORTS`."""
    groups = grouped(report, by)
    if sort in SORTS:
        groups = sorted(groups, key=SORTS[sort])
    columns = _fitting(_columns(report, groups), groups, console.width)
    stem = common_stem([group.label for group in groups]) if by == "module" else ""
    drawn = table(f"{by}, in {plain(stem)}" if stem else by, *(column.head for column in columns))
    drawn.columns[-1].justify = "left"
    left = console.width - sum(_width(column, groups) for column in columns)
    labels = {group.label: group.label.removeprefix(f"{stem}.") if stem else group.label for group in groups}
    if by == "module" and max(map(len, labels.values())) > left:
        labels = brief_names(report.modules)
    for group in groups:
        label = labels[group.label]
        name = f"{label}  {len(group.modules)}×" if len(group.modules) > 1 else label
        drawn.add_row(plain(tail(name, left)), *(column.cell(group) for column in columns))
    console.print(drawn)
    console.print()


def _columns(report: InspectReport, groups: Sequence[ModuleGroup]) -> list[Column]:
    """All columns that have something to say, as they stand from left to right."""
    columns = [
        Column(
            "shape",
            5,
            lambda group: " ".join(map(times, group.shapes[:1])) + (" …" if len(group.shapes) > 1 else ""),
        ),
        Column("rank", 1, lambda group: spread(group.ranks)),
        Column("σ₁", 2, lambda group: number(group.median(lambda each: each.sigma[0]))),
        *(_energy_column(rank) for rank in RANKS),
        Column("dtype", 4, lambda group: group.modules[0].dtype if report.kind == "checkpoint" else ""),
        Column(
            "size",
            4,
            lambda group: (
                size(sum(each.nbytes for each in group.modules)) if report.kind == "checkpoint" else ""
            ),
        ),
        Column("stable", 4, lambda group: number(group.median(lambda each: each.stable_rank))),
        Column("effective", 6, lambda group: number(group.median(lambda each: each.effective_rank))),
        Column("edge", 2, _edge),
        Column("ΔW/W", 3, lambda group: "" if group.relative is None else percent(group.relative)),
        Column("B/A", 8, lambda group: number(group.median(lambda each: each.balance))),
        Column("share", 3, lambda group: percent(group.share) if group.seen else ""),
        Column("spectrum", 0, lambda group: sparkline(group.spectrum)),
    ]
    return [column for column in columns if any(column.cell(group) for group in groups)]


def _energy_column(rank: int) -> Column:
    order = {16: 3, 8: 5, 32: 6, 4: 7, 64: 7}[rank]

    def cell(group: ModuleGroup) -> str:
        kept = group.kept_at(rank)
        # From the stored rank on there is nothing more to keep.
        holds_all = all(each.complete and len(each.sigma) <= rank for each in group.seen)
        return "" if kept is None or holds_all else percent(kept)

    return Column(f"E{rank}", order, cell)


def _edge(group: ModuleGroup) -> str:
    if all(each.noise_edge is None for each in group.seen) or not group.seen:
        return ""
    known = sorted(each.edge_rank for each in group.seen if each.edge_rank is not None)
    if len(known) < len(group.seen):
        return f">{max(len(each.sigma) for each in group.seen if each.edge_rank is None)}"
    return spread(known)


def _fitting(columns: list[Column], groups: Sequence[ModuleGroup], width: int) -> list[Column]:
    """Leave columns out, the least telling first, until a name has its room."""
    while len(columns) > 1 and width - sum(_width(each, groups) for each in columns) < NARROWEST_NAME:
        last = max(columns, key=lambda each: each.rank)
        columns = [each for each in columns if each is not last]
    return columns


def _width(column: Column, groups: Sequence[ModuleGroup]) -> int:
    return 3 + max(len(column.head), *(len(column.cell(group)) for group in groups))


def spread(values: Sequence[int]) -> str:
    """The first and the last of sorted numbers."""
    if not values:
        return ""
    return str(values[0]) if values[0] == values[-1] else f"{values[0]}–{values[-1]}"


def number(value: float | None) -> str:
    """Three digits, without an exponent where it reads well."""
    if value is None:
        return ""
    if value == 0 or 0.01 <= abs(value) < 1000:
        return f"{value:.3g}"
    return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")


def sparkline(values: Sequence[float], width: int = 12) -> str:
    """Draw σᵢ/σ₁ in at most `width` columns: the first ones, then ever fewer, down to the last.

    What is next to nothing is blank.
    """
    if len(values) <= width:
        picked = list(values)
    else:
        index, picked = 0, []
        for column in range(width):
            index = max(index + 1, round(len(values) ** (column / (width - 1))))
            picked.append(values[index - 1])
    return "".join(map(_bar, picked)).ljust(width if values else 0)


def _bar(value: float) -> str:
    return BARS[min(len(BARS) - 1, int(value * len(BARS)))] if value > NOTHING else " "
