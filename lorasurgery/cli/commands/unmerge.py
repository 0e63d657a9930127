"""lorasurgery unmerge"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

EXAMPLES = """\b
Examples:
  lorasurgery unmerge merged -o base
  lorasurgery unmerge resharded --record merged/undo.json
  lorasurgery unmerge fixtures/llama-merged --adapter fixtures/llama-adapter
"""


@click.command(cls=Command, short_help="Take the last merge out again, to the bit.", epilog=EXAMPLES)
@click.argument("merged", type=Given())
@options.output
@click.option("--record", type=click.Path(), metavar="PATH", help="Path to undo.json, if not in MERGED.")
@click.option(
    "--adapter",
    "adapters",
    multiple=True,
    type=Given(),
    metavar="ADAPTER[:WEIGHT]",
    help="Where there is no record: subtract this one, approximately; may be repeated.",
)
@options.experts_order
@options.workers
@options.as_json
def command(
    merged: str,
    output: str | None,
    record: str | None,
    adapters: tuple[str, ...],
    experts_order: str | None,
    force: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Take the last merge out again, to the bit.

    MERGED is a folder that `merge` wrote, or a copy of it in other shards. Every tensor is checked against the hash that the merge
    took of the base; where one disagrees, nothing is written.
    """
    from lorasurgery.cli import memory
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.cli.screens import merge_screen as draw_merge
    from lorasurgery.surgery.subtract import subtract
    from lorasurgery.surgery.unmerge import unmerge

    if adapters and record is not None:
        raise click.UsageError("--record undoes a merge exactly and needs no --adapter; choose one.")
    if experts_order is not None and not adapters:
        raise click.UsageError("--experts-order says how an adapter is read; give one with --adapter.")
    memory.keep_freed_blocks()
    with draw.progress("unmerge") as progress:
        if adapters:
            near = subtract(
                merged, adapters, output, experts_order=experts_order, force=force, progress=progress, **asked
            )
            draw_merge.subtracted(near, as_json=as_json)
            return
        report = unmerge(merged, output, record=record, force=force, progress=progress, **asked)
    draw_merge.undone(report, as_json=as_json)
