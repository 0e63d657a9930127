"""Write the model card of an extracted adapter: what it is, how to load it, how good it is."""

from __future__ import annotations

from pathlib import Path

from lorasurgery.adapter import Host
from lorasurgery.architecture.tasks import BY_PEFT
from lorasurgery.markdown import code, front_matter, is_python_name, prose, python_text, table
from lorasurgery.surgery.extraction.extract_report import ExtractReport
from lorasurgery.text import percent, times

# A relative error below this is the rounding of float32 factors.
NO_ERROR = 1e-6


def model_card(report: ExtractReport, host: Host) -> str:
    """Write the card as Markdown with the Hub's front matter."""
    sections = [
        _front_matter(host),
        f"# {prose(Path(report.output).name)}\n",
        f"The low-rank adapter inside {code(report.tuned)}, extracted from its difference to "
        f"{code(report.base)} by truncated SVD"
        f" (rank rule {code(str(report.rank))}).\n",
        _usage(report, host),
        _figures(report),
        _modules(report),
        _kept(report),
        _lost(report),
    ]
    return "\n".join(section for section in sections if section)


def _front_matter(host: Host) -> str:
    base = {"base_model": host.base_name} if host.base_name else {}
    return front_matter({**base, "library_name": "peft", "tags": ["lora", "lorasurgery"]})


def _usage(report: ExtractReport, host: Host) -> str:
    task = BY_PEFT.get(host.task_type or "")
    loader = task.auto_class if task is not None else host.class_name or ""
    if report.format != "peft" or not all(map(is_python_name, (loader, *report.untied))):
        return ""
    settings = f", revision={python_text(host.base_revision)}" if host.base_revision else ""
    settings += f", num_labels={report.num_labels}" if report.num_labels else ""
    settings += ", ignore_mismatched_sizes=True" if report.reshaped else ""
    resize = f"model.resize_token_embeddings({report.vocabulary})  # the adapter has rows for as many tokens"
    untie = [
        *(
            f"model.{name} = torch.nn.Parameter(model.{name}.clone())  # no longer tied"
            for name in report.untied
        ),
        *(["model.config.tie_word_embeddings = False"] if report.untied else []),
    ]
    lines = [
        "```python",
        *(["import torch"] if report.untied else []),
        f"from transformers import {loader}",
        "from peft import PeftModel",
        "",
        f"model = {loader}.from_pretrained({python_text(host.base_name or report.base)}{settings})",
        *untie,
        *([resize] if report.vocabulary else []),
        f"model = PeftModel.from_pretrained(model, {python_text(Path(report.output).name)})",
        "```",
        "",
    ]
    return "\n".join(lines)


def _figures(report: ExtractReport) -> str:
    return (
        f"Of ‖ΔW‖²_F, {percent(report.energy_kept)} is in the factors of the "
        f"{sum(m.rank > 0 for m in report.modules)} adapted modules and "
        f"{percent(report.accounted)} of the whole change is in this adapter ({report.nbytes / 1e6:.2f} "
        f"MB; the fine-tuned model has {report.model_nbytes / 1e6:.2f} MB).\n"
    )


def _modules(report: ExtractReport) -> str:
    rows = [
        [
            code(m.module),
            times(m.shape),
            str(m.rank),
            percent(m.energy_kept),
            f"{m.relative_error:.2e}",
            f"{m.error_to_base:.2e}",
        ]
        for m in report.modules
    ]
    return table(["module", "shape", "rank", "energy kept", "error / ΔW", "error / W"], rows)


def _kept(report: ExtractReport) -> str:
    rows = [[code(k.name), k.form, f"{k.nbytes:,}", _share(k.share)] for k in report.kept]
    return (
        "Kept as it is:\n\n" + table(["parameter", "form", "bytes", "share of the change"], rows)
        if rows
        else ""
    )


def _lost(report: ExtractReport) -> str:
    rows = [[code(lost.name), prose(lost.reason), _share(lost.share)] for lost in report.lost]
    return "Left out:\n\n" + table(["parameter", "reason", "share of the change"], rows) if rows else ""


def error_of(error: float) -> str:
    """A relative error as people read it: `39.1 %`, or its exponent where it is next to nothing."""
    if error < NO_ERROR:
        return "0" if error == 0 else f"{error:.0e}"
    return percent(error) if error >= 0.001 else f"{error:.1e}"


def _share(share: float | None) -> str:
    return "new" if share is None else percent(share)
