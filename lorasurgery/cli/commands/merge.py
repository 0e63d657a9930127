"""The command `lorasurgery merge`."""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given, Size

EXAMPLES = """\
lorasurgery merge fixtures/llama-base fixtures/llama-adapter:0.7 --dry-run
lorasurgery merge fixtures/llama-base fixtures/llama-adapter -o merged
lorasurgery merge fixtures/llama-base fixtures/llama-adapter --dtype float32
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("base", type=Given())
@click.argument("adapters", nargs=-1, type=Given(), required=True, metavar="ADAPTER[:WEIGHT]...")
@options.output
@options.take
@options.block_weights
@options.filters
@options.component
@options.experts_order
@click.option(
    "--rounding",
    type=click.Choice(["exact", "peft", "feedback", "stochastic", "nearest"]),
    default="exact",
    show_default=True,
    help="Round the sum once (exact), or as PEFT rounds it, bit for bit (peft). The codes of --requantise "
    "are chosen by error feedback (exact, feedback), by a seed (stochastic), or as the nearest ones.",
)
@options.dtype(
    ("float32", "float16", "bfloat16"),
    "Data type of all weights of the output.  [default: unchanged]",
)
@click.option(
    "--max-shard-size",
    type=Size(),
    metavar="SIZE",
    help="Largest size of a shard of the output, e.g. 5GB.  [default: the shards of the base]",
)
@click.option(
    "--requantise",
    is_flag=True,
    help="Keep quantised weights quantised, under the base's own scales. The share of the change that "
    "is kept is reported before and after.",
)
@options.base_as
@click.option(
    "--size",
    type=Size(),
    metavar="SIZE",
    help="Largest size of all weights, e.g. 5GB, with --requantise: those that would lose most are "
    "written in 16 bits within it.",
)
@click.option(
    "--undo/--no-undo", default=True, show_default=True, help="Write the record that `unmerge` needs."
)
@options.part
@options.engine
@options.workers
@options.dry_run
@options.as_json
def command(
    base: str,
    adapters: tuple[str, ...],
    output: str | None,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Merge adapters into a checkpoint, rounded once.

    BASE is a checkpoint: a .safetensors, .bin or .pt file, a folder, a name on the Hub, or a
    pipeline of diffusers. Each ADAPTER is an adapter in any format, with a weight after a colon if
    that is not 1 (a negative weight subtracts it). Base and adapters are added in float64, and the
    sum is rounded once to the data type of the weight.
    """
    from lorasurgery.cli import memory
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.cli.screens import merge_screen
    from lorasurgery.cli.screens.console import console_for, progress
    from lorasurgery.surgery.merge import plan_merge

    memory.keep_freed_blocks()
    plan = plan_merge(base, adapters, output, **asked)
    if dry_run or as_json or asked["part"] is not None:
        carry_out(plan, "merge", dry_run=dry_run, as_json=as_json)
        return
    merge_screen.announce(
        console_for(), plan.forecast()
    )  # a merge may take minutes: say first what it will do
    with progress("merge") as advance:
        report = plan.run(advance)
    merge_screen.written(console_for(), report)
