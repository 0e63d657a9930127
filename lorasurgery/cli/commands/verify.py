"""lorasurgery verify"""

from __future__ import annotations

import sys
from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

EXAMPLES = """\b
Examples:
  lorasurgery verify fixtures/llama-base fixtures/llama-adapter fixtures/llama-merged
  lorasurgery verify base adapter merged-by-peft --rounding peft
  lorasurgery verify base adapter merged --answers --text 'The quick brown fox'
"""


@click.command(
    cls=Command, short_help="Compare a merged checkpoint with what merging gives.", epilog=EXAMPLES
)
@click.argument("base", type=Given())
@click.argument("adapters", nargs=-1, type=Given(), required=True, metavar="ADAPTER[:WEIGHT]...")
@click.argument("merged", type=Given())
@click.option("--take", multiple=True, metavar="PART=ADAPTER", help="As for `merge`; may be repeated.")
@click.option(
    "--rounding",
    type=click.Choice(["exact", "peft"]),
    default="exact",
    show_default=True,
    help="Rounding to compare against.",
)
@click.option("--answers", is_flag=True, help="Also run the model beside PEFT's base with the adapter.")
@click.option("--text", metavar="TEXT", help="Text for --answers.  [default: seeded random tokens]")
@options.filters
@options.experts_order
@options.workers
@options.as_json
def command(base: str, adapters: tuple[str, ...], merged: str, as_json: bool, **asked: Any) -> None:
    """Compare a merged checkpoint with what merging gives.

    MERGED may be anybody's; every tensor is compared with the bits that BASE and the adapters give, none of which is written. The
    exit code is 1 where a tensor differs.
    """
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.cli.screens import merge_screen as draw_merge
    from lorasurgery.surgery.verify import verify

    if asked["text"] is not None and not asked["answers"]:
        raise click.UsageError("--text is what --answers runs the models on; give --answers too.")
    with draw.progress("verify") as progress:
        report = verify(base, adapters, merged, progress=progress, **asked)
    draw_merge.verified(report, as_json=as_json)
    if not report.is_exact:
        sys.exit(1)
