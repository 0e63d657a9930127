"""The model card of a swappable graph: what it is, the lines that serve it, and what was found
when it was run.
"""

from __future__ import annotations

from pathlib import Path

from lorasurgery.markdown import code, front_matter, prose, python_text, table
from lorasurgery.onnx.swapping.report import SwapAdapter, SwapReport

HEAD = ("file", "adapter", "modules", "ranks", "effect", "differs from the merged graph by")


def model_card(report: SwapReport) -> str:
    """Write the card as Markdown with the Hub's front matter."""
    base = report.base or report.graph
    return f"""{front_matter({"base_model": base, "library_name": "onnx", "tags": ["onnx", "lora", "lorasurgery"]})}
# {prose(Path(report.output).name)}

{code(base)} as a graph whose adapters are inputs ({len(report.modules)} modules, {report.dtype}). Without an adapter it is the bare
base; with one in force it is the model with that adapter, at any rank. A session serves all of them, a request each:

```python
import onnxruntime as ort

ort.set_default_logger_severity(3)  # it warns of every input that has a default
session = ort.InferenceSession({python_text(report.file)})
adapter, options = ort.LoraAdapter(), ort.RunOptions()
adapter.Load({python_text(report.adapters[0].file)})
options.add_active_adapter(adapter)
outputs = session.run(None, inputs, options)  # without `options`: the base
```

{table(HEAD, [_row(each) for each in report.adapters])}
## Checked

{_checked(report)}
"""


def _row(each: SwapAdapter) -> list[str]:
    low, high = each.ranks
    ranks = str(low) if low == high else f"{low} to {high}"
    seen = ("", "")
    if each.check is not None:
        seen = (f"{each.check.effect:.2g}", f"{each.check.max_difference:.1e} of {each.check.largest:.3g}")
    name = Path(each.name).name
    return [code(each.file), f"{prose(name)} × {each.weight:g}", str(each.modules), ranks, *seen]


def _checked(report: SwapReport) -> str:
    if report.check is None:
        return "**Not at all**: it was made with `--no-verify`."
    return (
        f"ONNX Runtime on the CPU, on seeded inputs of {len(report.check.shapes)} sizes: without an "
        "adapter all outputs are the original graph's, bit for bit, and with each adapter they are those "
        "of the graph with that adapter merged into its weights, but for the differences above."
    )
