"""lorasurgery convert"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Finite, Given

EXAMPLES = """\b
Examples:
  lorasurgery convert fixtures/llama-adapter --format mlx
  lorasurgery convert loha-adapter --to lora -o plain
  lorasurgery convert dora-adapter --to lora --base model --max-error 0.3
  lorasurgery convert adapter --base model --for llamacpp -o adapter.gguf
  lorasurgery convert fixtures/llama-adapter --pack qkv -o packed
  lorasurgery convert roberta_lora.bin --alpha 16 --format peft
"""


@click.command(cls=Command, short_help="Turn an adapter into another variant or format.", epilog=EXAMPLES)
@click.argument("adapter", type=Given())
@options.output
@click.option(
    "--to",
    type=click.Choice(["lora", "adalora", "dyn"]),
    help="Adapter type to write.  [default: unchanged where the format holds it]",
)
@options.runtime
@click.option(
    "--split",
    multiple=True,
    metavar="WHOLE=PARTS",
    help="Take packed projections apart: qkv, gate_up, experts, or qkv_proj=q_proj:2048,k_proj:512,v_proj:512. Repeatable.",
)
@click.option(
    "--pack",
    multiple=True,
    metavar="WHOLE=PARTS",
    help="Put projections together, likewise. Repeatable.",
)
@options.ranks_but_noise
@options.max_error("0.1; no bound with --to dyn")
@click.option("--max-loss", type=Finite(0, 1), hidden=True)
@options.recast
@options.as_json
def command(
    adapter: str,
    output: str | None,
    as_json: bool,
    max_error: float | None,
    max_loss: float | None,
    **asked: Any,
) -> None:
    """Turn an adapter into another variant or format.

    Sums of products become plain LoRA exactly; what depends on the weight (DoRA, IA3, OFT, ...) needs --base, and its error is stated and
    bounded. What was written is read again by its own format's reader before it is put in place.
    """
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.cli.screens import conversion_screen as draw_recast
    from lorasurgery.surgery.convert import convert

    if max_error is not None and max_loss is not None:
        raise click.UsageError("--max-loss is the former name of --max-error; give one of them.")
    options.check_one_rank_rule(asked, has_default=False)
    most = max_loss if max_error is None else max_error
    with draw.progress("convert") as progress:
        report = convert(adapter, output, max_error=most, progress=progress, **asked)
    draw_recast.recast(report, as_json=as_json)
