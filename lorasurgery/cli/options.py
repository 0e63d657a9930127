"""Options that several commands share, as decorators, and what is asked of options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from lorasurgery.cli.values import Count, DtypeName, Finite, Given, Size, TargetName, WritableFormat

F = TypeVar("F", bound=Callable[..., Any])


def dtype(allowed: Sequence[str], help: str, *, default: str | None = None) -> Callable[[F], F]:
    """A dtype, by any of its names."""
    return click.option(
        "--dtype", type=DtypeName(allowed), default=default, show_default=default is not None, help=help
    )


def base_as(command: F) -> F:
    """What a 16-bit base was quantised to in training."""
    return click.option(
        "--base-as",
        type=click.Choice(["nf4", "nf4-double", "fp4", "fp4-double", "int8"]),
        help="Merge into the 16-bit base as bitsandbytes quantised it in training (QLoRA).",
    )(command)


def ranks(command: F) -> F:
    """The ways to a rank, of commands that choose 16 by themselves."""
    return _ranks(
        click.option(
            "--noise-edge",
            is_flag=True,
            help="Keep the singular values above the rounding noise of the stored data type.",
        )(command),
        "16",
        "--energy, --noise-edge or --size",
    )


def ranks_but_noise(command: F) -> F:
    """The ways to a rank that need no base, of verbs that keep all ranks by default."""
    return _ranks(command, "all ranks", "--energy or --size")


def _ranks(command: F, default: str, choosing: str) -> F:
    for option in (
        click.option(
            "--max-rank",
            type=Count(),
            metavar="N",
            help=f"Largest rank that {choosing} may choose.",
        ),
        click.option(
            "--size",
            type=Size(),
            metavar="SIZE",
            help="Largest size of the file, e.g. 30MB. The ranks are chosen to minimise the error.",
        ),
        click.option(
            "--energy",
            type=Finite(0, 1, min_open=True),
            metavar="F",
            help="Smallest rank per module that keeps this fraction of ‖ΔW‖², e.g. 0.9.",
        ),
        click.option(
            "--rank",
            "-r",
            type=Count(),
            metavar="N",
            help=f"Rank of every module.  [default: {default}]",
        ),
    ):
        command = option(command)
    return command


def dynamic_rank(command: F) -> F:
    """The rules of kohya's script that resizes."""
    return click.option(
        "--rule",
        metavar="NAME=NUMBER",
        help="Rank rule of kohya's resize_lora.py: sv_ratio, sv_fro or sv_cumulative, e.g. sv_fro=0.9.",
    )(command)


def is_given(name: str) -> bool:
    """Whether the user said so, and not the default."""
    return click.get_current_context().get_parameter_source(name) is not ParameterSource.DEFAULT


def check_one_rank_rule(asked: Mapping[str, Any], *, has_default: bool) -> None:
    """Refuse two ways to a rank, and a limit that limits nothing.

    Args:
        has_default: whether all modules get one rank where no way is given, so that there is
            nothing to limit.
    """
    rules = ("rank", "energy", "noise_edge", "size", "rule")
    given = [rule for rule in rules if asked.get(rule) is not None and asked.get(rule) is not False]
    if len(given) > 1:
        raise click.UsageError(
            "Choose one of "
            + ", ".join(f"--{rule.replace('_', '-')}" for rule in rules if rule in asked)
            + "."
        )
    if asked["max_rank"] is not None and (given == ["rank"] or (not given and has_default)):
        raise click.UsageError(
            "--max-rank limits the ranks that --energy, --noise-edge or --size choose; "
            "for one rank everywhere give --rank alone."
        )


def runtime(command: F) -> F:
    """Where the adapter is to be loaded."""
    from lorasurgery import targets

    return click.option(
        "--for",
        "runtime",
        type=TargetName(),
        help=f"Fit the output to what this program loads: {', '.join(targets.names())}.",
    )(command)


def max_error(default: str) -> Callable[[F], F]:
    """The bound on what changes."""
    return click.option(
        "--max-error",
        type=Finite(0, 1),
        metavar="F",
        help=f"Fail if the relative error ‖difference‖ / ‖ΔW‖ of a module exceeds F.  [default: {default}]",
    )


def alpha(command: F) -> F:
    """The scale, for formats that do not store it."""
    return click.option(
        "--alpha",
        type=Finite(),
        metavar="A",
        help="LoRA alpha of a format that does not store it; the scale is alpha / rank.",
    )(command)


