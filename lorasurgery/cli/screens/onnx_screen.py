"""Draws what `export-onnx` would write or wrote: graphs, differences from torch, and where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lorasurgery.cli.screens.console import plain, print_notes, print_output, size, table
from lorasurgery.text import counted, percent, times

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.onnx.exporting.forecast import ExportForecast
    from lorasurgery.onnx.exporting.report import ExportReport, OutputComparison
    from lorasurgery.onnx.grafting.report import GraftForecast, GraftReport
    from lorasurgery.onnx.swapping.forecast import AdapterForecast, SwapForecast
    from lorasurgery.onnx.swapping.report import SwapAdapter, SwapReport

# Below this, differences tell one processor from another; --json has them.
NOISE = 1e-5
# More initializers than this are counted and not named.
MOST_ROWS = 16


def export_forecast(console: Console, planned: ExportForecast) -> None:
    """Draw what an export would write."""
    drawn = table("graph", "nodes", "weights", "inputs", "outputs")
    for each in planned.graphs:
        counts = (each.nodes, each.parameters, len(each.inputs), len(each.outputs))
        drawn.add_row(plain(each.file), *map(str, counts))
    console.print(drawn)
    console.print()
    print_notes(console, planned.notes)
    _print_model(console, planned)
    checked = "would be compared with torch" if planned.is_checked else "would not be compared with torch"
    console.print(f"{checked}; peak memory about {size(planned.peak_nbytes)}")
    quantised = ["quantised graphs of about a quarter of that"] if planned.int8 else []
    more = [*_referred(planned.referred_nbytes), *quantised]
    print_output(console, _with_slash(planned.output), planned.nbytes, *more, would=True)


def exported(console: Console, done: ExportReport) -> None:
    """Draw the graphs of an export, and how far they are from torch."""
    _print_graphs(console, done)
    print_notes(console, done.notes)
    _print_model(console, done)
    if done.check is None:
        console.print("not compared with torch")
    else:
        steps = sum(each.steps for each in done.check.graphs)
        cached = f", {steps} of them with the cache fed back" if steps else ""
        runs = counted(sum(each.runs for each in done.check.graphs), "run")
        console.print(f"compared with torch in {runs}{cached}")
    print_output(console, _with_slash(done.output), done.nbytes, *_referred(done.referred_nbytes))


def _print_model(console: Console, report: ExportForecast | ExportReport) -> None:
    console.print(f"{report.model_class} for {report.task}, {report.dtype}, opset {report.opset}")
    if report.adapters:
        console.print(f"{_named(report.adapters)} merged into {counted(report.changed, 'tensor')}")


def _print_graphs(console: Console, done: ExportReport) -> None:
    drawn = table("graph", "nodes", "weights", "max |graph − torch|", "max |output|", "argmax agreement")
    compared: Mapping[str, OutputComparison] = (
        {f"{each.graph}.onnx": each for each in (*done.check.graphs, *done.check.quantised)}
        if done.check
        else {}
    )
    for each in done.graphs:
        figures = _figures(compared.get(each.file))
        drawn.add_row(plain(each.file), str(each.nodes), str(each.parameters), *figures)
    known = {each.file for each in done.graphs}
    for file in sorted(compared.keys() - known):
        drawn.add_row(plain(file), "", "", *_figures(compared[file]))
    console.print(drawn)
    console.print()


def _figures(compared: OutputComparison | None) -> tuple[str, ...]:
    if compared is None:
        return ("", "", "")
    return (
        _difference(compared.max_difference),
        f"{compared.largest:.3g}",
        percent(compared.argmax_agreement),
    )


def _difference(value: float) -> str:
    return f"{value:.1e}" if value > NOISE else f"< {NOISE:.0e}"


def graft_forecast(console: Console, planned: GraftForecast) -> None:
    """Draw which initializers of a graph a graft would change."""
    drawn = table("parameter", "found by", "shape", "dtype")
    for each in planned.tensors[:MOST_ROWS]:
        drawn.add_row(plain(each.parameter), each.found_by, times(each.shape), each.dtype)
    if len(planned.tensors) > MOST_ROWS:
        drawn.add_row(f"and {len(planned.tensors) - MOST_ROWS} more (see --json)")
    console.print(drawn)
    console.print()
    print_notes(console, planned.notes)
    new = sum(each.initializer is None for each in planned.tensors)
    _print_grafted(console, planned, f", {new} of them new" if new else "")
    changed = f"{size(planned.changed_nbytes)} of it changed"
    print_output(console, f"{planned.output}/", planned.nbytes, changed, would=True)


def grafted(console: Console, done: GraftReport) -> None:
    """Draw what was merged into a graph, and how far its outputs are from before and from torch."""
    print_notes(console, done.notes)
    _print_grafted(console, done)
    if done.check is None:
        console.print("not run")
    else:
        console.print(
            f"the adapters change the outputs by up to {done.check.change:.2g}; "
            f"the largest output is {done.check.largest:.3g}"
        )
        torch = done.check.against_torch
        console.print(
            f"max |graph − torch| {_difference(torch.max_difference)}, "
            f"max |output| {torch.largest:.3g}, argmax agreement {percent(torch.argmax_agreement)}"
            if torch
            else f"not compared with torch: {plain(done.check.reason)}"
        )
    print_output(console, f"{done.output}/", done.nbytes, f"{size(done.changed_nbytes)} of it changed")


def _print_grafted(console: Console, report: GraftForecast | GraftReport, more: str = "") -> None:
    tensors = counted(len(report.tensors), "initializer")
    console.print(f"{_named(report.adapters)} merged into {tensors} of {plain(report.model)}{more}")


def swap_forecast(console: Console, planned: SwapForecast) -> None:
    """Draw which adapters' files would be written, and what the graph would be."""
    drawn = table("adapter", "modules", "rank", "size")
    for each in planned.adapters:
        drawn.add_row(*_adapter_cells(each))
    console.print(drawn)
    console.print()
    print_notes(console, planned.notes)
    _print_branches(console, planned)
    checked = "would be run first" if planned.is_checked else "would not be run"
    console.print(f"{checked}; {size(planned.needed_nbytes)} of disk space needed while it is built")
    console.print(f"peak memory about {size(planned.peak_nbytes)}")
    adapters = f"{size(sum(each.nbytes for each in planned.adapters))} of adapters"
    print_output(console, f"{planned.output}/", planned.nbytes, adapters, would=True)


