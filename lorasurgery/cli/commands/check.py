"""The command `lorasurgery check`."""

from __future__ import annotations

import sys

import click

from lorasurgery import targets
from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given, TargetName

EXAMPLES = """\
lorasurgery check fixtures/llama-adapter --base fixtures/llama-base --for vllm
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("adapter", type=Given())
@click.option("--base", type=Given(), required=True, metavar="BASE", help="Base model that is served.")
@click.option(
    "--for",
    "runtime",
    required=True,
    type=TargetName(),
    help=f"Program that is to serve the adapter: {', '.join(targets.names())}.",
)
@click.option(
    "--by",
    type=click.Choice(["kind", "module"]),
    default="kind",
    show_default=True,
    help="Rows of the table: kinds of modules, or single modules.",
)
@options.as_json
def command(adapter: str, base: str, runtime: str, by: str, as_json: bool) -> None:
    """Check where each tensor of an adapter lands in the program that serves it.

    The adapter is looked at as it is on disk, by the rules of the program's own code. Only headers
    are read, and nothing is written. The exit code is 0 if all of it lands, 1 if some does not, and
    2 if there was trouble.
    """
    from lorasurgery.cli.screens import show
    from lorasurgery.cli.screens.check_screen import checked
    from lorasurgery.cli.screens.console import console_for
    from lorasurgery.cli.verdicts import trouble_is_no_verdict
    from lorasurgery.surgery.check import check

    with trouble_is_no_verdict():
        report = check(adapter, base=base, runtime=runtime)
        if as_json:
            show(report, as_json=True)
        else:
            checked(console_for(), report, by=by)
    if not report.all_land:
        sys.exit(1)
