"""The command `lorasurgery export-onnx`."""

from __future__ import annotations

from typing import Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Finite, Given
from lorasurgery.reports import Report

EXAMPLES = """\
lorasurgery export-onnx fixtures/bert-tuned --dry-run
lorasurgery export-onnx fixtures/llama-base fixtures/llama-adapter:0.7
lorasurgery export-onnx fixtures/llama-base fixtures/llama-adapter --swappable
lorasurgery export-onnx fixtures/bert-tuned --int8
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("model", type=Given())
@click.argument("adapters", nargs=-1, type=Given(), metavar="[ADAPTER[:WEIGHT]]...")
@options.output
@options.take
@options.experts_order
@click.option(
    "--swappable",
    is_flag=True,
    help="Write one graph of the base and a file for each adapter, to swap at run time.",
)
@click.option(
    "--task",
    metavar="TASK",
    help="Task of the graph, e.g. text-classification or another of optimum's names."
    "  [default: from config.json]",
)
@options.dtype(("float32", "float16"), "Data type of the graph.", default="float32")
@click.option(
    "--opset",
    type=click.IntRange(18, 25),
    default=20,
    show_default=True,
    metavar="N",
    help="ONNX opset version.",
)
@click.option("--int8", is_flag=True, help="Also write a graph quantised to int8 (dynamic, per channel).")
@click.option(
    "--reuse-shards",
    is_flag=True,
    help="Refer to the weights in the checkpoint's own files; the graph is written into its folder.",
)
@click.option(
    "--attn",
    type=click.Choice(["eager", "sdpa"]),
    default="eager",
    show_default=True,
    help="Attention implementation that is traced.",
)
@click.option(
    "--base",
    type=Given(),
    metavar="BASE",
    help="Checkpoint that MODEL was exported from, if MODEL is an .onnx file.",
)
@click.option(
    "--atol",
    type=Finite(min=0),
    default=1e-4,
    show_default=True,
    metavar="A",
    help="Fail if |onnx − torch| > A · (1 + max |torch|). At least 0.02 for float16.",
)
@click.option(
    "--verify/--no-verify",
    default=True,
    show_default=True,
    help="Compare with torch before the output appears.",
)
@options.part
@options.engine
@options.dry_run
@options.as_json
def command(
    model: str,
    adapters: tuple[str, ...],
    output: str | None,
    swappable: bool,
    base: str | None,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Export a model to ONNX, with adapters merged or swappable.

    MODEL is a checkpoint: a folder or a name on the Hub. Each ADAPTER is merged into it; with
    --swappable, each is written to a file of its own, which ONNX Runtime loads with the graph of
    the base. If MODEL is an .onnx file, adapters are merged into its weights without exporting it
    again.
    """
    from lorasurgery.cli import memory
    from lorasurgery.cli.carry_out import carry_out
    from lorasurgery.surgery.plan import Plan

    is_graph = model.endswith(".onnx")
    _refuse_unused(adapters, asked, is_graph=is_graph, swappable=swappable, base=base)
    memory.keep_freed_blocks()
    common = {key: asked[key] for key in ("experts_order", "atol", "verify", "force")}
    plan: Plan[Report, Report]
    if swappable:
        from lorasurgery.onnx.swappable import plan_export_swappable

        trace = {key: asked[key] for key in ("task", "dtype", "opset", "attn")}
        plan = plan_export_swappable(model, adapters, output, base=base, **trace, **common)
    elif is_graph:
        from lorasurgery.onnx.graft import plan_graft_onnx

        plan = plan_graft_onnx(model, adapters, output, base=base, take=asked["take"], **common)
    else:
        from lorasurgery.onnx.export import plan_export_onnx

        plan = plan_export_onnx(model, adapters, output, **asked)
    carry_out(plan, "export", dry_run=dry_run, as_json=as_json)


def _refuse_unused(
    adapters: tuple[str, ...],
    asked: dict[str, Any],
    *,
    is_graph: bool,
    swappable: bool,
    base: str | None,
) -> None:
    """Say what has no meaning here, before anything is loaded."""
    if base is not None and not is_graph:
        raise click.UsageError("--base is for an .onnx file; MODEL is the checkpoint itself.")
    if asked["experts_order"] is not None and not adapters:
        raise click.UsageError("--experts-order says how an adapter is read; give one.")
    if (is_graph or swappable) and not adapters:
        raise click.UsageError(
            "An .onnx file needs at least one ADAPTER to merge."
            if is_graph
            else "--swappable needs at least one ADAPTER."
        )
    if not asked["verify"] and options.is_given("atol"):
        raise click.UsageError("--atol bounds what the check finds, and --no-verify leaves it out.")
    if asked["take"] and not adapters:
        raise click.UsageError("--take chooses between adapters, and there is no ADAPTER.")
    of_checkpoint = ("int8", "reuse_shards", "part", "resume", "engine")
    idle = [name for name in of_checkpoint if asked[name] and (is_graph or swappable)]
    idle += [name for name in ("task", "dtype", "opset", "attn") if is_graph and options.is_given(name)]
    if asked["take"] and swappable:
        raise click.UsageError("--take chooses between adapters that are merged together.")
    if idle:
        merged = "" if is_graph else " with its adapters merged"
        raise click.UsageError(f"--{idle[0].replace('_', '-')} is for a checkpoint{merged}.")
