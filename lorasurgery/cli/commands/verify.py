"""The command `lorasurgery verify`."""

from __future__ import annotations

import sys
from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

EXAMPLES = """\
lorasurgery merge fixtures/llama-base fixtures/llama-adapter -o merged
lorasurgery verify fixtures/llama-base fixtures/llama-adapter merged
lorasurgery verify fixtures/llama-base fixtures/llama-adapter merged --json
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("base", type=Given())
@click.argument("adapters", nargs=-1, type=Given(), required=True, metavar="ADAPTER[:WEIGHT]...")
@click.argument("merged", type=Given())
@click.option(
    "--take",
    multiple=True,
    metavar="PART=ADAPTER",
    help="Choice of a part that cannot be summed, as it was given to `merge`. Repeatable.",
)
@click.option(
    "--rounding",
    type=click.Choice(["exact", "peft"]),
    default="exact",
    show_default=True,
    help="Rounding of the merge that is expected.",
)
@options.base_as
@click.option(
    "--answers",
    is_flag=True,
    help="Also run MERGED and BASE with the adapter in PEFT, and compare the logits.",
)
@click.option("--text", metavar="TEXT", help="Text that --answers runs on.  [default: seeded random tokens]")
@options.filters
@options.component
@options.block_weights
@options.experts_order
@options.workers
@options.as_json
def command(base: str, adapters: tuple[str, ...], merged: str, as_json: bool, **asked: Any) -> None:
    """Check a merged checkpoint against its parts, bit for bit.

    MERGED may come from any program. Every tensor is compared with the bits that merging BASE and
    the adapters gives. Nothing is written. The exit code is 1 if a tensor differs.
    """
    from lorasurgery.cli.screens import show
    from lorasurgery.cli.screens.console import progress
    from lorasurgery.surgery.verify import verify

    if asked["text"] is not None and not asked["answers"]:
        raise click.UsageError("--text is what --answers runs the models on; give --answers too.")
    with progress("verify") as advance:
        report = verify(base, adapters, merged, progress=advance, **asked)
    show(report, as_json=as_json)
    if not report.is_exact:
        sys.exit(1)
