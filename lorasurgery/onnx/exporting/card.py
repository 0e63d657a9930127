"""The model card that lies beside an export: what it is, how to run it, and what was found when it was compared with torch."""

from __future__ import annotations

from pathlib import Path

from lorasurgery.onnx.exporting.report import Check, Compared, ExportReport


def model_card(report: ExportReport) -> str:
    """Write the card as Markdown with the Hub's front matter."""
    sections = [
        f"---\nbase_model: {report.model}\nlibrary_name: onnx\ntags:\n- onnx\n- lorasurgery\n---\n",
        f"# {Path(report.output).name}\n",
        _origin(report),
        _usage(report),
        "## Checked\n",
        _checked(report.check),
        "".join(f"- {note}\n" for note in report.notes),
    ]
    return "\n".join(section for section in sections if section)


def _origin(report: ExportReport) -> str:
    adapters = ", ".join(f"`{name}` × {weight:g}" for name, weight in report.adapters)
    merged = f", with {adapters} merged into it ({report.changed} tensors)" if adapters else ""
    return f"`{report.model}`{merged}, exported to ONNX as {report.model_class} for {report.task}: {report.dtype}, opset {report.opset}.\n"


def _usage(report: ExportReport) -> str:
    first = report.graphs[0]
    return "\n".join(
        [
            "```python",
            "import onnxruntime",
            "",
            f'session = onnxruntime.InferenceSession("{first.file}")',
            f"# inputs: {_some(first.inputs)}",
            f"# outputs: {_some(first.outputs)}",
            "```",
            "",
        ]
    )


def _some(names: object) -> str:
    listed = [str(name) for name in names]  # type: ignore[attr-defined]
    return ", ".join(listed if len(listed) <= 6 else [*listed[:5], "...", listed[-1]])


def _checked(check: Check | None) -> str:
    if check is None:
        return "**Not at all**: it was exported with `--no-verify`.\n"
    rows = [_row(each) for each in (*check.graphs, *check.quantised)]
    head = "| graph | largest difference | of numbers up to | same maximum |\n| --- | --- | --- | --- |\n"
    return (
        "ONNX Runtime on the CPU beside torch in float32, on seeded inputs of several batch sizes and lengths:\n\n"
        + head
        + "\n".join(rows)
        + "\n"
    )


def _row(each: Compared) -> str:
    return f"| `{each.graph}.onnx` | {each.max_difference:.1e} | {each.largest:.3g} | {100 * each.argmax_agreement:.4g} % |"
