"""The one place that draws: progress on stderr, results on stdout, as tables or as JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lorasurgery.surgery.card import percent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from lorasurgery.surgery.report import ExtractReport, Forecast, ModuleReport
    from lorasurgery.surgery.workers import Progress

# More modules than this are drawn as one row for each kind of module, with the spread over the layers.
MOST_ROWS = 48
# Rows of a list of parameters before it is cut short; --json has them all.
MOST_NAMES = 12


@contextmanager
def progress(title: str) -> Iterator[Progress | None]:
    """A bar with bytes and the time left, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as bars

    with bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.DownloadColumn(),
        bars.TimeRemainingColumn(),
        console=_console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def extraction(report: ExtractReport, *, as_json: bool) -> None:
    """Draw what an extraction found."""
    if as_json:
        print(json.dumps(report.as_json(), indent=2))
        return
    console = _console()
    console.print(_modules(report.modules))
    _print_list(
        console, "kept as it is", [(k.name, k.form, size(k.nbytes), _share(k.share)) for k in report.kept]
    )
    _print_list(
        console, "left out", [(lost.name, lost.reason, "", _share(lost.share)) for lost in report.lost]
    )
    for note in report.notes:
        console.print(f"[dim]note[/] {_plain(note)}")
    adapted = sum(module.rank > 0 for module in report.modules)
    same = f", {report.unchanged} parameters unchanged" if report.unchanged else ""
    console.print(
        f"[bold]{adapted}[/] modules adapted{same}; the factors keep [bold]{percent(report.energy_kept)}[/] of their ‖ΔW‖², "
        f"the adapter [bold]{percent(report.accounted)}[/] of the whole change."
    )
    console.print(
        f"wrote [bold]{_plain(report.output)}/[/]  {size(report.nbytes)}, {report.nbytes / report.model_nbytes:.1%} of the model"
    )


def forecast(planned: Forecast, *, as_json: bool) -> None:
    """Draw what an extraction would write."""
    if as_json:
        print(json.dumps(planned.as_json(), indent=2))
        return
    console = _console()
    console.print(f"would write [bold]{_plain(planned.output)}/[/]  {planned.bound}")
    console.print(
        f"{planned.factored} matrices to factorise, {planned.measured} parameters to compare; "
        f"reads {size(planned.read_nbytes)}, peak memory about {size(planned.peak_nbytes)}"
    )
    for note in planned.notes:
        console.print(f"[dim]note[/] {_plain(note)}")


def size(nbytes: int) -> str:
    """Bytes with a unit, three digits."""
    value, unit = float(nbytes), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(
        stderr=stderr, highlight=False, soft_wrap=not (sys.stderr if stderr else sys.stdout).isatty()
    )


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _modules(modules: Sequence[ModuleReport]) -> Table:
    grouped = len(modules) > MOST_ROWS
    table = _table(
        "modules" if grouped else "module", "shape", "rank", "energy kept", "residual/ΔW", "residual/W"
    )
    for row in _by_kind(modules) if grouped else map(_row, modules):
        table.add_row(*row)
    return table


def _row(module: ModuleReport) -> tuple[str, ...]:
    shape = "×".join(map(str, module.shape))
    kept = percent(module.energy_kept)
    return (
        module.module,
        shape,
        str(module.rank),
        kept,
        f"{module.residual:.4f}",
        f"{module.residual_to_base:.1e}",
    )


def _by_kind(modules: Sequence[ModuleReport]) -> list[tuple[str, ...]]:
    """A row for each kind of module: names that differ in their numbers alone."""
    kinds: dict[tuple[str, str], list[ModuleReport]] = {}
    for module in modules:
        shape = "×".join(map(str, module.shape))
        kinds.setdefault((re.sub(r"\b\d+\b", "*", module.module), shape), []).append(module)
    return [
        (
            f"{name}  ({len(group)})" if len(group) > 1 else group[0].module,
            shape,
            _spread([m.rank for m in group], "{}"),
            _spread([100 * m.energy_kept for m in group], "{:.1f}") + " %",
            _spread([m.residual for m in group], "{:.3f}"),
            _spread([m.residual_to_base for m in group], "{:.1e}"),
        )
        for (name, shape), group in kinds.items()
    ]


def _spread(values: Sequence[float], form: str) -> str:
    low, high = form.format(min(values)), form.format(max(values))
    return low if low == high else f"{low}..{high}"


def _table(first: str, *others: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _print_list(console: Console, title: str, rows: Sequence[tuple[str, str, str, str]]) -> None:
    if not rows:
        return
    table = _table(title, "form" if title != "left out" else "reason", "size", "share of change")
    for row in rows[:MOST_NAMES]:
        table.add_row(*row)
    if len(rows) > MOST_NAMES:
        table.add_row(f"... and {len(rows) - MOST_NAMES} more", "", "", "")
    console.print(table)


def _share(share: float | None) -> str:
    return "new" if share is None else percent(share)
