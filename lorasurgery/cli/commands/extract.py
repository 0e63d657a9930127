"""The command `lorasurgery extract`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Given, WritableFormat

EXAMPLES = """\
lorasurgery extract fixtures/bert-base fixtures/bert-tuned --rank 16
lorasurgery extract fixtures/llama-base fixtures/llama-tuned --energy 0.9
lorasurgery extract fixtures/llama-base fixtures/llama-merged --noise-edge
lorasurgery extract fixtures/llama-base fixtures/llama-merged --recover
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
@click.option(
    "--recover",
    is_flag=True,
    help="Find the LoRA that was merged into TUNED, of any rank, and all that rebuilds TUNED from it.",
)
@options.part
@options.engine
@options.workers
@options.dry_run
@options.as_json
def command(
    base: str,
    tuned: str,
    output: str | None,
    as_json: bool,
    dry_run: bool,
    recover: bool,
    **asked: Any,
) -> None:
    """Get the adapter out of a fine-tuned checkpoint.

    BASE and TUNED are checkpoints: a .safetensors, .bin or .pt file, a folder, a name on the Hub,
    or pipelines of diffusers. The difference of every weight is decomposed by a truncated SVD.
    Changes that have no low-rank form are kept whole or listed.

    Where TUNED is a base in 16 bits with a LoRA merged into it, --recover finds that LoRA itself: its
    factors are about ten times nearer to the true ones, and `merge` of the result into BASE gives
    TUNED again, bit for bit.
    """
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.surgery.extract import plan_extract

    options.check_one_rank_rule(asked, has_default=True)
    if recover:
        _carry_out_recovery(base, tuned, output, asked, dry_run=dry_run, as_json=as_json)
        return
    plan = plan_extract(base, tuned, output, **asked)
    carry_out(plan, "extract", dry_run=dry_run, as_json=as_json)


def _carry_out_recovery(
    base: str, merged: str, output: str | None, asked: Mapping[str, Any], *, dry_run: bool, as_json: bool
) -> None:
    """Recover a LoRA, with which the options that choose something else do not go."""
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.surgery.recover import plan_recover

    ours = ("workers", "force")
    context = click.get_current_context()
    others = [name for name in asked if name not in ours and _is_given(context, name)]
    if others:
        raise click.UsageError(
            "--recover finds the rank, rebuilds the whole of TUNED, and writes PEFT's format; leave out "
            f"--{others[0].replace('_', '-')}. `rerank` and `convert` change the result afterwards."
        )
    plan = plan_recover(base, merged, output, **{name: asked[name] for name in ours if name in asked})
    carry_out(plan, "recover", dry_run=dry_run, as_json=as_json)


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
