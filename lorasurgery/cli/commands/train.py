"""The command `lorasurgery train`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.rank_list import Ranks
from lorasurgery.cli.values import Count, Finite, Given
from lorasurgery.training import kinds, methods

if TYPE_CHECKING:
    from lorasurgery.training.recipe import Recipe

EXAMPLES = """\
lorasurgery train fixtures/bert-base --data fixtures/films.tsv --steps 20
lorasurgery train fixtures/bert-base --data fixtures/films.tsv --method dyn
lorasurgery train fixtures/bert-base --data fixtures/films.tsv --cv 2 -r 2
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("model", type=Given())
@click.option(
    "--data",
    type=Given(),
    metavar="FILE",
    help="Examples with their labels, as .tsv, .csv, .jsonl or .json with named columns, or as in GLUE.",
)
@click.option(
    "--task",
    "tasks",
    type=Given(),
    multiple=True,
    metavar="NAME=FILE",
    help="Examples of one of several tasks, for --method parallel. Repeatable.",
)
@click.option(
    "--dev",
    type=Given(),
    multiple=True,
    metavar="[NAME=]FILE",
    help="Held-out examples to evaluate on. Repeatable with --task.",
)
@click.option(
    "--method",
    type=click.Choice(methods.names()),
    default="lora",
    show_default=True,
    help="Training method; full trains all parameters.",
)
@click.option(
    "--rank",
    "-r",
    type=Count(),
    default=16,
    show_default=True,
    metavar="N",
    help="Rank of every module.",
)
@click.option(
    "--alpha",
    type=Finite(),
    metavar="A",
    help="LoRA alpha; the scale is alpha / rank.  [default: 2 · rank; rank with dyn]",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="GLOB",
    help="Layers to adapt, by the end of their names: 'layer.*.output.dense'. Repeatable."
    "  [default: all linear layers]",
)
@click.option(
    "--ranks",
    type=Ranks(),
    metavar="N,N,...",
    help="Ranks for --method dyn or --cv, e.g. 2,4,8,16.  [default: powers of two up to --rank]",
)
@click.option(
    "--kind", type=click.Choice(kinds.names()), help="Kind of task.  [default: guessed from the labels]"
)
@click.option(
    "--text", multiple=True, metavar="COLUMN", help="Column of the text. Give it twice for pairs of texts."
)
@click.option("--label", metavar="COLUMN", help="Column of the labels.")
@click.option(
    "--epochs",
    type=Count(),
    default=3,
    show_default=True,
    metavar="N",
    help="Number of passes over the data.",
)
@click.option("--steps", type=Count(), metavar="N", help="Number of steps, in place of --epochs.")
@click.option(
    "--batch-size",
    type=Count(),
    default=32,
    show_default=True,
    metavar="N",
    help="Number of examples in each step.",
)
@click.option(
    "--rate",
    type=Finite(),
    metavar="F",
    help="Learning rate.  [default: 5e-4; 5e-3 with adalora, 5e-5 with full]",
)
@click.option(
    "--rate-ratio",
    type=Finite(),
    default=1.0,
    show_default=True,
    metavar="F",
    help="Ratio of the learning rates of B and A (LoRA+).",
)
@click.option(
    "--dropout", type=Finite(), default=0.0, show_default=True, metavar="F", help="Dropout on the input of A."
)
@click.option(
    "--shared",
    type=int,
    default=1,
    show_default=True,
    metavar="N",
    help="Number of branches shared by all tasks, for --method parallel.",
)
@click.option(
    "--max-tokens",
    type=Count(),
    metavar="N",
    help="Number of tokens to which longer examples are cut.  [default: 128]",
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Random seed.")
@click.option(
    "--eval-every",
    type=Count(),
    metavar="N",
    help="Evaluate on --dev every N steps.  [default: a quarter of all steps]",
)
@click.option(
    "--keep-every",
    type=Count(),
    default=500,
    show_default=True,
    metavar="N",
    help="Save the state every N steps, for --resume.",
)
@click.option(
    "--cv",
    type=Count(2),
    metavar="K",
    help="Score each of --ranks by cross-validation in K folds, and write nothing.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Continue from the state of an interrupted run, or begin if there is no state.",
)
@options.output
@options.dry_run
@options.as_json
def command(
    model: str,
    data: str | None,
    tasks: tuple[str, ...],
    dev: tuple[str, ...],
    text: tuple[str, ...],
    label: str | None,
    kind: str | None,
    max_tokens: int | None,
    eval_every: int | None,
    keep_every: int,
    resume: bool,
    output: str | None,
    force: bool,
    dry_run: bool,
    as_json: bool,
    ranks: tuple[int, ...] | None,
    cv: int | None,
    **numbers: Any,
) -> None:
    """Train an adapter, or fine-tune all parameters.

    MODEL is a folder or a Hub name that the auto classes of transformers load. The output is a
    folder that PEFT loads (transformers, with --method full), and holds the settings, losses and
    scores of the run.
    """
    from lorasurgery.cli.screens import show, train_screen
    from lorasurgery.training.recipe import Recipe
    from lorasurgery.training.train import plan_train

    if (data is None) == (not tasks):
        raise click.UsageError("Give --data FILE, or --task NAME=FILE for each of several tasks.")
    _refuse_contradictions(numbers, has_dev=bool(dev))
    read: dict[str, Any] = {"kind": kind, "text": text, "label": label, "max_tokens": max_tokens}
    if cv is not None:
        if data is None or dev:
            raise click.UsageError("--cv takes its folds from --data alone.")
        _refuse_idle_with_cv(has_ranks=ranks is not None)
        _cross_validate(model, data, Recipe(**numbers), ranks or (), cv, read, as_json=as_json)
        return
    plan = plan_train(
        model,
        data if data is not None else _by_name(tasks, "--task"),
        output,
        recipe=Recipe(ranks=ranks or (), **numbers),
        dev=_dev(dev, named=bool(tasks)),
        **read,
        eval_every=eval_every,
        keep_every=keep_every,
        resume=resume,
        force=force,
    )
    if dry_run:
        show(plan.forecast(), as_json=as_json)
        return
    with train_screen.progress() as progress:
        report = plan.run(progress)
    if os.environ.get("RANK", "0") == "0":  # one of several processes speaks for all
        show(report, as_json=as_json)


def _cross_validate(
    model: str,
    data: str,
    recipe: Recipe,
    ranks: tuple[int, ...],
    folds: int,
    read: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    """Score each rank on each fold, and draw the scores."""
    from lorasurgery.cli.screens import show, train_screen
    from lorasurgery.training.ranks import cross_validate

    with train_screen.run_progress() as progress:
        report = cross_validate(
            model, data, recipe=recipe, ranks=ranks, folds=folds, progress=progress, **read
        )
    show(report, as_json=as_json)


def _refuse_contradictions(numbers: dict[str, Any], *, has_dev: bool) -> None:
    """Refuse options that exclude each other, or that do nothing without another."""
    if numbers["steps"] is not None and options.is_given("epochs"):
        raise click.UsageError("--steps takes the place of --epochs; give one of them.")
    if options.is_given("eval_every") and not has_dev:
        raise click.UsageError("--eval-every says how often --dev is looked at; give --dev as well.")
    if numbers["method"] == "full" and options.is_given("rank"):
        raise click.UsageError("--rank applies to adapters; --method full trains every parameter.")


def _refuse_idle_with_cv(*, has_ranks: bool) -> None:
    """Refuse what speaks of an output or a state, of which cross-validation has none."""
    idle = ["output", "force", "resume", "dry_run", "keep_every", "eval_every"]
    idle += [*(["rank"] if has_ranks else [])]
    for name in idle:
        if options.is_given(name):
            why = "--ranks says which ranks are tried" if name == "rank" else "--cv writes nothing"
            raise click.UsageError(f"--{name.replace('_', '-')} would do nothing: {why}.")


def _dev(given: tuple[str, ...], *, named: bool) -> str | dict[str, str] | None:
    if named:
        return _by_name(given, "--dev") or None
    if len(given) > 1:
        raise click.UsageError("--dev takes one file where there is one task.")
    return given[0] if given else None


def _by_name(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    for name, _, file in pairs:
        if not name or not file:
            raise click.UsageError(f"{option} is written as NAME=FILE.")
    if len({name for name, _, _ in pairs}) < len(pairs):
        twice = next(name for name, _, _ in pairs if [each for each, _, _ in pairs].count(name) > 1)
        raise click.UsageError(f"{option} names the task {twice!r} twice.")
    return {name: file for name, _, file in pairs}
