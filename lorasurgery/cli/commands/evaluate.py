"""The command `lorasurgery evaluate`."""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.rank_list import Ranks
from lorasurgery.cli.values import Count, Given
from lorasurgery.training import kinds

EXAMPLES = """\
lorasurgery train fixtures/bert-base --data fixtures/films.tsv -o films
lorasurgery evaluate fixtures/bert-base films --data fixtures/films.tsv
lorasurgery evaluate fixtures/bert-base films --data fixtures/films.tsv --json
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("model", type=Given())
@click.argument("adapter", required=False, type=Given())
@click.option(
    "--data",
    type=Given(),
    required=True,
    metavar="FILE",
    help="Examples with their labels, as .tsv, .csv, .jsonl or .json.",
)
@click.option(
    "--ranks",
    type=Ranks(),
    metavar="N,N,...",
    help="Cut the adapter to each of these ranks and plot the scores.",
)
@click.option("--task", metavar="NAME", help="Task to score, if the adapter has several.")
@click.option(
    "--kind",
    type=click.Choice(kinds.names()),
    help="Kind of task.  [default: as trained, or guessed from the labels]",
)
@click.option(
    "--text", multiple=True, metavar="COLUMN", help="Column of the text. Give it twice for pairs of texts."
)
@click.option("--label", metavar="COLUMN", help="Column of the labels.")
@click.option(
    "--max-tokens",
    type=Count(),
    metavar="N",
    help="Number of tokens to which longer examples are cut.  [default: as trained, or 128]",
)
@options.alpha
@options.as_json
def command(
    model: str, adapter: str | None, ranks: tuple[int, ...] | None, as_json: bool, **asked: Any
) -> None:
    """Score a model on labelled data, with or without an adapter.

    MODEL is a folder or a Hub name that the auto classes of transformers load. ADAPTER is an
    adapter in any format. The scores are those of GLUE. Nothing is written."""
    from lorasurgery.cli.screens import show
    from lorasurgery.training.evaluate import evaluate

    show(evaluate(model, adapter, ranks=ranks or (), **asked), as_json=as_json)
