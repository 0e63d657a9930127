"""The model card that lies beside an export: what it is, how to run it, and what was found when it
was compared with torch.
"""

from __future__ import annotations

from pathlib import Path

from lorasurgery.markdown import code, front_matter, prose, python_text, table
from lorasurgery.onnx.exporting.report import ExportCheck, ExportReport, OutputComparison


def model_card(report: ExportReport) -> str:
    """Write the card as Markdown with the Hub's front matter."""
    sections = [
        front_matter({"base_model": report.model, "library_name": "onnx", "tags": ["onnx", "lorasurgery"]}),
        f"# {prose(Path(report.output).name)}\n",
        _origin(report),
        _usage(report),
        "## Checked\n",
        _checked(report.check),
        "".join(f"- {prose(note)}\n" for note in report.notes),
    ]
    return "\n".join(section for section in sections if section)


def _origin(report: ExportReport) -> str:
    adapters = ", ".join(f"{code(name)} × {weight:g}" for name, weight in report.adapters)
    merged = f", with {adapters} merged into it ({report.changed} tensors)" if adapters else ""
    return (
        f"{code(report.model)}{merged}, exported to ONNX as {report.model_class} for {report.task}: "
        f"{report.dtype}, opset {report.opset}.\n"
    )


def _usage(report: ExportReport) -> str:
    first = report.graphs[0]
    return "\n".join(
        [
            "```python",
            "import onnxruntime",
            "",
            f"session = onnxruntime.InferenceSession({python_text(first.file)})",
            f"# inputs: {_some(first.inputs)}",
            f"# outputs: {_some(first.outputs)}",
            "```",
            "",
        ]
    )


def _some(names: object) -> str:
    listed = [str(name) for name in names]  # type: ignore[attr-defined]
    return ", ".join(listed if len(listed) <= 6 else [*listed[:5], "...", listed[-1]])


def _checked(check: ExportCheck | None) -> str:
    if check is None:
        return "**Not at all**: it was exported with `--no-verify`.\n"
    rows = [_row(each) for each in (*check.graphs, *check.quantised)]
    head = ("graph", "largest difference", "of numbers up to", "same maximum")
    return (
        "ONNX Runtime on the CPU compared with torch in float32, on seeded inputs of several batch sizes "
        "and lengths:\n\n" + table(head, rows)
    )


def _row(each: OutputComparison) -> list[str]:
    return [
        code(f"{each.graph}.onnx"),
        f"{each.max_difference:.1e}",
        f"{each.largest:.3g}",
        f"{100 * each.argmax_agreement:.4g} %",
    ]
