"""The model card of a swappable graph: what it is, the lines that serve it, and what was found when it was run."""

from __future__ import annotations

from pathlib import Path

from lorasurgery.onnx.swapping.report import SwapAdapter, SwapReport


def model_card(report: SwapReport) -> str:
    """Write the card as Markdown with the Hub's front matter."""
    return f"""---
base_model: {report.base or report.graph}
library_name: onnx
tags:
- onnx
- lora
- lorasurgery
---

# {Path(report.output).name}

`{report.base or report.graph}` as a graph whose adapters are inputs ({len(report.modules)} modules, {report.dtype}). Without an adapter it is the bare
base; with one in force it is the model with that adapter, at any rank. A session serves all of them, a request each:

```python
import onnxruntime as ort

ort.set_default_logger_severity(3)  # it warns of every input that has a default
session = ort.InferenceSession("{report.file}")
adapter, options = ort.LoraAdapter(), ort.RunOptions()
adapter.Load("{report.adapters[0].file}")
options.add_active_adapter(adapter)
outputs = session.run(None, inputs, options)  # without `options`: the base
```

| file | adapter | modules | ranks | effect | differs from the merged graph by |
| --- | --- | --- | --- | --- | --- |
{"".join(map(_row, report.adapters))}
## Checked

{_checked(report)}
"""


def _row(each: SwapAdapter) -> str:
    low, high = each.ranks
    ranks = str(low) if low == high else f"{low} to {high}"
    seen = ("", "")
    if each.check is not None:
        seen = (f"{each.check.effect:.2g}", f"{each.check.max_difference:.1e} of {each.check.largest:.3g}")
    name = Path(each.name).name
    return (
        f"| `{each.file}` | {name} × {each.weight:g} | {each.modules} | {ranks} | {seen[0]} | {seen[1]} |\n"
    )


def _checked(report: SwapReport) -> str:
    if report.check is None:
        return "**Not at all**: it was made with `--no-verify`."
    return (
        f"ONNX Runtime on the CPU, on seeded inputs of {len(report.check.shapes)} sizes: without an adapter all outputs are the original graph's to the bit, "
        "and each adapter's are those of the graph with that adapter merged into its weights, but for the differences above."
    )
