"""The command `lorasurgery extract`."""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given, WritableFormat

EXAMPLES = """\
lorasurgery extract fixtures/bert-base fixtures/bert-tuned --rank 16
lorasurgery extract fixtures/llama-base fixtures/llama-tuned --energy 0.9
lorasurgery extract fixtures/llama-base fixtures/llama-merged --noise-edge
lorasurgery extract fixtures/gpt2-base fixtures/gpt2-tuned --dry-run
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("base", type=Given())
@click.argument("tuned", type=Given())
@options.output
@options.ranks
@options.filters
@options.component
@click.option(
    "--rest",
    type=click.Choice(["keep", "drop"]),
    default="keep",
    show_default=True,
    help="Keep or drop changed parameters that have no low-rank form: norms, biases, heads, token rows.",
)
@click.option(
    "--format",
    type=WritableFormat(),
    help="File format of the adapter.  [default: peft; of pipelines, diffusers]",
)
@options.dtype(
    ("auto", "float32", "float16", "bfloat16"),
    "Data type of the factors; auto keeps float32, and stores 16-bit types as float16.",
    default="auto",
)
@click.option(
    "--device", default="cpu", show_default=True, help="Device of the computation: cpu, cuda or cuda:1."
)
@options.workers
@options.dry_run
@options.as_json
def command(
    base: str,
    tuned: str,
    output: str | None,
    as_json: bool,
    dry_run: bool,
    **asked: Any,
) -> None:
    """Get the adapter out of a fine-tuned checkpoint.

    BASE and TUNED are checkpoints: a .safetensors, .bin or .pt file, a folder, a name on the Hub,
    or pipelines of diffusers. The difference of every weight is decomposed by a truncated SVD.
    Changes that have no low-rank form are kept whole or listed.
    """
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.surgery.extract import plan_extract

    options.check_one_rank_rule(asked, has_default=True)
    plan = plan_extract(base, tuned, output, **asked)
    carry_out(plan, "extract", dry_run=dry_run, as_json=as_json)
