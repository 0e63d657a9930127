"""The screen as a file (rich's own recorder), and a figure fit for a paper (matplotlib)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint import check_output_file, output_file
from lorasurgery.cli.screens.console import RECORDED_WIDTH, console_for
from lorasurgery.errors import MissingExtraError, OutputError, UnsupportedError
from lorasurgery.foreign import shortened
from lorasurgery.paths import expanded
from lorasurgery.surgery.inspection.grouping import LayerMap, grouped, heat_map
from lorasurgery.surgery.inspection.inspect_report import InspectReport, ModuleSpectrum

if TYPE_CHECKING:
    from rich.console import Console

FIGURE_SUFFIXES = (".png", ".pdf", ".svg")
# Inches: the width of a page's text.
FIGURE_WIDTH, FIGURE_HEIGHT = 7.0, 2.8


def check(svg: str | None, html: str | None, figure: str | None = None, *, force: bool) -> None:
    """Refuse a name of another kind of file, and to replace a file, before any work starts.

    With --force a picture replaces what has its name: this is a picture, and never a file of a model.

    Raises:
        OutputError: it exists, or its folder does not; or its name does not end as a picture's.
    """
    kinds = (
        ("--svg", svg, (".svg",)),
        ("--html", html, (".html", ".htm")),
        ("--plot", figure, FIGURE_SUFFIXES),
    )
    for option, file, suffixes in kinds:
        if file is None:
            continue
        path = expanded(file)
        if path.suffix.lower() not in suffixes:
            raise OutputError(f"{option} {file}: {_way_out(option, path, suffixes)}")
        check_output_file(path, [], force=force)
        if not path.absolute().parent.is_dir():
            raise OutputError(f"{path} cannot be written: {path.parent} is not a folder.")


def _way_out(option: str, path: Path, suffixes: Sequence[str]) -> str:
    if option != "--plot" and path.suffix.lower() in FIGURE_SUFFIXES:
        return f"a screen is written as .svg or .html; --plot draws a figure as {path.suffix}."
    return f"the name of the picture has to end in {' or '.join(suffixes)}."


@contextmanager
def recorded(svg: str | None, html: str | None, title: str, *, force: bool) -> Iterator[Console]:
    """A console whose screen is also written to the files that are asked for.

    Raises:
        OutputError: a file cannot be written, or something has its name by now.
    """
    console = console_for(record=bool(svg or html))
    if (svg or html) and not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = RECORDED_WIDTH
    yield console
    if svg:
        _write(expanded(svg), console.export_svg(title=title, clear=False), force=force)
    if html:
        _write(expanded(html), console.export_html(clear=False), force=force)


def _write(path: Path, text: str, *, force: bool) -> None:
    with output_file(path, [], force=force) as partial:
        partial.write_text(text, encoding="utf-8")


def plot(report: InspectReport, file: str, *, force: bool) -> None:
    """Draw the spectra by kind and where the change is; for one module its spectrum and its energy.

    Raises:
        MissingExtraError: matplotlib is absent.
        UnsupportedError: there is nothing to draw.
        OutputError: the file cannot be written, or something has its name by now.
    """
    path = expanded(file)
    if not report.seen:
        raise UnsupportedError(f"{report.name} has no spectrum to draw.")
    figure = _figure(report)
    # Without a date in it, the same input gives the same bytes.
    suffix = path.suffix.lower()
    dated = {".pdf": "CreationDate", ".svg": "Date"}.get(suffix)
    with output_file(path, [], force=force) as partial:
        figure.savefig(partial, format=suffix[1:], dpi=200, metadata={dated: None} if dated else None)


def _figure(report: InspectReport) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("--plot needs matplotlib: pip install 'lorasurgery[plot]'.") from None
    figure = Figure(figsize=(FIGURE_WIDTH, FIGURE_HEIGHT), layout="constrained")
    left, right = figure.subplots(1, 2)
    if len(report.seen) == 1:
        _draw_module(left, right, report.seen[0])
        return figure
    for group in grouped(report, "kind"):
        if group.spectrum:
            left.semilogy(
                range(1, len(group.spectrum) + 1),
                _positive(group.spectrum),
                label=_label(group.label),
                linewidth=1,
            )
    left.set(xlabel="index", ylabel="σᵢ / σ₁, mean")
    left.legend(fontsize="x-small", frameon=False)
    drawn = heat_map(report, "energy")
    if drawn is None:
        _draw_energy(right, report)
    else:
        _draw_map(figure, right, drawn)
    return figure


def _draw_module(left: Any, right: Any, module: ModuleSpectrum) -> None:
    index = range(1, len(module.sigma) + 1)
    left.semilogy(index, _positive(module.sigma), linewidth=1)
    if module.noise_edge:
        left.axhline(module.noise_edge, linestyle=":", color="grey", label="noise edge")
        left.legend(fontsize="x-small", frameon=False)
    left.set(xlabel="index", ylabel="singular value", title=_label(module.module))
    left.title.set_fontsize("x-small")
    right.plot(index, [100 * (module.energy_at(rank) or 0) for rank in index], linewidth=1)
    right.set(xlabel="rank", ylabel="energy, %", ylim=(0, 101))


def _draw_energy(axes: Any, report: InspectReport) -> None:
    most = max(len(each.sigma) for each in report.seen)
    shares = [(rank, kept) for rank in range(1, most + 1) if (kept := report.kept_at(rank)) is not None]
    axes.plot([rank for rank, _ in shares], [100 * kept for _, kept in shares], linewidth=1)
    axes.set(xlabel="rank of every module", ylabel="energy, %", ylim=(0, 101))


def _draw_map(figure: Any, axes: Any, drawn: LayerMap) -> None:
    cells = [[float("nan") if value is None else value for value in row] for row in drawn.cells]
    image = axes.imshow(cells, aspect="auto", cmap="viridis", interpolation="nearest")
    axes.set_xticks(
        range(len(drawn.kinds)), [*map(_label, drawn.kinds)], rotation=45, ha="right", fontsize="x-small"
    )
    step = max(1, len(drawn.layers) // 8)
    axes.set_yticks(
        range(0, len(drawn.layers), step), [*map(_label, drawn.layers[::step])], fontsize="x-small"
    )
    axes.set_ylabel("layer")
    figure.colorbar(image, ax=axes, label="% of the energy")


def _label(name: str) -> str:
    """A name as matplotlib draws it letter by letter: between two dollar signs it would read a formula."""
    return shortened(name).replace("$", r"\$")


def _positive(values: Sequence[float]) -> list[float]:
    """Zeros are left out of a logarithmic axis."""
    return [value if value > 0 else float("nan") for value in values]
