"""lorasurgery evaluate"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.rank_list import Ranks
from lorasurgery.cli.values import Given
from lorasurgery.training import kinds

EXAMPLES = """\b
Examples:
  lorasurgery evaluate tuned --data dev.tsv
  lorasurgery evaluate MODEL adapter --data dev.tsv
  lorasurgery evaluate MODEL adapter --data dev.tsv --ranks 1,2,4,8,16
  lorasurgery evaluate MODEL parallel-adapter --data dev.tsv --task sst2 --json
"""


@click.command(cls=Command, short_help="Score a model, with or without an adapter.", epilog=EXAMPLES)
@click.argument("model", type=Given())
@click.argument("adapter", required=False, type=Given())
@click.option(
    "--data",
    type=Given(),
    required=True,
    metavar="FILE",
    help="Examples with their answers: .tsv, .csv, .jsonl or .json.",
)
@click.option(
    "--ranks",
    type=Ranks(),
    metavar="N,N,...",
    help="Cut the adapter to each of these ranks, and draw the scores.",
)
@click.option("--task", metavar="NAME", help="Task to score, where the adapter has several.")
@click.option(
    "--kind",
    type=click.Choice(kinds.names()),
    help="Task type.  [default: as trained, or what the labels look like]",
)
@click.option("--text", multiple=True, metavar="COLUMN", help="The column of the text; twice for pairs.")
@click.option("--label", metavar="COLUMN", help="The column of the answers.")
@click.option(
    "--max-tokens",
    type=click.IntRange(min=1),
    metavar="N",
    help="Cut longer examples.  [default: as trained, or 128]",
)
@options.alpha
@options.as_json
def command(
    model: str, adapter: str | None, ranks: tuple[int, ...] | None, as_json: bool, **asked: Any
) -> None:
    """Score a model, with or without an adapter, as GLUE does.

    MODEL is a folder or a Hub name that transformers' auto classes load. ADAPTER is one in any format. Nothing is written.
    """
    from lorasurgery.cli.screens import train_screen as draw_train
    from lorasurgery.training.evaluate import evaluate

    draw_train.evaluated(evaluate(model, adapter, ranks=ranks or (), **asked), as_json=as_json)
