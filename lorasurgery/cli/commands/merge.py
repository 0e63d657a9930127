"""lorasurgery merge"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given, Size

EXAMPLES = """\b
Examples:
  lorasurgery merge fixtures/llama-base fixtures/llama-adapter -o merged
  lorasurgery merge fixtures/llama-base fixtures/llama-adapter:0.7 --dtype float32
  lorasurgery merge fixtures/llama-base fixtures/llama-adapter:-1 --dry-run
"""


@click.command(cls=Command, short_help="Put adapters into a checkpoint, exactly.", epilog=EXAMPLES)
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
    help="exact: round the sum once; peft: reproduce PEFT's bits.",
)
@options.dtype(
    ("float32", "float16", "bfloat16"),
    "Convert all weights of the output to this type.  [default: each keeps its own]",
)
@click.option(
    "--max-shard-size",
    type=Size(),
    metavar="SIZE",
    help="Write the weights in new shards of at most this size.  [default: as in the base]",
)
@click.option(
    "--requantise", is_flag=True, help="Quantise back to float8 with scales (lossy; the error is reported)."
)
@click.option("--undo/--no-undo", default=True, show_default=True, help="Keep a record for `unmerge`.")
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
    """Put adapters into a checkpoint.

    BASE is a checkpoint: a .safetensors, .bin or .pt file, a folder, or a name on the Hub. Each ADAPTER is a folder or a name on the
    Hub, with a weight after a colon where that is not 1 (negative to take it away). All of them are one sum, rounded once.
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
