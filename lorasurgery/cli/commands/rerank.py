"""The command `lorasurgery rerank`."""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given

EXAMPLES = """\
lorasurgery rerank fixtures/llama-adapter --rank 2
lorasurgery rerank fixtures/llama-adapter --energy 0.99 -o smaller
lorasurgery rerank fixtures/llama-adapter --rule sv_fro=0.9 -o style-small
lorasurgery rerank fixtures/llama-adapter --size 30kB -o small
lorasurgery rerank fixtures/llama-adapter --nested -o dyn
lorasurgery rerank dyn --method prefix --rank 2
lorasurgery rerank small smaller dyn --rank 1 -o rank-1
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("adapters", nargs=-1, required=True, type=Given(), metavar="ADAPTER...")
@options.output
@options.ranks
@options.dynamic_rank
@click.option(
    "--nested",
    is_flag=True,
    help="Write a LoRA-Dyn file, in which the first n ranks are the best adapter of rank n.",
)
@click.option(
    "--method",
    type=click.Choice(["svd", "prefix"]),
    default="svd",
    show_default=True,
    help="Cut the singular values (svd), or keep the first ranks of a LoRA-Dyn file as trained (prefix).",
)
@options.runtime
@options.max_error("no bound")
@options.conversion
@options.part
@options.engine
@options.dry_run
@options.as_json
def command(
    adapters: tuple[str, ...], output: str | None, dry_run: bool, as_json: bool, **asked: Any
) -> None:
    """Change the rank of an adapter, with the smallest error.

    ADAPTER is an adapter in any format whose change is a sum of products. The singular values of ΔW
    are computed from its factors, exactly and without forming ΔW, and cut by the rank rule. Full
    parameters in the file are copied.

    Several adapters are changed one after the other, and -o is then the folder of their outputs.
    One that fails does not stop the others; the exit code is 1.
    """
    from lorasurgery.cli.batch import carry_out_each
    from lorasurgery.surgery.rerank import plan_rerank

    options.check_one_rank_rule(asked, has_default=not asked["nested"])
    carry_out_each(
        adapters,
        output,
        lambda adapter, output: plan_rerank(adapter, output, **asked),
        "rerank",
        dry_run=dry_run,
        as_json=as_json,
    )
