"""Draws what an inspection found: a table of spectra, a map of where the change is, what is wrong, and the totals in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.cli.draw import (
    NARROWEST_NAME,
    common_stem,
    count,
    plain,
    size,
    table,
    tail,
    width_of,
    without_numbers,
)
from lorasurgery.surgery.extraction.card import percent
from lorasurgery.surgery.inspection.group import OUTSIDE, Group, Map, brief_names, grouped, heat_map
from lorasurgery.surgery.inspection.report import RANKS, Flag, InspectReport, ModuleSpectrum, Other
from lorasurgery.surgery.wording import times

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

# More modules than this are drawn by kind where nothing else is asked for.
MOST_MODULES = 24
# The cut that is judged where nothing else is asked for.
USUAL_RANK = 16
# Rows of the map; more layers are put together.
MOST_LAYERS = 24
# Rows of a list of parameters before it is cut short; --json has them all.
MOST_NAMES = 8
BARS = "▁▂▃▄▅▆▇█"
# Below this share of the largest a value is the rounding of float32 or less, and no bar.
NOTHING = 1e-6
SHADES = "·░▒▓█"
SORTS: dict[str, Callable[[Group], float]] = {
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
    cell: Callable[[Group], str]


def overview(
    console: Console, report: InspectReport, *, by: str | None, sort: str, heat: str, rank: int | None
) -> None:
    """Draw the whole screen; `rank` is the cut that is judged, and one is chosen where it is None."""
    for line in joined(_title(report), console.width):
        console.print(line)
    console.print()
    if report.modules:
        is_short = len(report.modules) <= MOST_MODULES and report.seen
        by = by or ("module" if is_short else "kind")
        _print_table(console, report, by, sort)
        _print_map(console, report, heat)
    _print_others(console, report)
    _print_reasons(console, report)
    _print_flags(console, report)
    for note in report.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    for facts in _totals(report, rank or _telling_cut(report)):
        for line in joined(facts, console.width):
            console.print(line)


def _telling_cut(report: InspectReport) -> int:
    """The usual rank, or half of what the adapter has where that is less."""
    most = max((len(each.sigma) for each in report.seen), default=0)
    return USUAL_RANK if most > USUAL_RANK else max(1, most // 2)


def joined(parts: Sequence[str], width: int) -> list[str]:
    """Facts on as few lines as the screen allows, none of them broken."""
    from rich.text import Text

    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and Text.from_markup(longer).cell_len <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _title(report: InspectReport) -> list[str]:
    about = [f"[bold]{plain(report.name)}[/]"]
    if report.kind == "adapter":
        variants = sorted({each.variant for each in report.modules})
        about += [f"{report.format}: {', '.join(variants) or 'nothing low-rank'}"]
    about.append(_counted(report))
    about.append(size(report.nbytes))
    if report.base:
        about.append(f"{'from' if report.kind == 'pair' else 'on'} {plain(report.base)}")
    return about


def _counted(report: InspectReport) -> str:
    """How many modules an adapter has, or matrices a checkpoint."""
    if report.kind == "adapter":
        return count(len(report.modules), "module")
    return f"{len(report.modules)} {'matrix' if len(report.modules) == 1 else 'matrices'}"


def _print_table(console: Console, report: InspectReport, by: str, sort: str) -> None:
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


def _columns(report: InspectReport, groups: Sequence[Group]) -> list[Column]:
    """All columns that have something to say, as they stand from left to right."""
    columns = [
        Column(
            "shape",
            5,
            lambda group: " ".join(map(times, group.shapes[:1])) + (" …" if len(group.shapes) > 1 else ""),
        ),
        Column("rank", 1, lambda group: _spread(group.ranks)),
        Column("σ₁", 2, lambda group: _number(group.median(lambda each: each.sigma[0]))),
        *(_energy_column(rank) for rank in RANKS),
        Column("dtype", 4, lambda group: group.modules[0].dtype if report.kind == "checkpoint" else ""),
        Column(
            "size",
            4,
            lambda group: (
                size(sum(each.nbytes for each in group.modules)) if report.kind == "checkpoint" else ""
            ),
        ),
        Column("stable", 4, lambda group: _number(group.median(lambda each: each.stable_rank))),
        Column("effective", 6, lambda group: _number(group.median(lambda each: each.effective_rank))),
        Column("edge", 2, _edge),
        Column("ΔW/W", 3, lambda group: "" if group.relative is None else percent(group.relative)),
        Column("B/A", 8, lambda group: _number(group.median(lambda each: each.balance))),
        Column("share", 3, lambda group: percent(group.share) if group.seen else ""),
        Column("spectrum", 0, lambda group: sparkline(group.spectrum)),
    ]
    return [column for column in columns if any(column.cell(group) for group in groups)]


def _energy_column(rank: int) -> Column:
    order = {16: 3, 8: 5, 32: 6, 4: 7, 64: 7}[rank]

    def cell(group: Group) -> str:
        kept = group.kept_at(rank)
        # From the stored rank on there is nothing more to keep.
        holds_all = all(each.complete and len(each.sigma) <= rank for each in group.seen)
        return "" if kept is None or holds_all else percent(kept)

    return Column(f"E{rank}", order, cell)


def _edge(group: Group) -> str:
    if all(each.noise_edge is None for each in group.seen) or not group.seen:
        return ""
    known = sorted(each.edge_rank for each in group.seen if each.edge_rank is not None)
    if len(known) < len(group.seen):
        return f">{max(len(each.sigma) for each in group.seen if each.edge_rank is None)}"
    return _spread(known)


def _fitting(columns: list[Column], groups: Sequence[Group], width: int) -> list[Column]:
    """Leave columns out, the least telling first, until a name has its room."""
    while len(columns) > 1 and width - sum(_width(each, groups) for each in columns) < NARROWEST_NAME:
        last = max(columns, key=lambda each: each.rank)
        columns = [each for each in columns if each is not last]
    return columns


def _width(column: Column, groups: Sequence[Group]) -> int:
    return 3 + max(len(column.head), *(len(column.cell(group)) for group in groups))


def _spread(values: Sequence[int]) -> str:
    if not values:
        return ""
    return str(values[0]) if values[0] == values[-1] else f"{values[0]}–{values[-1]}"


def _number(value: float | None) -> str:
    """Three digits, without an exponent where it reads well."""
    if value is None:
        return ""
    if value == 0 or 0.01 <= abs(value) < 1000:
        return f"{value:.3g}"
    return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")


def sparkline(values: Sequence[float], width: int = 12) -> str:
    """σᵢ/σ₁ in at most `width` columns: the first ones, then ever fewer, down to the last; what is next to nothing is blank."""
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


def _print_map(console: Console, report: InspectReport, heat: str) -> None:
    drawn = heat_map(report, heat)
    if drawn is None:
        return
    titles = {
        "energy": "where the change is: % of all ‖ΔW‖²",
        "rank": "rank that keeps 90 % of each module's ‖ΔW‖²",
    }
    if report.kind == "checkpoint":
        titles["energy"] = "where the weight is: % of all ‖W‖²"
    console.print(f"[bold]{titles[heat]}[/]")
    together = sum if heat == "energy" else max
    for line in _map_lines(drawn, console.width, together):
        console.print(line)
    console.print()


def _map_lines(drawn: Map, width: int, together: Callable[[Iterable[float]], float]) -> list[Text]:
    from rich.text import Text

    layers, cells = _binned(drawn, together)
    label = max(len("layer"), *map(len, layers))
    widths = [max(len(kind), 7) for kind in drawn.kinds]
    shown = len(widths)
    while shown > 1 and label + sum(3 + each for each in widths[:shown]) > width:
        shown -= 1
    known = [value for row in cells for value in row if value is not None]
    high = max(known)
    fractional = any(value != int(value) for value in known)
    head = "layer".ljust(label) + "".join(
        "   " + kind.rjust(each) for kind, each in zip(drawn.kinds[:shown], widths, strict=False)
    )
    lines = [Text(head, style="dim")]
    for name, row in zip(layers, cells, strict=True):
        line = Text(name.rjust(label))
        for value, each in zip(row[:shown], widths, strict=False):
            line.append("   ").append_text(_cell(value, high, each, fractional=fractional))
        lines.append(line)
    if shown < len(drawn.kinds):
        lines.append(
            Text(
                f"and {count(len(drawn.kinds) - shown, 'kind')} more (a wider terminal shows all)",
                style="dim",
            )
        )
    return lines


def _cell(value: float | None, high: float, width: int, *, fractional: bool) -> Text:
    from rich.text import Text

    if value is None:
        return Text("".rjust(width))
    index = min(len(SHADES) - 1, int(value / high * len(SHADES))) if high else 0
    colours = ("bright_black", "blue", "cyan", "yellow", "bold red")
    figure = f"{value:.1f}" if fractional else f"{value:.0f}"
    return Text(f"{SHADES[index] * 2} {figure.rjust(4)}".rjust(width), style=colours[index])


def _binned(
    drawn: Map, together: Callable[[Iterable[float]], float]
) -> tuple[list[str], list[list[float | None]]]:
    """Consecutive layers put together, where there are too many for the screen."""
    step = -(-len(drawn.layers) // MOST_LAYERS)
    names, rows = [], []
    for start in range(0, len(drawn.layers), step):
        part = drawn.layers[start : start + step]
        names.append(part[0] if len(part) == 1 else f"{part[0]}–{part[-1]}")
        columns = zip(*drawn.cells[start : start + step], strict=True)
        known = ([value for value in column if value is not None] for column in columns)
        rows.append([together(values) if values else None for values in known])
    return names, rows


def _print_others(console: Console, report: InspectReport) -> None:
    if not report.others:
        return
    heads = {"adapter": "carried whole", "pair": "changed, not decomposed", "checkpoint": "other tensors"}
    alike: dict[tuple[str, str, str], list[Other]] = {}
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


def _other_row(name: str, shape: str, form: str, found: Sequence[Other]) -> tuple[str, ...]:
    label = f"{name}  {len(found)}×" if len(found) > 1 else found[0].name
    norms = [each.norm for each in found if each.norm is not None]
    total = math.sqrt(sum(norm**2 for norm in norms)) if norms else None
    nbytes = size(sum(each.nbytes for each in found))
    return (
        label if form in ("tensor", "changed") else f"{label}  {form}",
        shape,
        found[0].dtype,
        nbytes,
        _number(total),
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


def _totals(report: InspectReport, rank: int) -> list[list[str]]:
    """Plain sentences: what rank is enough, who carries the change, what a cut would cost."""
    if not report.seen:
        return [
            [
                "no matrices"
                if report.kind == "checkpoint" or not report.modules
                else "[bold]nothing changes[/]"
            ]
        ]
    what = "‖W‖²" if report.kind == "checkpoint" else "‖ΔW‖²"
    lines = [_enough(report, what), _carriers(report)]
    kept = report.kept_at(rank)
    if kept is not None:
        lost = "nothing" if 1 - kept < 1e-9 else f"{percent(1 - kept)} of it"
        lines.append([f"a rank-{rank} cut of every module would lose {lost}"])
    above = [each.edge_rank for each in report.seen if each.edge_rank is not None]
    if above and len(above) == len(report.seen):
        lines.append([f"above the noise edge: rank [bold]{_spread(sorted(above))}[/]"])
    if report.kind == "pair":
        others = count(len(report.others), "other parameter")
        lines.append([f"{_counted(report)} and {others} changed", f"{report.unchanged} unchanged"])
    if not report.flags:
        lines.append(["[green]health: nothing to flag[/]"])
    return lines


def _enough(report: InspectReport, what: str) -> list[str]:
    most = max(len(each.sigma) for each in report.seen)
    ranks = [report.rank_for(share) for share in (0.9, 0.99)]
    first, second = (f"more than {most}" if rank is None else str(rank) for rank in ranks)
    return [f"rank [bold]{first}[/] keeps 90 % of {what}", f"rank [bold]{second}[/] keeps 99 %"]


def _carriers(report: InspectReport) -> list[str]:
    """The kind and the layer with the largest share, where there are several to choose from."""
    parts = []
    for by in ("kind", "layer"):
        groups = [group for group in grouped(report, by) if group.seen and group.label != OUTSIDE]
        if len(groups) > 1:
            top = max(groups, key=lambda group: group.share)
            parts.append(f"largest {by}: [bold]{plain(top.label)}[/], {percent(top.share)}")
    return parts
