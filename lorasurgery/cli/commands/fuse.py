"""The command `lorasurgery fuse`."""

from __future__ import annotations

from typing import Any

import click

from lorasurgery import fusing
from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Finite, Given

EXAMPLES = """\
lorasurgery extract fixtures/llama-base fixtures/llama-tuned -o style
lorasurgery fuse style:0.7 fixtures/llama-adapter:0.3 -o both
lorasurgery fuse style fixtures/llama-adapter --rank 4 -o small
lorasurgery fuse style fixtures/llama-adapter --method ties --density 0.3
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("adapters", nargs=-1, type=Given(), required=True, metavar="ADAPTER[:WEIGHT]...")
@options.output
@click.option(
    "--method",
    type=click.Choice(fusing.names()),
    default="cat",
    show_default=True,
    help="Fusion method; cat keeps the sum exactly.",
)
@options.ranks_but_noise
@click.option(
    "--density",
    type=Finite(0, 1, min_open=True),
    metavar="F",
    help="Share of the entries that ties, dare, knots and magnitude keep.  [default: 0.2; 0.9 with dare]",
)
@click.option("--seed", type=int, metavar="N", help="Random seed of dare.  [default: 0]")
@click.option(
    "--task", metavar="NAME", help="Task whose branches are fused, if ADAPTER is a Parallel-LoRA folder."
)
@options.block_weights
@options.conversion
@options.dry_run
@options.as_json
def command(
    adapters: tuple[str, ...], output: str | None, dry_run: bool, as_json: bool, **asked: Any
) -> None:
    """Combine several adapters into one.

    The sum of the adapters is kept exactly, unless a rank rule or another method is given. An
    ADAPTER may be a Parallel-LoRA folder (with a parallel.json), which stands for its branches. The
    overlap of the adapters is shown first, as far as it tells whether they disturb one another.
    """
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.surgery.fuse import plan_fuse

    options.check_one_rank_rule(asked, has_default=False)
    plan = plan_fuse(adapters, output, **asked)
    carry_out(plan, "fuse", dry_run=dry_run, as_json=as_json)