def conversion(command: F) -> F:
    """What `rerank`, `fuse` and `convert` share."""
    for option in (
        alpha,
        dtype(
            ("auto", "float64", "float32", "float16", "bfloat16"),
            "Data type of the factors; auto keeps that of the input.",
            default="auto",
        ),
        click.option(
            "--format", type=WritableFormat(), help="File format of the output.  [default: that of the input]"
        ),
        click.option(
            "--base",
            type=Given(),
            metavar="BASE",
            help="Base model of the adapter, where its names, shapes or weights are needed.",
        ),
    ):
        command = option(command)
    return workers(experts_order(filters(command)))


def filters(command: F) -> F:
    """Which parameters take part."""
    command = click.option(
        "--exclude", multiple=True, metavar="GLOB", help="Leave out parameters whose names match. Repeatable."
    )(command)
    return click.option(
        "--include",
        multiple=True,
        metavar="GLOB",
        help="Use only parameters whose names match, e.g. '*.q_proj'. Repeatable.",
    )(command)


def component(command: F) -> F:
    """Which models of a pipeline."""
    return click.option(
        "--component",
        multiple=True,
        metavar="NAME",
        help="Use only this model of a pipeline of diffusers, e.g. unet. Repeatable.",
    )(command)


def take(command: F) -> F:
    """Which adapter has a part that is no sum."""
    return click.option(
        "--take",
        multiple=True,
        metavar="PART=ADAPTER",
        help="Take a part that cannot be summed, such as a head, from one adapter: "
        "'score*=style'. Repeatable.",
    )(command)


def block_weights(command: F) -> F:
    """Factors for some modules of all adapters."""
    return click.option(
        "--weight",
        multiple=True,
        metavar="GLOB=NUMBER",
        help="Multiply the change of modules whose names match: 'double_blocks.*=0.6'. Repeatable.",
    )(command)


def experts_order(command: F) -> F:
    """How an adapter's factors of fused experts are packed."""
    return click.option(
        "--experts-order",
        type=click.Choice(["peft", "grouped-by-expert"]),
        help="Order of fused experts in a PEFT file. Unsloth grouped them by expert until 2026-09-18."
        "  [default: as the file says]",
    )(command)


def output(command: F) -> F:
    """Where the result goes."""
    command = click.option("--force", is_flag=True, help="Overwrite the output of an earlier run.")(command)
    return click.option(
        "--output",
        "-o",
        type=click.Path(),
        metavar="OUT",
        help="Path of the output.  [default: derived from the names of the inputs]",
    )(command)


def dry_run(command: F) -> F:
    """Only the plan's forecast: `dry_run` in the command's function."""
    return click.option(
        "--dry-run",
        is_flag=True,
        help="Print what would be written, its size and the peak memory, and stop.",
    )(command)


def as_json(command: F) -> F:
    """The report for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on stdout.")(
        command
    )


def workers(command: F) -> F:
    """How many at a time."""
    return click.option(
        "--workers",
        type=Count(),
        metavar="N",
        help="Number of tensors processed in parallel.  [default: one per core]",
    )(command)


def part(command: F) -> F:
    """A share of the work."""
    return click.option(
        "--part",
        metavar="K/N",
        help="Do part K of N of the work, into OUT.parts. `assemble` joins all parts.",
    )(command)


def engine(command: F) -> F:
    """What does the work, and what of it is kept."""
    resumed = click.option(
        "--resume",
        is_flag=True,
        help="Keep what is finished in OUT.parts, and go on from there if an earlier run broke off.",
    )(command)
    return click.option(
        "--engine",
        metavar="ENGINE",
        help="Have the work done by a Ray cluster: ray, or ray://HOST:PORT.",
    )(resumed)


def pictures(command: F) -> F:
    """The screen as a file, and a figure for a paper."""
    for option in (
        click.option("--force", is_flag=True, help="Overwrite the pictures of an earlier run."),
        click.option(
            "--plot",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Write a figure as .png, .pdf or .svg. Needs lorasurgery[plot].",
        ),
        click.option(
            "--html", type=click.Path(dir_okay=False), metavar="FILE", help="Write the screen as HTML."
        ),
        click.option(
            "--svg", type=click.Path(dir_okay=False), metavar="FILE", help="Write the screen as SVG."
        ),
    ):
        command = option(command)
    return command
