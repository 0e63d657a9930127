"""The model card of a grafted graph: what was merged into it, and what was found when it was run."""

from __future__ import annotations

from pathlib import Path

from lorasurgery.markdown import code, front_matter, prose
from lorasurgery.onnx.grafting.report import GraftCheck, GraftReport


def model_card(report: GraftReport) -> str:
    """Write the card as Markdown with the Hub's front matter."""
    adapters = ", ".join(f"{code(Path(name).name)} × {weight:g}" for name, weight in report.adapters)
    origin = {"base_model": report.base} if report.base else {}
    return f"""{front_matter({**origin, "library_name": "onnx", "tags": ["onnx", "lorasurgery"]})}
# {prose(Path(report.output).name)}

{code(Path(report.model).name)} with {adapters} merged into {len(report.tensors)} of its initializers, without tracing the model again: each was computed
exactly and rounded once.

## Checked

{_checked(report.check)}
"""


def _checked(check: GraftCheck | None) -> str:
    if check is None:
        return "**Not at all**: it was made with `--no-verify`."
    changed = (
        f"The graph was run by ONNX Runtime before and after, on seeded inputs of {len(check.shapes)} "
        f"sizes: its outputs changed by up to {check.change:.2g}."
    )
    if check.against_torch is None:
        return f"{changed} It was not compared with torch: {prose(check.reason)}."
    torch = check.against_torch
    return (
        f"{changed} Against {torch.model_class} in torch, merged apart from this, they differ by "
        f"{torch.max_difference:.1e} where numbers go up to {torch.largest:.3g}, "
        f"and have their maximum in one place in {100 * torch.argmax_agreement:.4g} % of the rows."
    )
