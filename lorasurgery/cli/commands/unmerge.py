"""The command `lorasurgery unmerge`."""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

EXAMPLES = """\
lorasurgery merge fixtures/llama-base fixtures/llama-adapter -o merged
lorasurgery unmerge merged -o base
lorasurgery unmerge fixtures/llama-merged --adapter fixtures/llama-adapter
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("merged", type=Given())
@options.output
@click.option(
    "--record", type=click.Path(), metavar="PATH", help="Path of undo.json, if it is not in MERGED."
)
@click.option(
    "--adapter",
    "adapters",
    multiple=True,
    type=Given(),
    metavar="ADAPTER[:WEIGHT]",
    help="Subtract this adapter, approximately, if there is no record. Repeatable.",
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
    """Undo the last merge, bit for bit.

    MERGED is a folder that `merge` wrote, or a copy of it in other shards. Every tensor is checked against the hash of
    the base that the merge recorded. If one differs, nothing is written.
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
