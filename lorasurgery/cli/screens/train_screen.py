"""Draws a training run (a bar, then losses and scores), a cross-validation, and what `evaluate` found."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import nan
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import bar, plain, print_notes, print_output, size, table, tail, width_of
from lorasurgery.text import counted, percent

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.training.evaluate import EvaluateReport
    from lorasurgery.training.fit import StepProgress
    from lorasurgery.training.ranks import RanksReport, RunProgress
    from lorasurgery.training.report import TrainReport
    from lorasurgery.training.scoring import Scores
    from lorasurgery.training.train_forecast import TrainForecast

# The curves, without their frames.
HEIGHT, WIDEST, FRAME = 10, 72, 14
# Columns that a name may take from the metrics.
NAME_WIDTH = 10
# Columns that stay on the narrowest screen: examples, score, its error.
MOST_WANTED = 3
# A curve of the loss is one of means over so many parts of a run.
POINTS = 100


@contextmanager
def progress() -> Iterator[StepProgress | None]:
    """A bar with the loss and the time left, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import MofNCompleteColumn, TextColumn

    with bar("train", MofNCompleteColumn(), TextColumn("loss {task.fields[loss]:.3f}"), loss=nan) as move:
        yield lambda step, total, loss: move(step, total, loss=loss)


@contextmanager
def run_progress() -> Iterator[RunProgress | None]:
    """The same for several runs, with the score of the last."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import MofNCompleteColumn, TextColumn

    with bar("run", MofNCompleteColumn(), TextColumn("score {task.fields[score]:.4f}"), score=nan) as move:
        yield lambda done, total, score: move(done, total, score=score)


def ranked(console: Console, report: RanksReport) -> None:
    """Draw the scores of each rank, and which one is named."""
    name = " and ".join(report.scored_by)
    _curve(console, f"{name} by rank", [row.rank for row in report.rows], [row.mean for row in report.rows])
    drawn = table("", name, "±", "folds")
    for row in report.rows:
        drawn.add_row(
            f"rank {row.rank}",
            f"{row.mean:.4f}",
            f"{row.error:.4f}",
            f"{min(row.scores):.4f}–{max(row.scores):.4f}",
        )
    console.print(drawn)
    console.print()
    console.print(
        f"best is rank {report.best.rank}; "
        f"the smallest within one standard error of it is [bold]rank {report.chosen.rank}[/]"
    )


def train_forecast(console: Console, planned: TrainForecast) -> None:
    """Draw the examples of each task, what would be trained, and what that takes."""
    drawn = table("task", "kind", "labels", "examples", "held out", "longest")
    for name, task in planned.tasks.items():
        counts = (len(task.labels), task.examples, task.held_out)
        drawn.add_row(_called(name, "examples"), task.kind, *map(str, counts), counted(task.longest, "token"))
    console.print(drawn)
    console.print()
    heads = f" and {counted(len(planned.heads), 'head')}" if planned.heads and planned.targets else ""
    modules = f" on {counted(len(planned.targets), 'module')}{heads}" if planned.targets else ""
    console.print(
        f"{plain(str(planned.recipe['method']))}{modules}: {planned.trained:,} of {planned.parameters:,} "
        "parameters "
        f"would be trained ({percent(planned.trained / planned.parameters)})"
    )
    evaluated = f", evaluated every {planned.evaluate_every}" if planned.evaluate_every else ""
    console.print(
        f"{counted(planned.steps, 'step')} of {counted(planned.recipe['batch_size'], 'example')}, "
        f"{planned.warmup_steps} to warm up{evaluated}; state kept every {planned.keep_every}"
    )
    if planned.resumes:
        console.print("continues from the state of an interrupted run")
    print_notes(console, planned.notes)
    console.print(f"peak memory about {size(planned.peak_nbytes)}")
    print_output(console, f"{planned.output}/", planned.nbytes, would=True)


def trained(console: Console, report: TrainReport) -> None:
    """Draw the losses and scores of a training run."""
    _curve(console, "loss", *_thinned(report.losses))
    _scores(console, {_called(name): task.scores for name, task in report.tasks.items() if task.scores})
    for name in report.tasks if report.looks else ():
        seen = ", ".join(
            f"{scores[name]:.4f} after step {step}" for step, scores in report.looks if name in scores
        )
        if seen:
            console.print(f"[dim]{_called(name)} during training: {seen}[/]")
    modules = f" on {counted(len(report.targets), 'module')}" if report.targets else ""
    console.print(
        f"{plain(str(report.recipe['method']))}{modules}: "
        f"{report.trained:,} of {report.parameters:,} parameters trained "
        f"({percent(report.trained / report.parameters)}); "
        f"{counted(len(report.losses), 'step')}"
    )
    print_output(console, report.output, report.nbytes)


def evaluated(console: Console, report: EvaluateReport) -> None:
    """Draw what an evaluation found; where there are ranks, also the score against the rank."""
    ranks = [row.rank for row in report.rows if row.rank is not None]
    if len(ranks) > 1:
        name = " and ".join(report.rows[0].scores.scored_by)
        _curve(console, f"{name} by rank", ranks, [row.scores.score for row in report.rows])
    rows = {plain(report.data) if row.rank is None else f"rank {row.rank}": row.scores for row in report.rows}
    _scores(console, rows)


def _scores(console: Console, rows: dict[str, Scores]) -> None:
    """Print the score, its standard error, and the other metrics as far as the screen has room."""
    if not rows:
        return
    names = list(dict.fromkeys(name for scores in rows.values() for name in scores.metrics))
    heads: tuple[str, ...] = ("examples", "score", "±", *names)
    cells = [(label, *_row(scores, names)) for label, scores in rows.items()]
    while width_of(heads, cells) > console.width - NAME_WIDTH and len(heads) > MOST_WANTED:
        heads, cells = heads[:-1], [row[:-1] for row in cells]
    drawn, taken = table("", *heads), width_of(heads, cells)
    for label, *figures in cells:
        drawn.add_row(tail(label, console.width - taken), *figures)
    console.print(drawn)
    console.print()


def _row(scores: Scores, names: Sequence[str]) -> list[str]:
    error = "" if scores.error is None else f"{scores.error:.4f}"
    metrics = [f"{scores.metrics[name]:.4f}" if name in scores.metrics else "" for name in names]
    return [str(scores.count), f"{scores.score:.4f}", error, *metrics]


def _called(task: str, only: str = "held out") -> str:
    """Return a task's name, or `only` for the one task of a run without names."""
    from lorasurgery.training.opening import ONLY

    return only if task == ONLY else plain(task)


def _thinned(values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Steps, and the mean loss around each."""
    stride = -(-len(values) // POINTS)
    parts = [(start, values[start : start + stride]) for start in range(0, len(values), stride)]
    return [start + (len(part) + 1) / 2 for start, part in parts], [
        sum(part) / len(part) for _, part in parts
    ]


def _curve(console: Console, title: str, xs: Sequence[float], ys: Sequence[float]) -> None:
    if len(ys) < 2:
        return
    from uniplot import plot_to_string

    width = max(20, min(WIDEST, console.width - FRAME))
    drawn = plot_to_string(
        ys, xs=xs, lines=True, width=width, height=HEIGHT, title=title, color=False, character_set="braille"
    )
    for line in drawn if isinstance(drawn, list) else drawn.splitlines():
        console.print(plain(line.rstrip()), soft_wrap=True)
    console.print()
