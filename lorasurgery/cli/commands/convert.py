"""lorasurgery convert"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options

EXAMPLES = """\b
Examples:
  lorasurgery convert fixtures/llama-adapter --format mlx
  lorasurgery convert loha-adapter --to lora -o plain
  lorasurgery convert dora-adapter --to lora --base model --max-loss 0.3
  lorasurgery convert adapter --base model --for llamacpp -o adapter.gguf
  lorasurgery convert fixtures/llama-adapter --pack qkv -o packed
  lorasurgery convert roberta_lora.bin --alpha 16 --format peft
"""


@click.command(short_help="Turn an adapter into another variant or format.", epilog=EXAMPLES)
@click.argument("adapter")
@options.output
@click.option(
    "--to",
    type=click.Choice(["lora", "adalora", "dyn"]),
    help="The variant.  [default: what it is, where the format holds it]",
)
@click.option(
    "--for",
    "runtime",
    type=click.Choice(["llamacpp", "mlx", "peft", "vllm"]),
    help="Fit it to what a runtime accepts.",
)
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
@options.ranks
@click.option(
    "--max-loss",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    metavar="F",
    help="The most of ‖ΔW‖ that may be lost.",
)
@options.recast
@options.as_json
def command(adapter: str, output: str | None, as_json: bool, noise_edge: bool, **asked: Any) -> None:
    """Turn an adapter into another variant or format.

    Sums of products become plain LoRA exactly; what depends on the weight (DoRA, IA3, OFT, ...) needs --base, and its loss is told and
    bounded. What was written is read again by its own format's reader before it is put in place.
    """
    from lorasurgery.cli import draw, draw_recast
    from lorasurgery.surgery.convert import convert

    if noise_edge:
        raise click.UsageError("--noise-edge is for `rerank`; use --rank, --energy or --size.")
    options.check_one_rank_rule(asked)
    with draw.progress("convert") as progress:
        report = convert(adapter, output, progress=progress, **asked)
    draw_recast.recast(report, as_json=as_json)
