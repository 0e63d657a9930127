"""What a writing verb does with its plan: forecast it, or run it under a bar; and print what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lorasurgery.cli import screens

if TYPE_CHECKING:
    from lorasurgery.reports import Report
    from lorasurgery.surgery.plan import Plan


def carry_out(plan: Plan[Report, Report], verb: str, *, dry_run: bool, as_json: bool) -> None:
    """Print the forecast of a plan and stop, or run the plan and print its report; see `carried_out`."""
    screens.show(carried_out(plan, verb, dry_run=dry_run), as_json=as_json)


def carried_out(plan: Plan[Report, Report], verb: str, *, dry_run: bool) -> Report:
    """Return the forecast of a plan, or run the plan under a bar and return its report.

    Args:
        verb: the title of the bar.
    """
    from lorasurgery.cli.screens.console import progress

    if dry_run:
        return plan.forecast()
    with progress(verb) as advance:
        return plan.run(advance)
