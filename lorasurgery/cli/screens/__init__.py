"""What the commands print: which screen draws which report, and where a report is printed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import Console

# A report's or a forecast's class -> the module here and its function `(console, report) -> None`.
SCREENS = {
    "CompareReport": "compare_screen:compared",
    "EvaluateReport": "train_screen:evaluated",
    "ExtractReport": "extract_screen:extracted",
    "Forecast": "extract_screen:extract_forecast",
    "FuseReport": "conversion_screen:fused",
    "RanksReport": "train_screen:ranked",
    "RecastReport": "conversion_screen:converted",
    "TrainReport": "train_screen:trained",
}


class Report(Protocol):
    """What every verb returns, and every plan forecasts."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        ...


def draw(console: Console, report: Report) -> None:
    """Draw a report or a forecast on its screen."""
    module, function = SCREENS[type(report).__name__].split(":")
    getattr(import_module(f"{__name__}.{module}"), function)(console, report)


def show(report: Report, *, as_json: bool) -> None:
    """Print a report on stdout, as its screen or as JSON."""
    from lorasurgery.cli.screens import console

    if as_json:
        console.as_json(report.as_json())
    else:
        draw(console.console_for(), report)
