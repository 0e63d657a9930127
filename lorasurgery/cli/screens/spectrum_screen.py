"""Draws the spectrum of one module: singular values on a log axis, and their cumulative energy."""

from __future__ import annotations

import sys
from itertools import accumulate
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import joined, plain
from lorasurgery.cli.screens.inspect_totals import USUAL_RANK
from lorasurgery.surgery.inspection.inspect_report import ModuleSpectrum
from lorasurgery.text import percent, times

if TYPE_CHECKING:
    from rich.console import Console

# What frame and labels of a chart take beside its area.
FRAME = 10
LEAST_WIDTH, MOST_WIDTH, HEIGHT = 24, 72, 12
# Two charts stand side by side from this width on.
SIDE_BY_SIDE = 2 * (LEAST_WIDTH + FRAME)
# Where singular values are zero, the axis ends so far below σ₁.
FLOOR = 1e-9


def spectrum(console: Console, module: ModuleSpectrum, rank: int | None) -> None:
    """Draw one module; `rank` is the one that is marked."""
    rank = rank or min(USUAL_RANK, max(1, len(module.sigma) // 2))
    for line in joined(_title(module), console.width):
        console.print(line)
    if not module.has_spectrum or not module.energy:
        console.print(
            f"no spectrum: {plain(module.reason or ('not finite' if not module.finite else 'ΔW is zero'))}"
        )
        return
    for line in (*joined(_figures(module), console.width), *joined(_marks(module, rank), console.width)):
        console.print(line)
    across = console.width // 2 if console.width >= SIDE_BY_SIDE else console.width
    width = max(LEAST_WIDTH, min(MOST_WIDTH, across - FRAME))
    charts = [_values(module, rank, width), _energy(module, rank, width)]
    _print_charts(console, charts, beside=console.width >= SIDE_BY_SIDE, across=width + FRAME)


def _title(module: ModuleSpectrum) -> list[str]:
    parts = [f"[bold]{plain(module.module)}[/]", times(module.shape), module.variant, module.dtype]
    return [part for part in parts if part]


def _figures(module: ModuleSpectrum) -> list[str]:
    name = "‖W‖" if module.variant == "weight" else "‖ΔW‖"
    figures = [f"σ₁ {module.sigma[0]:.4g}", f"{name} {module.change:.4g}"]
    figures.append(f"stable rank {module.stable_rank:.3g}")
    if module.effective_rank is not None:
        figures.append(f"effective rank {module.effective_rank:.3g}")
    if module.relative is not None:
        figures.append(f"‖ΔW‖/‖W‖ {percent(module.relative)}")
    if not module.complete:
        figures.append(f"the {len(module.sigma)} leading values (--full for all)")
    return figures


def _marks(module: ModuleSpectrum, rank: int) -> list[str]:
    """What the lines in the charts stand for."""
    marks = []
    kept = module.energy_at(rank)
    if kept is not None and rank < len(module.sigma):
        marks.append(f"│ rank {rank} keeps {percent(kept)}")
    if module.noise_edge:
        above = module.edge_rank
        known = f"all {len(module.sigma)} known" if above is None else str(above)
        marks.append(f"─ noise edge {module.noise_edge:.3g}, {known} values above it")
    return marks


def _values(module: ModuleSpectrum, rank: int, width: int) -> list[str]:
    floor = module.sigma[0] * FLOOR
    values = [max(value, floor) for value in module.sigma]
    edge = module.noise_edge
    levels = [edge] if edge and edge > floor else []
    return _chart(values, width, "singular values, log", log=True, rank=rank, levels=levels)


def _energy(module: ModuleSpectrum, rank: int, width: int) -> list[str]:
    held = accumulate(value**2 for value in module.sigma)
    shares = [100 * value / module.energy for value in held]
    return _chart(shares, width, "cumulative energy, %", log=False, rank=rank, levels=[])


def _chart(
    values: list[float], width: int, title: str, *, log: bool, rank: int, levels: list[float]
) -> list[str]:
    from uniplot import plot_to_string

    low = min([*values, *levels]) if log else 0.0
    high = max([*values, *levels]) if log else 100.0
    if low == high:
        low, high = low / 2, high * 2
    drawn = plot_to_string(
        xs=[*range(1, len(values) + 1)],
        ys=values,
        y_as_log=log,
        y_min=low,
        y_max=high,
        x_min=1,
        x_max=max(2, len(values)),
        width=width,
        height=HEIGHT,
        lines=True,
        color=False,
        title=title,
        character_set="braille" if sys.stdout.isatty() else "ascii",
        x_gridlines=[rank] if 1 < rank < len(values) else [],
        y_gridlines=levels,
    )
    return list(drawn.splitlines())


def _print_charts(console: Console, charts: list[list[str]], *, beside: bool, across: int) -> None:
    if beside:
        height = max(map(len, charts))
        left, right = ([*chart, *[""] * (height - len(chart))] for chart in charts)
        lines = [f"{one.ljust(across)}{other}".rstrip() for one, other in zip(left, right, strict=True)]
    else:
        lines = [line.rstrip() for chart in charts for line in chart]
    from rich.text import Text

    for line in lines:
        drawn = Text(line, no_wrap=True, overflow="crop")
        drawn.highlight_regex(r"[\u2801-\u28ff+]", "bold cyan")
        console.print(drawn)
