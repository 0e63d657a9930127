"""The command `lorasurgery convert`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Finite, Given

EXAMPLES = """\
lorasurgery convert fixtures/llama-adapter --format mlx
lorasurgery convert fixtures/llama-adapter --pack qkv -o packed
lorasurgery convert packed --split qkv --base fixtures/llama-base -o split
lorasurgery convert fixtures/llama-adapter --to dyn --rank 2
lorasurgery convert packed split --format mlx -o for-mlx
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("adapters", nargs=-1, required=True, type=Given(), metavar="ADAPTER...")
@options.output
@click.option(
    "--to",
    type=click.Choice(["lora", "adalora", "dyn"]),
    help="Adapter type of the output.  [default: unchanged, where the format allows]",
)
@options.runtime
@click.option(
    "--split",
    multiple=True,
    metavar="WHOLE=PARTS",
    help="Split packed projections: qkv, gate_up, experts, or names with sizes as in "
    "qkv_proj=q_proj:2048,k_proj:512,v_proj:512. Repeatable.",
)
@click.option(
    "--pack",
    multiple=True,
    metavar="WHOLE=PARTS",
    help="Pack projections into one, written as for --split. Repeatable.",
)
@click.option(
    "--bake-rest",
    type=click.Path(),
    metavar="OUT_BASE",
    help="Merge what the runtime of --for cannot take into a copy of --base.",
)
@options.ranks_but_noise
@options.max_error("0.1; no bound with --to dyn")
@click.option("--max-loss", type=Finite(0, 1), hidden=True)
@options.conversion
@options.part
@options.engine
@options.dry_run
@options.as_json
def command(
    adapters: tuple[str, ...],
    output: str | None,
    dry_run: bool,
    as_json: bool,
    max_error: float | None,
    max_loss: float | None,
    bake_rest: str | None,
    **asked: Any,
) -> None:
    """Convert an adapter to another format or adapter type.

    Adapters whose change is a sum of products become plain LoRA exactly. Others (DoRA, IA3, OFT,
    ...) are approximated: they need --base, and the error is reported and bounded by --max-error.
    Every file is read back by the reader of its format before it appears.

    Several adapters are converted one after the other, and -o is then the folder of their outputs.
    One that fails does not stop the others; the exit code is 1.
    """
    from lorasurgery.cli.batch import carry_out_each
    from lorasurgery.surgery.bake import plan_convert_and_bake
    from lorasurgery.surgery.convert import plan_convert

    if max_error is not None and max_loss is not None:
        raise click.UsageError("--max-loss is the former name of --max-error; give one of them.")
    options.check_one_rank_rule(asked, has_default=False)
    asked["max_error"] = max_loss if max_error is None else max_error
    if bake_rest is not None and len(adapters) > 1:
        raise click.UsageError("--bake-rest is for one adapter: each has a base of its own.")
    for option in ("engine", "resume") if bake_rest is not None else ():
        if asked.pop(option):
            raise click.UsageError(f"--bake-rest is not done with --{option}; leave one of them out.")
    plan = plan_convert if bake_rest is None else partial(plan_convert_and_bake, out_base=bake_rest)
    carry_out_each(
        adapters,
        output,
        lambda adapter, output: plan(adapter, output, **asked),
        "convert",
        dry_run=dry_run,
        as_json=as_json,
    )
