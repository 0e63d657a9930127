"""The one place that draws: progress on stderr, results on stdout, as tables or as JSON."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.surgery.extraction.model_card import error_of
from lorasurgery.text import percent, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn
    from rich.table import Table

    from lorasurgery.surgery.extraction.extract_report import ExtractReport, Forecast, ModuleReport
    from lorasurgery.surgery.workers import Progress

# More modules than this are drawn as one row for each kind of module, with the spread over the layers.
MOST_ROWS = 48
# Rows of a list of parameters before it is cut short; --json has them all.
MOST_NAMES = 12
# Columns of what is not a terminal.
PIPE_WIDTH = 200
# Where less is left for names, the columns of errors give way.
NARROWEST_NAME = 24


@contextmanager
def progress(title: str) -> Iterator[Progress | None]:
    """A bar with bytes and the time left, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import DownloadColumn

    with bar(title, DownloadColumn()) as move:
        yield move


@contextmanager
def bar(title: str, *columns: ProgressColumn, **fields: Any) -> Iterator[Callable[..., None]]:
    """A bar on stderr, which is moved by what is done, how much there is, and what else its columns show.

    It begins when it is first moved: what a verb announces is printed before that, and a bar that is alive would be drawn into it.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    drawn = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        TimeRemainingColumn(),
        console=console_for(stderr=True),
        transient=True,
    )
    task = drawn.add_task(title, **fields)

    def move(done: int, total: int, **shown: Any) -> None:
        drawn.update(task, completed=done, total=total, **shown)
        drawn.start()

    try:
        yield move
    finally:
        drawn.stop()


def as_json(content: object) -> None:
    """Print a report for programs."""
    print(json.dumps(content, indent=2))


def extraction(report: ExtractReport, *, as_json: bool) -> None:
    """Draw what an extraction found."""
    if as_json:
        print(json.dumps(report.as_json(), indent=2))
        return
    console = console_for()
    console.print(_modules(report.modules, console.width))
    console.print()
    _print_rest(console, "kept as it is", "form", [(k.name, k.form, k.nbytes, k.share) for k in report.kept])
    _print_rest(console, "left out", "reason", [(x.name, x.reason, 0, x.share) for x in report.lost])
    for note in report.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    console.print(
        f"{count(sum(module.rank > 0 for module in report.modules), 'module')} adapted, "
        f"{count(len(report.kept), 'parameter')} kept as is, {len(report.lost)} left out, {report.unchanged} unchanged"
    )
    console.print(
        f"energy kept [bold]{percent(report.energy_kept)}[/] of the adapted modules' ‖ΔW‖², "
        f"[bold]{percent(report.accounted)}[/] of everything that changed"
    )
    share = percent(report.nbytes / report.model_nbytes)
    folder = "/" if Path(report.output).is_dir() else ""
    console.print(
        f"wrote  [bold]{plain(report.output)}{folder}[/]  {size(report.nbytes)}, {share} of the model"
    )


def count(number: int, noun: str) -> str:
    """`1 tensor`, `2 tensors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def forecast(planned: Forecast, *, as_json: bool) -> None:
    """Draw what an extraction would write."""
    if as_json:
        print(json.dumps(planned.as_json(), indent=2))
        return
    console = console_for()
    folder = "" if planned.is_file else "/"
    console.print(f"would write [bold]{plain(planned.output)}{folder}[/]  {planned.bound}")
    console.print(
        f"{planned.factored} matrices to factorise, {planned.measured} parameters to compare; "
        f"reads {size(planned.read_nbytes)}, peak memory about {size(planned.peak_nbytes)}"
    )
    for note in planned.notes:
        console.print(f"[dim]note[/] {plain(note)}")


def size(nbytes: int) -> str:
    """Bytes with a unit, three digits."""
    value, unit = float(nbytes), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"


def console_for(*, stderr: bool = False, record: bool = False) -> Console:
    """A console on stdout or stderr, as wide as the terminal; one that records can be saved as a picture of itself."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    # A pipe has no width of its own, and nothing in it should be cut to one.
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(file=stream, highlight=False, width=width, record=record)


def plain(text: str) -> str:
    """Text from files, fit for a terminal and without any markup of its own."""
    from rich.markup import escape

    return escape(printable(text))


def _modules(modules: Sequence[ModuleReport], width: int) -> Table:
    stem = common_stem([module.module for module in modules])
    rows = _by_kind(modules) if len(modules) > MOST_ROWS else [_row(module) for module in modules]
    heads: tuple[str, ...] = ("shape", "rank", "kept", "error/ΔW", "error/W")
    taken = width_of(heads, rows)
    if width - taken < NARROWEST_NAME:
        heads, rows = heads[:-2], [row[:-2] for row in rows]
        taken = width_of(heads, rows)
    drawn = table(f"module, in {plain(stem)}" if stem else "module", *heads)
    for name, *figures in rows:
        drawn.add_row(plain(tail(name.removeprefix(f"{stem}."), width - taken)), *figures)
    return drawn


def width_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """What the columns after the first take, with the blanks between them."""
    return sum(3 + max(map(len, column)) for column in zip(heads, *(row[1:] for row in rows), strict=True))


def common_stem(names: Sequence[str]) -> str:
    """The dotted path that all names begin with, the last part of each left to itself."""
    if len(names) < 2:
        return ""
    together = zip(*(name.split(".")[:-1] for name in names), strict=False)
    return ".".join(parts[0] for parts in itertools.takewhile(lambda parts: len(set(parts)) == 1, together))


def tail(name: str, width: int) -> str:
    """The end of a name that is too long: it tells modules apart, the beginning does not."""
    width = max(width, NARROWEST_NAME)
    return name if len(name) <= width else "…" + name[1 - width :]


def _row(module: ModuleReport) -> tuple[str, ...]:
    shape = "×".join(map(str, module.shape))
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
        shape = "×".join(map(str, module.shape))
        kinds.setdefault((without_numbers(module.module), shape), []).append(module)
    return [
        (
            f"{name}  {len(group)}×" if len(group) > 1 else group[0].module,
            shape,
            _spread([str(m.rank) for m in sorted(group, key=lambda m: m.rank)]),
            _spread([percent(m.energy_kept) for m in sorted(group, key=lambda m: m.energy_kept)]),
            _spread([error_of(m.relative_error) for m in sorted(group, key=lambda m: m.relative_error)]),
            _spread([f"{m.error_to_base:.1e}" for m in sorted(group, key=lambda m: m.error_to_base)]),
        )
        for (name, shape), group in kinds.items()
    ]


def _spread(texts: Sequence[str]) -> str:
    """From the least to the greatest, the unit once."""
    low, high = texts[0], texts[-1]
    return low if low == high else f"{low.removesuffix(' %')}–{high}"


def table(first: str, *others: str) -> Table:
    """A table whose first column is a name and whose others are figures."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column(first, overflow="ellipsis", no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _print_rest(
    console: Console, title: str, form: str, rows: Sequence[tuple[str, str, int, float | None]]
) -> None:
    """A list of parameters, largest share of the change first; names that differ in their numbers alone share a row."""
    if not rows:
        return
    merged = _merged(rows) if len(rows) > MOST_NAMES else list(rows)
    merged.sort(key=lambda row: -(1 if row[3] is None else row[3]))
    drawn = table(title, form, "size", "change")
    taken = 26 + max(len(row[1]) for row in merged)
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


def without_numbers(name: str) -> str:
    """A name with every number in it as a star."""
    return re.sub(r"\b\d+\b", "*", name)


def _share(share: float | None) -> str:
    return "new" if share is None else percent(share)


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
