"""lorasurgery extract"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery import formats
from lorasurgery.cli import options

EXAMPLES = """\b
Examples:
  lorasurgery extract fixtures/bert-base fixtures/bert-tuned --rank 16
  lorasurgery extract fixtures/llama-base fixtures/llama-tuned --energy 0.9 -o adapter
  lorasurgery extract fixtures/llama-base fixtures/llama-merged --noise-edge
  lorasurgery extract base.pt tuned.pt --size 30MB --rest drop --json
"""


@click.command(short_help="Find the adapter inside a fine-tuned checkpoint.", epilog=EXAMPLES)
@click.argument("base")
@click.argument("tuned")
@options.output
@options.ranks
@options.filters
@click.option(
    "--rest",
    type=click.Choice(["keep", "drop"]),
    default="keep",
    show_default=True,
    help="What cannot be low-rank: norms, biases, heads, token rows.",
)
@click.option(
    "--format",
    type=click.Choice(formats.names()),
    default="peft",
    show_default=True,
    help="The adapter's file format.",
)
@click.option(
    "--dtype",
    type=click.Choice(["auto", "float32", "float16", "bfloat16"]),
    default="auto",
    show_default=True,
    help="Of the factors; auto keeps float32, and makes float16 of a half.",
)
@click.option("--device", default="cpu", show_default=True, help="Where the algebra runs: cpu, cuda, cuda:1.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Modules side by side; one for each core by default.",
)
@click.option(
    "--dry-run", is_flag=True, help="Say what would be written, its bytes and the peak memory, and stop."
)
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
    from lorasurgery.cli import draw
    from lorasurgery.surgery.extract import extract
    from lorasurgery.surgery.extraction.forecast import forecast

    options.check_one_rank_rule(asked)
    if dry_run:
        draw.forecast(forecast(base, tuned, output, force=force, **asked), as_json=as_json)
        return
    with draw.progress("extract") as progress:
        report = extract(base, tuned, output, device=device, force=force, progress=progress, **asked)
    draw.extraction(report, as_json=as_json)
