"""lorasurgery unmerge"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options

EXAMPLES = """\b
Examples:
  lorasurgery unmerge merged -o base
  lorasurgery unmerge resharded --record merged/undo.json
"""


@click.command(short_help="Take the last merge out again, to the bit.", epilog=EXAMPLES)
@click.argument("merged")
@options.output
@click.option(
    "--record", type=click.Path(), metavar="PATH", help="The undo.json, where it is not beside the weights."
)
@options.workers
@options.as_json
def command(merged: str, output: str | None, force: bool, as_json: bool, **asked: Any) -> None:
    """Take the last merge out again, to the bit.

    MERGED is a folder that `merge` wrote, or a copy of it in other shards. Every tensor is checked against the hash that the merge
    took of the base; where one disagrees, nothing is written.
    """
    from lorasurgery.cli import draw, draw_merge
    from lorasurgery.surgery.unmerge import unmerge

    with draw.progress("unmerge") as progress:
        report = unmerge(merged, output, force=force, progress=progress, **asked)
    draw_merge.undone(report, as_json=as_json)
