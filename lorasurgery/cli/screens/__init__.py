"""What the commands print: which screen draws which report, and where a report is printed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from lorasurgery.reports import Report

# A report's or a forecast's class -> the module here and its function `(console, report) -> None`.
SCREENS = {
    "ApplyForecast": "delta_screen:apply_forecast",
    "ApplyReport": "delta_screen:applied",
    "AssembleForecast": "parts_screen:assemble_forecast",
    "AssembleReport": "parts_screen:assembled",
    "CheckReport": "check_screen:checked",
    "CompareReport": "compare_screen:compared",
    "ConversionForecast": "conversion_screen:conversion_forecast",
    "ConversionReport": "conversion_screen:converted",
    "DeltaForecast": "delta_screen:delta_forecast",
    "DeltaReport": "delta_screen:delta_written",
    "DiffReport": "diff_screen:differences",
    "EvaluateReport": "train_screen:evaluated",
    "ExportForecast": "onnx_screen:export_forecast",
    "ExportReport": "onnx_screen:exported",
    "ExtractForecast": "extract_screen:extract_forecast",
    "ExtractReport": "extract_screen:extracted",
    "FuseReport": "conversion_screen:fused",
    "GraftForecast": "onnx_screen:graft_forecast",
    "GraftReport": "onnx_screen:grafted",
    "InspectReport": "inspect_screen:overview",
    "MergeForecast": "merge_screen:merge_forecast",
    "MergeReport": "merge_screen:merged",
    "PartForecast": "parts_screen:part_forecast",
    "PartReport": "parts_screen:part_written",
    "RecoveryReport": "recovery_screen:recovered",
    "RanksReport": "train_screen:ranked",
    "SubtractForecast": "merge_screen:subtract_forecast",
    "SubtractReport": "merge_screen:subtracted",
    "SwapForecast": "onnx_screen:swap_forecast",
    "SwapReport": "onnx_screen:swapped",
    "TrainForecast": "train_screen:train_forecast",
    "TrainReport": "train_screen:trained",
    "UnmergeForecast": "merge_screen:unmerge_forecast",
    "UnmergeReport": "merge_screen:unmerged",
    "VerifyReport": "merge_screen:verified",
}
# A screen in a notebook: its own colours on the page's background.
CELL = '<pre style="white-space:pre;overflow-x:auto;line-height:normal;font-family:monospace">{code}</pre>'


def draw(console: Console, report: Report) -> None:
    """Draw a report or a forecast on its screen."""
    module, function = SCREENS[type(report).__name__].split(":")
    getattr(import_module(f"{__name__}.{module}"), function)(console, report)


def show(report: Report, *, as_json: bool, title: str = "") -> None:
    """Print a report on stdout, as JSON or as its screen, under a title if it is one of several."""
    from lorasurgery.cli.screens import console

    if as_json:
        console.as_json(report.as_json())
        return
    stdout = console.console_for()
    if title:
        stdout.print(f"[bold]== {console.plain(title)}[/]")
    draw(stdout, report)
    if title:
        stdout.print()


def as_html(report: Report) -> str:
    """Return the screen of a report as HTML, for a notebook."""
    from lorasurgery.cli.screens import console

    recorder = console.recording()
    draw(recorder, report)
    return recorder.export_html(inline_styles=True, code_format=CELL)
