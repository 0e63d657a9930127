"""What `export-onnx` says: the graphs, how close they are to torch, and where they went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lorasurgery.cli.screens import console as draw
from lorasurgery.cli.screens.console import console_for, count, plain, size, table
from lorasurgery.text import percent

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.onnx.exporting.report import Compared, ExportReport
    from lorasurgery.onnx.grafting.report import GraftReport
    from lorasurgery.onnx.swapping.report import SwapReport

# Below this, differences tell one processor from another; --json has them.
NOISE = 1e-5


def exported(done: ExportReport, *, as_json: bool) -> None:
    """Say what an export made."""
    if as_json:
        draw.as_json(done.as_json())
        return
    console = console_for()
    _graphs(console, done)
    for note in done.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    console.print(f"{done.model_class} for {done.task}, {done.dtype}, opset {done.opset}")
    if done.adapters:
        adapters = ", ".join(f"{plain(name)}:{weight:g}" for name, weight in done.adapters)
        console.print(f"{adapters} merged into {count(done.changed, 'tensor')}")
    if done.check is None:
        console.print("not compared with torch")
    else:
        steps = sum(each.steps for each in done.check.graphs)
        cached = f", {steps} of them with the cache fed back" if steps else ""
        console.print(
            f"compared with torch in {count(sum(each.runs for each in done.check.graphs), 'run')}{cached}"
        )
    beside = (
        f", and {size(done.referred_nbytes)} in the checkpoint's own files" if done.referred_nbytes else ""
    )
    # A graph by itself lies beside its weights.
    folder = "" if done.output.endswith(".onnx") else "/"
    console.print(f"wrote  [bold]{plain(done.output)}{folder}[/]  {size(done.nbytes)}{beside}")


def _graphs(console: Console, done: ExportReport) -> None:
    drawn = table("graph", "nodes", "weights", "difference", "of up to", "same maximum")
    found: Mapping[str, Compared] = (
        {f"{each.graph}.onnx": each for each in (*done.check.graphs, *done.check.quantised)}
        if done.check
        else {}
    )
    for each in done.graphs:
        drawn.add_row(
            plain(each.file), str(each.nodes), str(each.parameters), *_figures(found.get(each.file))
        )
    known = {each.file for each in done.graphs}
    for file in sorted(found.keys() - known):
        drawn.add_row(plain(file), "", "", *_figures(found[file]))
    console.print(drawn)
    console.print()


def _figures(found: Compared | None) -> tuple[str, ...]:
    if found is None:
        return ("", "", "")
    return (_difference(found.max_difference), f"{found.largest:.3g}", percent(found.argmax_agreement))


def _difference(value: float) -> str:
    return f"{value:.1e}" if value > NOISE else f"< {NOISE:.0e}"


def grafted(done: GraftReport, *, as_json: bool) -> None:
    """Say what was merged into a graph."""
    if as_json:
        draw.as_json(done.as_json())
        return
    console = console_for()
    for note in done.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    adapters = ", ".join(f"{plain(name)}:{weight:g}" for name, weight in done.adapters)
    console.print(f"{adapters} merged into {count(len(done.tensors), 'initializer')} of {plain(done.model)}")
    if done.check is None:
        console.print("not run")
    else:
        console.print(
            f"its answers changed by {done.check.change:.2g} where numbers go up to {done.check.largest:.3g}"
        )
        torch = done.check.against_torch
        console.print(
            f"compared with torch: {_difference(torch.max_difference)} of up to {torch.largest:.3g}, same maximum {percent(torch.argmax_agreement)}"
            if torch
            else f"not compared with torch: {plain(done.check.reason)}"
        )
    console.print(
        f"wrote  [bold]{plain(done.output)}/[/]  {size(done.nbytes)}, {size(done.changed_nbytes)} of it changed"
    )


def swapped(done: SwapReport, *, as_json: bool) -> None:
    """Say what a graph with swappable adapters is."""
    if as_json:
        draw.as_json(done.as_json())
        return
    console = console_for()
    drawn = table("adapter", "modules", "rank", "size", "effect", "difference")
    for each in done.adapters:
        low, high = each.ranks
        figures = (
            (f"{each.check.effect:.2g}", _difference(each.check.max_difference)) if each.check else ("", "")
        )
        ranks = str(low) if low == high else f"{low}–{high}"
        drawn.add_row(plain(each.file), str(each.modules), ranks, size(each.nbytes), *figures)
    console.print(drawn)
    console.print()
    for note in done.notes:
        console.print(f"[dim]note: {plain(note)}[/]")
    console.print(
        f"{count(len(done.modules), 'module')} of {plain(done.graph)} with a branch for adapters, {done.dtype}"
    )
    if done.check is None:
        console.print("not run")
    else:
        console.print(
            f"without an adapter as before, to the bit; with each, beside its merge into the graph, on {count(len(done.check.shapes), 'shape')} of input"
        )
    console.print(f"wrote  [bold]{plain(done.output)}/[/]  {size(done.nbytes)}")
