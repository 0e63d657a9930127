"""lorasurgery fuse"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery import fusing
from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Finite, Given

EXAMPLES = """\b
Examples:
  lorasurgery fuse style:0.7 facts:0.3 -o both
  lorasurgery fuse style facts --rank 16
  lorasurgery fuse style facts chat --method ties --density 0.3 --rank 32
  lorasurgery fuse parallel --task sst2
"""


@click.command(
    cls=Command, short_help="Make one adapter of several, or of parallel branches.", epilog=EXAMPLES
)
@click.argument("adapters", nargs=-1, type=Given(), required=True, metavar="ADAPTER[:WEIGHT]...")
@options.output
@click.option(
    "--method",
    type=click.Choice(fusing.names()),
    default="cat",
    show_default=True,
    help="Fusion method; cat is exact.",
)
@options.ranks_but_noise
@click.option(
    "--density",
    type=Finite(0, 1, min_open=True),
    metavar="F",
    help="Share of the entries that ties, dare, knots and magnitude keep.  [default: 0.2; dare 0.9]",
)
@click.option("--seed", type=int, metavar="N", help="Random seed of dare.  [default: 0]")
@click.option("--task", metavar="NAME", help="Task to fuse from a Parallel-LoRA folder.")
@options.recast
@options.as_json
def command(adapters: tuple[str, ...], output: str | None, as_json: bool, **asked: Any) -> None:
    """Make one adapter of several, or of parallel branches.

    An ADAPTER may be a Parallel-LoRA folder (with a parallel.json), which stands for its branches. Without a rank rule the sum is kept exactly;
    with one, its best approximation. Beforehand you are told how the adapters lie to each other.
    """
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.cli.screens import conversion_screen as draw_recast
    from lorasurgery.surgery.fuse import fuse

    options.check_one_rank_rule(asked, has_default=False)
    with draw.progress("fuse") as progress:
        report = fuse(adapters, output, progress=progress, **asked)
    draw_recast.fused(report, as_json=as_json)
