"""lorasurgery rerank"""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

EXAMPLES = """\b
Examples:
  lorasurgery rerank fixtures/llama-adapter --rank 2
  lorasurgery rerank fixtures/llama-adapter --energy 0.99 -o smaller
  lorasurgery rerank adapter --size 10MB
  lorasurgery rerank adapter --nested -o dyn
  lorasurgery rerank dyn --rank 8
"""


@click.command(cls=Command, short_help="Give an adapter another rank, the best there is.", epilog=EXAMPLES)
@click.argument("adapter", type=Given())
@options.output
@options.ranks
@click.option(
    "--nested",
    is_flag=True,
    help="Write a LoRA-Dyn file: every prefix of its ranks is the best of that rank.",
)
@click.option(
    "--method",
    type=click.Choice(["svd", "prefix"]),
    default="svd",
    show_default=True,
    help="prefix: the first ranks of a LoRA-Dyn file, as they were trained.",
)
@options.runtime
@options.max_error("no bound")
@options.recast
@options.as_json
def command(adapter: str, output: str | None, as_json: bool, **asked: Any) -> None:
    """Give an adapter another rank, the best there is.

    ADAPTER is an adapter in any format and variant whose change is a sum of products. The products are never formed: the
    decomposition of ΔW is found from its factors, exactly, and cut where the rank rule says. What travels beside the factors stays.
    """
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.cli.screens import conversion_screen as draw_recast
    from lorasurgery.surgery.rerank import rerank

    options.check_one_rank_rule(asked, has_default=not asked["nested"])
    with draw.progress("rerank") as progress:
        report = rerank(adapter, output, progress=progress, **asked)
    draw_recast.recast(report, as_json=as_json)
