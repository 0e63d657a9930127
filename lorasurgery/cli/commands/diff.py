"""The command `lorasurgery diff`."""

from __future__ import annotations

import sys
from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

EXAMPLES = """\
lorasurgery diff fixtures/llama-base fixtures/llama-merged
lorasurgery diff fixtures/bert-base fixtures/bert-tuned --quick
lorasurgery diff fixtures/llama-base fixtures/llama-merged --expect lora
lorasurgery diff fixtures/llama-base fixtures/llama-merged -o merged.delta
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("one", type=Given(), metavar="A")
@click.argument("other", type=Given(), metavar="B")
@click.option(
    "--base",
    type=Given(),
    metavar="BASE",
    help="Base model of two adapters, if a file lacks names or shapes.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Read some ranges of each tensor only. The verdict says that it was sampled.",
)
@click.option(
    "--expect",
    type=click.Choice(["equal", "changed", "lora"]),
    help="Exit with 0 if the verdict is this, and with 1 if not. `lora` is a merged LoRA or DoRA.",
)
@click.option(
    "--output",
    "-o",
    "delta",
    type=click.Path(),
    metavar="DELTA",
    help="Write a delta, from which `apply` makes B of A, and A of B, byte for byte.",
)
@click.option("--force", is_flag=True, help="Overwrite the delta of an earlier run.")
@options.part
@options.engine
@options.workers
@options.dry_run
@options.as_json
def command(
    one: str,
    other: str,
    base: str | None,
    quick: bool,
    expect: str | None,
    delta: str | None,
    workers: int | None,
    as_json: bool,
    **of_delta: Any,
) -> None:
    """Say what changed between two checkpoints or adapters.

    A and B may differ in names, dtype, sharding, packing and format. The exit code is 0 if all
    numbers are equal, 1 if some differ, and 2 if there was trouble; with -o, 0 if the delta was written.
    """
    from lorasurgery.cli import memory

    memory.start_no_blas_threads()
    memory.keep_freed_blocks()
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.cli.screens import show
    from lorasurgery.cli.screens.console import progress
    from lorasurgery.cli.verdicts import trouble_is_no_verdict

    if delta is not None and (quick or expect or base):
        raise click.UsageError(
            "-o writes a delta and gives no verdict: leave out --quick, --expect and --base."
        )
    stray = [name.replace("_", "-") for name, value in of_delta.items() if value]
    if stray and delta is None:
        raise click.UsageError(f"--{stray[0]} is for the delta that -o writes.")
    with trouble_is_no_verdict():
        if delta is not None:
            from lorasurgery.surgery.make_delta import plan_make_delta

            dry_run = of_delta.pop("dry_run")
            plan = plan_make_delta(one, other, delta, workers=workers, **of_delta)
            carry_out(plan, "diff", dry_run=dry_run, as_json=as_json)
            return
        from lorasurgery.surgery.diff import diff

        with progress("diff") as advance:
            report = diff(one, other, base=base, quick=quick, workers=workers, progress=advance)
        show(report, as_json=as_json)
    if not (report.is_as_expected(expect) if expect else report.is_equal):
        sys.exit(1)
