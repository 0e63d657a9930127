"""The totals of an inspection in words: which rank is enough, where the change is, what a cut would cost."""

from __future__ import annotations

import math

from lorasurgery.cli.screens.console import plain
from lorasurgery.cli.screens.inspect_table import spread
from lorasurgery.surgery.inspection.grouping import OUTSIDE, grouped
from lorasurgery.surgery.inspection.inspect_report import InspectReport
from lorasurgery.text import counted, percent

# The cut that is judged where nothing else is asked for.
USUAL_RANK = 16


def totals(report: InspectReport, rank: int) -> list[list[str]]:
    """Plain sentences: what rank is enough, who carries the change, what a cut would cost."""
    if not report.spectra:
        fits = f": all are in {plain(report.base)}, and their shapes fit" if report.base else ""
        return [[f"[bold]{counted(len(report.modules), 'module')}[/] listed, none decomposed{fits}"]]
    if not report.seen:
        return [
            [
                "no matrices"
                if report.kind == "checkpoint" or not report.modules
                else "[bold]nothing changes[/]"
            ]
        ]
    what = "‖W‖²" if report.kind == "checkpoint" else "‖ΔW‖²"
    lines = [_enough(report, what), _carriers(report)]
    kept = report.kept_at(rank)
    if kept is not None:
        error = "0" if 1 - kept < 1e-9 else percent(math.sqrt(1 - kept))
        lines.append(
            [f"cut to rank {rank}: energy kept {percent(kept)}", f"relative error {error} of {what[:-1]}"]
        )
    above = [each.edge_rank for each in report.seen if each.edge_rank is not None]
    if above and len(above) == len(report.seen):
        lines.append([f"above the noise edge: rank [bold]{spread(sorted(above))}[/]"])
    if report.kind == "pair":
        others = counted(len(report.others), "other parameter")
        lines.append([f"{modules_in_words(report)} and {others} changed", f"{report.unchanged} unchanged"])
    if not report.flags:
        lines.append(["[green]health: nothing to flag[/]"])
    return lines


def telling_cut(report: InspectReport) -> int:
    """The usual rank, or half of what the adapter has where that is less."""
    most = max((len(each.sigma) for each in report.seen), default=0)
    return USUAL_RANK if most > USUAL_RANK else max(1, most // 2)


def _enough(report: InspectReport, what: str) -> list[str]:
    most = max(len(each.sigma) for each in report.seen)
    ranks = [report.rank_for(share) for share in (0.9, 0.99)]
    first, second = (f"more than {most}" if rank is None else str(rank) for rank in ranks)
    return [f"rank [bold]{first}[/] keeps 90 % of {what}", f"rank [bold]{second}[/] keeps 99 %"]


def _carriers(report: InspectReport) -> list[str]:
    """The kind and the layer with the largest share, where there are several to choose from."""
    parts = []
    for by in ("kind", "layer"):
        groups = [group for group in grouped(report, by) if group.seen and group.label != OUTSIDE]
        if len(groups) > 1:
            top = max(groups, key=lambda group: group.share)
            parts.append(f"largest {by}: [bold]{plain(top.label)}[/], {percent(top.share)}")
    return parts


def modules_in_words(report: InspectReport) -> str:
    """How many modules an adapter has, or matrices a checkpoint."""
    if report.kind == "adapter":
        return counted(len(report.modules), "module")
    return f"{len(report.modules)} {'matrix' if len(report.modules) == 1 else 'matrices'}"
