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
@options.filters
@options.experts_order
@click.option(
    "--rounding",
    type=click.Choice(["exact", "peft"]),
    default="exact",
    show_default=True,
    help="Round the sum once (exact), or as PEFT rounds it, bit for bit (peft).",
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
    help="Quantise the merged weights back to float8 with scales. Lossy; the error is reported.",
)
@click.option(
    "--undo/--no-undo", default=True, show_default=True, help="Write the record that `unmerge` needs."
)
@options.workers
@options.dry_run
@options.as_json
def command(
    base: str,
    adapters: tuple[str, ...],
    output: str | None,
    rounding: str,
    undo: bool,
    force: bool,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Merge adapters into a checkpoint, rounded once.

    BASE is a checkpoint: a .safetensors, .bin or .pt file, a folder, or a name on the Hub. Each ADAPTER is an adapter
    in any format, with a weight after a colon if that is not 1 (a negative weight subtracts it). Base and adapters are
    added in float64, and the sum is rounded once to the data type of the weight.
    """
    from lorasurgery.cli import memory
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.cli.screens import merge_screen as draw_merge
    from lorasurgery.surgery.merge import merge, plan_merge

    if dry_run:
        plan = plan_merge(base, adapters, output, rounding=rounding, force=force, **asked)
        draw_merge.plan(plan, as_json=as_json)
        return
    memory.keep_freed_blocks()
    announce = None if as_json else draw_merge.announce
    with draw.progress("merge") as progress:
        report = merge(
            base,
            adapters,
            output,
            rounding=rounding,
            undo=undo,
            force=force,
            progress=progress,
            announce=announce,
            **asked,
        )
    draw_merge.report(report, as_json=as_json)
