"""What all screens share: the console, the bar on stderr, tables, names that fit, units and notes."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.text import counted, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn
    from rich.table import Table

    from lorasurgery.surgery.workers import Progress

count = counted
# Columns of a pipe, and of a recorded screen: neither is a terminal that has a width of its own.
PIPE_WIDTH, RECORDED_WIDTH = 200, 110
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

    It begins when it is first moved: what a verb announces is printed before that, and a bar that
    is alive would be drawn into it."""
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


def size(nbytes: int) -> str:
    """Bytes with a unit, three digits."""
    value, unit = float(nbytes), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":  # three digits of more would read 1e+03
            break
        value /= 1000
    return f"{value:.3g} {unit}" if value < 999.5 else f"{value:,.0f} {unit}"


def console_for(*, stderr: bool = False, record: bool = False) -> Console:
    """A console on stdout or stderr, as wide as the terminal; `record` lets it be saved as a picture."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    # A pipe has no width of its own, and nothing in it should be cut to one.
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(file=stream, highlight=False, emoji=False, width=width, record=record)


def recording() -> Console:
    """A console that prints nowhere, and is as wide as a picture of a screen."""
    from rich.console import Console

    return Console(
        file=io.StringIO(),
        highlight=False,
        emoji=False,
        width=RECORDED_WIDTH,
        record=True,
        force_jupyter=False,
    )


def plain(text: str) -> str:
    """Text from files, fit for a terminal and without any markup of its own."""
    from rich.markup import escape

    return escape(printable(text))


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


def table(first: str, *others: str) -> Table:
    """A table whose first column is a name and whose others are figures."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column(first, overflow="ellipsis", no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def without_numbers(name: str) -> str:
    """A name with every number in it as a star."""
    return re.sub(r"\b\d+\b", "*", name)


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


def first_of(names: Sequence[str]) -> str:
    """The first of some names, with an ellipsis if there are more."""
    return plain(names[0]) + (" …" if len(names) > 1 else "")


def print_notes(console: Console, notes: Sequence[str]) -> None:
    """Print the notes of a report, each in its own paragraph."""
    for note in notes:
        console.print(f"[dim]note: {plain(note)}[/]")


def print_output(console: Console, output: str, nbytes: int, *more: str, would: bool = False) -> None:
    """Print where an output is, or would be, and how large: the last line of most screens.

    Args:
        output: a path; a folder is printed with a slash at its end, and so has to come with one
            where it does not exist yet.
        more: facts that follow the size.
        would: whether it is not written yet.
    """
    verb = "would write" if would else "wrote "
    folder = "/" if Path(output).is_dir() and not output.endswith("/") else ""
    console.print(f"{verb} [bold]{plain(output)}{folder}[/]  {', '.join([size(nbytes), *more])}")


def spread(texts: Sequence[str]) -> str:
    """From the first to the last of sorted figures, with the unit once."""
    if not texts:
        return ""
    low, high = texts[0], texts[-1]
    return low if low == high else f"{low.removesuffix(' %')}–{high}"
