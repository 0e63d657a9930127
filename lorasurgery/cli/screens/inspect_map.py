"""The map of an inspection: layers by kinds of modules, shaded by energy or by the rank that is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lorasurgery.surgery.inspection.grouping import LayerMap, heat_map
from lorasurgery.surgery.inspection.inspect_report import InspectReport
from lorasurgery.text import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# Rows of the map; more layers are put together.
MOST_LAYERS = 24
SHADES = "·░▒▓█"


def print_map(console: Console, report: InspectReport, heat: str) -> None:
    """Draw the map of `heat` (energy, or rank), where there are layers."""
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


def _map_lines(drawn: LayerMap, width: int, together: Callable[[Iterable[float]], float]) -> list[Text]:
    from rich.text import Text

    layers, cells = _binned(drawn, together)
    label = max(len("layer"), *map(len, layers))
    widths = [max(len(kind), 7) for kind in drawn.kinds]
    shown = _columns_that_fit(cells, widths, width - label)
    known = [value for row in cells for value in row if value is not None]
    high = max(known)
    fractional = any(value != int(value) for value in known)
    head = "layer".ljust(label) + "".join("   " + drawn.kinds[i].rjust(widths[i]) for i in shown)
    lines = [Text(head, style="dim")]
    for name, row in zip(layers, cells, strict=True):
        line = Text(name.rjust(label))
        for i in shown:
            line.append("   ").append_text(_cell(row[i], high, widths[i], fractional=fractional))
        lines.append(line)
    if len(shown) < len(drawn.kinds):
        lines.append(
            Text(
                f"and {counted(len(drawn.kinds) - len(shown), 'kind')} more (a wider terminal shows all)",
                style="dim",
            )
        )
    return lines


def _columns_that_fit(cells: Sequence[Sequence[float | None]], widths: Sequence[int], room: int) -> list[int]:
    """The columns with the largest sums that fit, in their own order, and at least the largest."""
    sums = [sum(value or 0 for value in column) for column in zip(*cells, strict=True)]
    largest, *others = sorted(range(len(widths)), key=lambda index: (-sums[index], index))
    shown, left = [largest], room - 3 - widths[largest]
    for index in others:
        if 3 + widths[index] <= left:
            shown.append(index)
            left -= 3 + widths[index]
    return sorted(shown)


def _cell(value: float | None, high: float, width: int, *, fractional: bool) -> Text:
    from rich.text import Text

    if value is None:
        return Text("".rjust(width))
    index = min(len(SHADES) - 1, int(value / high * len(SHADES))) if high else 0
    colours = ("bright_black", "blue", "cyan", "yellow", "bold red")
    figure = f"{value:.1f}" if fractional else f"{value:.0f}"
    return Text(f"{SHADES[index] * 2} {figure.rjust(4)}".rjust(width), style=colours[index])


def _binned(
    drawn: LayerMap, together: Callable[[Iterable[float]], float]
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
