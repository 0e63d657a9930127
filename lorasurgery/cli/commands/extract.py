"""lorasurgery extract"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given, WritableFormat

EXAMPLES = """\b
Examples:
  lorasurgery extract fixtures/bert-base fixtures/bert-tuned --rank 16
  lorasurgery extract fixtures/llama-base fixtures/llama-tuned --energy 0.9 -o adapter
  lorasurgery extract fixtures/llama-base fixtures/llama-merged --noise-edge
  lorasurgery extract base.pt tuned.pt --size 30MB --rest drop --json
"""


@click.command(cls=Command, short_help="Find the adapter inside a fine-tuned checkpoint.", epilog=EXAMPLES)
@click.argument("base", type=Given())
@click.argument("tuned", type=Given())
@options.output
@options.ranks
@options.filters
@click.option(
    "--rest",
    type=click.Choice(["keep", "drop"]),
    default="keep",
    show_default=True,
    help="Keep or drop changed parameters without a low-rank form: norms, biases, heads, token rows.",
)
@click.option(
    "--format",
    type=WritableFormat(),
    default="peft",
    show_default=True,
    help="The adapter's file format.",
)
@options.dtype(
    ("auto", "float32", "float16", "bfloat16"),
    "Data type of the factors. auto: float32 stays, 16-bit types become float16.",
    default="auto",
)
@click.option("--device", default="cpu", show_default=True, help="Where the algebra runs: cpu, cuda, cuda:1.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Modules processed in parallel.  [default: one per core]",
)
@options.dry_run
@options.as_json
def command(
    base: str,
    tuned: str,
    output: str | None,
    device: str,
    force: bool,
    as_json: bool,
    dry_run: bool,
    **asked: Any,
) -> None:
    """Find the adapter inside a fine-tuned checkpoint.

    BASE and TUNED are checkpoints: a .safetensors, .bin or .pt file, a folder, or a name on the Hub. The difference of every
    weight is decomposed by truncated SVD; what low-rank factors cannot hold travels along or is listed.
    """
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.surgery.extract import extract
    from lorasurgery.surgery.extraction.extract_forecast import forecast
    from lorasurgery.surgery.factorise.from_pair import check_device

    options.check_one_rank_rule(asked, has_default=True)
    if dry_run:
        if device != "cpu":
            check_device(device)
        draw.forecast(forecast(base, tuned, output, force=force, **asked), as_json=as_json)
        return
    with draw.progress("extract") as progress:
        report = extract(base, tuned, output, device=device, force=force, progress=progress, **asked)
    draw.extraction(report, as_json=as_json)