def swapped(console: Console, done: SwapReport) -> None:
    """Draw the adapters' files, what each changes, and what the graph is."""
    drawn = table("adapter", "modules", "rank", "size", "max |change|", "max |error|")
    for each in done.adapters:
        check = each.check
        figures = (f"{check.effect:.2g}", _difference(check.max_difference)) if check else ("", "")
        drawn.add_row(*_adapter_cells(each), *figures)
    console.print(drawn)
    console.print()
    print_notes(console, done.notes)
    _print_branches(console, done)
    if done.check is None:
        console.print("not run")
    else:
        shapes = counted(len(done.check.shapes), "input shape")
        console.print("without an adapter: the outputs of the original graph, bit for bit")
        console.print(f"with each adapter: compared with its merge into the graph, on {shapes}")
    print_output(console, f"{done.output}/", done.nbytes)


def _adapter_cells(adapter: AdapterForecast | SwapAdapter) -> tuple[str, ...]:
    low, high = adapter.ranks
    ranks = str(low) if low == high else f"{low}–{high}"
    return (plain(adapter.file), str(adapter.modules), ranks, size(adapter.nbytes))


def _print_branches(console: Console, report: SwapForecast | SwapReport) -> None:
    modules = counted(len(report.modules), "module")
    console.print(f"{modules} of {plain(report.graph)} with a branch for adapters, {report.dtype}")


def _named(adapters: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{plain(name)}:{weight:g}" for name, weight in adapters)


def _with_slash(output: str) -> str:
    """Return a folder's name with a slash; with --reuse-shards the output is a graph, and no folder."""
    return output if output.endswith(".onnx") else f"{output}/"


def _referred(nbytes: int) -> list[str]:
    return [f"and {size(nbytes)} in the checkpoint's own files"] if nbytes else []
