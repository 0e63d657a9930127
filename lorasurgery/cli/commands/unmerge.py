"""The command `lorasurgery unmerge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

if TYPE_CHECKING:
    from lorasurgery.surgery.pipelines.unmerge_parts import PipelineUnmergePlan
    from lorasurgery.surgery.subtract import SubtractPlan
    from lorasurgery.surgery.unmerge import UnmergePlan

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
@options.part
@options.engine
@options.workers
@options.dry_run
@options.as_json
def command(
    merged: str,
    output: str | None,
    record: str | None,
    adapters: tuple[str, ...],
    experts_order: str | None,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Undo the last merge, bit for bit.

    MERGED is a folder that `merge` wrote, or a copy of it in other shards. Every tensor is checked
    against the hash of the base that the merge recorded. If one differs, nothing is written.
    """
    from lorasurgery.cli import memory
    from lorasurgery.cli.carry_out import carry_out

    if adapters and record is not None:
        raise click.UsageError("--record undoes a merge exactly and needs no --adapter; choose one.")
    if experts_order is not None and not adapters:
        raise click.UsageError("--experts-order says how an adapter is read; give one with --adapter.")
    for option in ("part", "engine", "resume"):
        if adapters and asked[option]:
            raise click.UsageError(f"--{option} needs the record of a merge; leave out it or --adapter.")
    memory.keep_freed_blocks()
    plan: UnmergePlan | PipelineUnmergePlan | SubtractPlan
    if adapters:
        from lorasurgery.surgery.subtract import plan_subtract

        del asked["part"], asked["engine"], asked["resume"]
        plan = plan_subtract(merged, adapters, output, experts_order=experts_order, **asked)
    else:
        from lorasurgery.surgery.unmerge import plan_unmerge

        plan = plan_unmerge(merged, output, record=record, **asked)
    carry_out(plan, "unmerge", dry_run=dry_run, as_json=as_json)
