"""Options that several commands share, as decorators, and what is asked of options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from lorasurgery import formats

F = TypeVar("F", bound=Callable[..., Any])


class Size(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on, and not before
    """A number of bytes: `30MB`, `1.5GiB`, `2000000`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from lorasurgery.errors import UnsupportedError
        from lorasurgery.surgery.ranking import parse_size

        try:
            return parse_size(str(value))
        except UnsupportedError as error:
            self.fail(str(error), param, ctx)


def ranks(command: F) -> F:
    """The ways to a rank."""
    for option in (
        click.option("--max-rank", type=click.IntRange(min=1), metavar="N", help="Cap any of these."),
        click.option(
            "--size",
            type=Size(),
            metavar="SIZE",
            help="A budget for the file (30MB), spent over all modules where it lowers the error most.",
        ),
        click.option(
            "--noise-edge",
            is_flag=True,
            help="All singular values above what rounding to the stored dtype explains.",
        ),
        click.option(
            "--energy",
            type=click.FloatRange(0, 1, min_open=True),
            metavar="F",
            help="The least rank that keeps this share of ‖ΔW‖².",
        ),
        click.option(
            "--rank",
            "-r",
            type=click.IntRange(min=1),
            metavar="N",
            help="The same rank for every module; extract and rerank take 16 where none of these is given.",
        ),
    ):
        command = option(command)
    return command


def is_given(name: str) -> bool:
    """Whether the user said so, and not the default."""
    return click.get_current_context().get_parameter_source(name) is not ParameterSource.DEFAULT


def check_one_rank_rule(asked: Mapping[str, Any]) -> None:
    """Refuse two ways to a rank."""
    rules = ("rank", "energy", "noise_edge", "size")
    if sum(asked.get(rule) is not None and asked.get(rule) is not False for rule in rules) > 1:
        raise click.UsageError("Choose one of --rank, --energy, --noise-edge and --size.")


def recast(command: F) -> F:
    """What `rerank`, `fuse` and `convert` share."""
    for option in (
        click.option(
            "--alpha",
            type=float,
            metavar="A",
            help="For formats that do not store it: the scale is alpha / r.",
        ),
        click.option(
            "--dtype",
            type=click.Choice(["auto", "float64", "float32", "float16", "bfloat16"]),
            default="auto",
            show_default=True,
            help="Of the factors; auto keeps that of the input.",
        ),
        click.option(
            "--format",
            type=click.Choice(formats.names()),
            help="The output's file format.  [default: the input's]",
        ),
        click.option("--base", metavar="BASE", help="The model that it is for: what only W can tell."),
    ):
        command = option(command)
    return workers(experts_order(command))


def filters(command: F) -> F:
    """Which parameters take part."""
    command = click.option(
        "--exclude", multiple=True, metavar="GLOB", help="Leave out what matches; may be repeated."
    )(command)
    return click.option(
        "--include",
        multiple=True,
        metavar="GLOB",
        help="Only what matches: '*.q_proj', 'model.layers.0.*'; may be repeated.",
    )(command)


def take(command: F) -> F:
    """Which adapter has a part that is no sum."""
    return click.option(
        "--take",
        multiple=True,
        metavar="PART=ADAPTER",
        help="Which adapter has a part that cannot be added up: 'score*=style'; may be repeated.",
    )(command)


def experts_order(command: F) -> F:
    """How an adapter's factors of fused experts are packed."""
    return click.option(
        "--experts-order",
        type=click.Choice(["peft", "grouped-by-expert"]),
        help="How PEFT's file packs the factors of fused experts; Unsloth grouped them by expert until 2026-09-18.  [default: as the file says]",
    )(command)


def output(command: F) -> F:
    """Where the result goes."""
    command = click.option("--force", is_flag=True, help="Replace the output of an earlier run.")(command)
    return click.option(
        "--output",
        "-o",
        type=click.Path(),
        metavar="OUT",
        help="The output's name; made from the inputs' by default.",
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
        type=click.IntRange(min=1),
        metavar="N",
        help="Tensors side by side; one for each core by default.",
    )(command)


def pictures(command: F) -> F:
    """The screen as a file, and a figure for a paper."""
    for option in (
        click.option("--force", is_flag=True, help="Replace pictures of an earlier run."),
        click.option(
            "--plot",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Write a figure, .png or .pdf (needs lorasurgery[plot]).",
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
