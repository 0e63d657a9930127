"""The command `lorasurgery assemble`."""

from __future__ import annotations

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command

EXAMPLES = """\
lorasurgery merge fixtures/llama-base fixtures/llama-adapter -o out --part 1/2
lorasurgery merge fixtures/llama-base fixtures/llama-adapter -o out --part 2/2
lorasurgery assemble out
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("output", metavar="OUT", type=click.Path())
@click.option(
    "--check/--no-check",
    default=True,
    show_default=True,
    help="Read every byte of the parts and compare its hash.",
)
@click.option("--force", is_flag=True, help="Overwrite the output of an earlier run.")
@options.workers
@options.dry_run
@options.as_json
def command(output: str, check: bool, force: bool, workers: int | None, dry_run: bool, as_json: bool) -> None:
    """Join the parts of a run that was divided by --part.

    OUT is the output as it was named with -o; its parts are in OUT.parts. All of them must be
    there, of one run and as they were written. The output has the bytes of a single run. The parts
    are removed when it is complete.
    """
    from lorasurgery.cli import memory
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.surgery.assemble import plan_assemble

    memory.keep_freed_blocks()
    plan = plan_assemble(output, check=check, workers=workers, force=force)
    carry_out(plan, "assemble", dry_run=dry_run, as_json=as_json)
