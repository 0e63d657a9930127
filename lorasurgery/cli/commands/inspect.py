"""The command `lorasurgery inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lorasurgery.cli import options
from lorasurgery.cli.command import Command
from lorasurgery.cli.values import Count, Given
from lorasurgery.surgery.inspection.layer_position import GROUPINGS

if TYPE_CHECKING:
    from lorasurgery.surgery.inspection.inspect_report import InspectReport

EXAMPLES = """\
lorasurgery inspect fixtures/llama-adapter
lorasurgery inspect fixtures/llama-base fixtures/llama-merged
lorasurgery inspect fixtures/llama-adapter --module '*.0.*.q_proj'
lorasurgery inspect fixtures/bert-base --by kind --sort share
lorasurgery inspect fixtures/llama-adapter fixtures/llama-tuned --each
lorasurgery inspect fixtures/llama-adapter fixtures/llama-adapter --compare
"""


@click.command(cls=Command, epilog=EXAMPLES)
@click.argument("subjects", nargs=-1, required=True, type=Given(), metavar="SUBJECT [OTHER]")
@click.option(
    "--base",
    type=Given(),
    metavar="BASE",
    help="Base model of the adapter; adds the figures that need W.",
)
@click.option("--each", is_flag=True, help="Inspect each of any number of SUBJECTs, in a row of one table.")
@click.option("--compare", is_flag=True, help="Compare two adapters: overlap, cosine, sign conflicts.")
@click.option(
    "--module",
    "module",
    multiple=True,
    metavar="GLOB",
    help="Draw the spectrum of each module whose name matches. Repeatable.",
)
@click.option(
    "--by",
    type=click.Choice(GROUPINGS),
    help="Group the rows by layer, kind or module.  [default: module; kind if there are many]",
)
@click.option(
    "--sort",
    type=click.Choice(["model", "share", "sigma", "stable", "relative"]),
    default="model",
    show_default=True,
    help="Order of the rows, largest first.",
)
@click.option(
    "--heat",
    type=click.Choice(["energy", "rank"]),
    default="energy",
    show_default=True,
    help="Quantity shown in the map of layers.",
)
@click.option(
    "--rank",
    "-r",
    type=Count(),
    metavar="N",
    help="Rank at which the error of a cut is reported.  [default: 16, or half of the rank]",
)
@options.filters
@options.component
@click.option(
    "--full",
    is_flag=True,
    help="Find all singular values of pairs and weights, and not the 64 largest alone.",
)
@click.option(
    "--spectra/--no-spectra",
    default=True,
    show_default=True,
    help="Decompose the modules, or only match an adapter to its base and list them.",
)
@options.alpha
@options.experts_order
@options.workers
@options.pictures
@options.as_json
def command(
    subjects: tuple[str, ...],
    each: bool,
    compare: bool,
    module: tuple[str, ...],
    include: tuple[str, ...],
    component: tuple[str, ...],
    as_json: bool,
    svg: str | None,
    html: str | None,
    plot: str | None,
    force: bool,
    by: str | None,
    sort: str,
    heat: str,
    rank: int | None,
    **asked: Any,
) -> None:
    """Show the spectra of an adapter, a checkpoint or a pair.

    SUBJECT is an adapter in any format, a checkpoint, or a pipeline of diffusers, whose models are
    shown as by --each. OTHER is a checkpoint fine-tuned from
    SUBJECT, an adapter for it, or, with --compare, another adapter. Nothing is written but the
    pictures that you ask for."""
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.cli.screens import pictures
    from lorasurgery.cli.screens.inspect_screen import overview
    from lorasurgery.cli.screens.spectrum_screen import spectrum
    from lorasurgery.surgery.inspect import inspect
    from lorasurgery.surgery.pipelines.pipeline_folder import pipeline_of

    if compare and plot:
        raise click.UsageError("--plot draws spectra; a comparison is drawn by --svg and --html.")
    _refuse_idle(
        each=each,
        compare=compare,
        module=bool(module),
        as_json=as_json,
        is_drawn=bool(svg or html or plot),
        spectra=asked["spectra"],
    )
    if not compare and len(subjects) == 1 and (pipeline := pipeline_of(subjects[0], component)) is not None:
        chosen = filter(pipeline.wants, pipeline.parts)
        subjects, each, component = tuple(str(pipeline.folder / part) for part in chosen), True, ()
    if component:
        raise click.UsageError("--component is for one SUBJECT, a pipeline of diffusers.")
    if each:
        _inspect_each(subjects, include, as_json, asked)
        return
    subject, other = _pair_of(subjects)
    if compare:
        _compare(subject, other, include, module, as_json, svg, html, force, asked)
        return
    pictures.check(svg, html, plot, force=force)
    with draw.progress("inspect") as progress:
        report = inspect(subject, other, include=include, module=module, progress=progress, **asked)
    _refuse_unknown(report, sort)
    if plot:
        pictures.plot(report, plot, force=force)
    if as_json:
        draw.as_json(report.as_json(rank))
        return
    words = ["lorasurgery inspect", subject, *filter(None, [other]), *(["--by", by] if by else [])]
    with pictures.recorded(svg, html, " ".join(words), force=force) as console:
        if not module:
            overview(console, report, by=by, sort=sort, heat=heat, rank=rank)
        for spectra in report.modules if module else ():
            spectrum(console, spectra, rank)


def _pair_of(subjects: tuple[str, ...]) -> tuple[str, str | None]:
    if len(subjects) > 2:
        raise click.UsageError(
            f"One or two names are expected, and there are {len(subjects)}. "
            "To inspect each of them, add --each."
        )
    return subjects[0], subjects[1] if len(subjects) == 2 else None


def _inspect_each(
    subjects: tuple[str, ...], include: tuple[str, ...], as_json: bool, asked: dict[str, Any]
) -> None:
    from lorasurgery.cli.batch import finish, outcome_of
    from lorasurgery.cli.screens.console import console_for, progress
    from lorasurgery.cli.screens.each_screen import inspected_each
    from lorasurgery.surgery.inspect import inspect
    from lorasurgery.surgery.inspection.inspect_report import InspectReport

    done = []
    for number, subject in enumerate(subjects, start=1):
        with progress(f"inspect {number} of {len(subjects)}") as advance:
            done.append(
                outcome_of(subject, lambda name: inspect(name, include=include, progress=advance, **asked))
            )
    if not as_json:
        reports = [outcome.report for outcome in done if isinstance(outcome.report, InspectReport)]
        inspected_each(console_for(), reports)
    finish(done, as_json=as_json)


def _refuse_idle(
    *, each: bool, compare: bool, module: bool, as_json: bool, is_drawn: bool, spectra: bool
) -> None:
    """Refuse options that would do nothing beside the others."""
    idle = {
        "--each shows one row of each, in their order": (
            each,
            ("compare", "module", "by", "sort", "heat", "rank", "full", "svg", "html", "plot", "force"),
        ),
        "--compare shows no spectra": (compare, ("by", "sort", "heat", "rank", "full")),
        "--module draws single spectra, and no table": (module, ("by", "sort", "heat")),
        "--no-spectra decomposes nothing": (
            not spectra,
            ("compare", "module", "sort", "heat", "rank", "full", "plot"),
        ),
        "--json holds all modules in their own order": (as_json, ("by", "sort", "heat")),
        "--json takes the place of the screen": (as_json, ("svg", "html")),
        "nothing is written without --svg, --html or --plot": (not is_drawn, ("force",)),
    }
    for reason, (holds, names) in idle.items():
        for name in names:
            if holds and options.is_given(name):
                raise click.UsageError(f"--{name} would do nothing: {reason}. Leave one of them out.")


def _refuse_unknown(report: InspectReport, sort: str) -> None:
    """Refuse options that have no meaning for what was inspected."""
    if report.kind == "adapter" and options.is_given("full"):
        raise click.UsageError("--full would do nothing: all singular values of an adapter are always found.")
    if sort == "relative" and all(each.relative is None for each in report.modules):
        raise click.UsageError("--sort relative is by ‖ΔW‖ / ‖W‖, which needs the base; name it with --base.")


def _compare(
    subject: str,
    other: str | None,
    include: tuple[str, ...],
    module: tuple[str, ...],
    as_json: bool,
    svg: str | None,
    html: str | None,
    force: bool,
    asked: dict[str, Any],
) -> None:
    from lorasurgery.cli.screens import console as draw
    from lorasurgery.cli.screens import pictures
    from lorasurgery.cli.screens.compare_screen import compared
    from lorasurgery.surgery.compare import compare

    if other is None:
        raise click.UsageError("--compare takes two adapters.")
    pictures.check(svg, html, force=force)
    with draw.progress("compare") as progress:
        wanted = {key: asked[key] for key in ("base", "exclude", "alpha", "experts_order", "workers")}
        report = compare(subject, other, include=include, module=module, progress=progress, **wanted)
    if as_json:
        draw.as_json(report.as_json())
        return
    with pictures.recorded(
        svg, html, f"lorasurgery inspect {subject} {other} --compare", force=force
    ) as console:
        compared(console, report)
