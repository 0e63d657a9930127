"""The command `lorasurgery apply`."""

from __future__ import annotations

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

EXAMPLES = """\
lorasurgery diff fixtures/llama-base fixtures/llama-merged -o merged.delta
lorasurgery apply fixtures/llama-base merged.delta -o merged
lorasurgery apply merged merged.delta --revert -o base
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("base", type=Given(), metavar="A")
@click.argument("delta", type=click.Path(), metavar="DELTA")
@options.output
@click.option("--revert", is_flag=True, help="Make A again: the checkpoint that is given is B.")
@options.workers
@options.dry_run
@options.as_json
def command(
    base: str,
    delta: str,
    output: str | None,
    revert: bool,
    force: bool,
    workers: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a checkpoint from another one and a delta, byte for byte.

    DELTA is what `lorasurgery diff A B -o DELTA` wrote. All files of B come back as they were. Every
    tensor is checked against its hash before the output takes its name.
    """
    from lorasurgery.cli import memory

    memory.start_no_blas_threads()
    memory.keep_freed_blocks()
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.surgery.apply import plan_apply

    plan = plan_apply(base, delta, output, revert=revert, force=force, workers=workers)
    carry_out(plan, "apply", dry_run=dry_run, as_json=as_json)
