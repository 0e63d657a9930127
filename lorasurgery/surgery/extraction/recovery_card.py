"""Write the model card of a recovered adapter: what it is, how to use it, and what rebuilds the model."""

from __future__ import annotations

from pathlib import Path

from lorasurgery.adapter import Host
from lorasurgery.checkpoint.folder import EXCEPTIONS_FILE
from lorasurgery.markdown import code, front_matter, prose, table
from lorasurgery.surgery.extraction.recovery_report import RecoveryReport
from lorasurgery.text import counted, percent, times


def recovery_card(report: RecoveryReport, host: Host) -> str:
    """Write the card as Markdown with the Hub's front matter."""
    base = {"base_model": host.base_name} if host.base_name else {}
    rows = [
        [code(each.name), times(each.shape), str(each.rank), f"{each.exceptions:,}", percent(each.share)]
        for each in report.tensors
    ]
    sections = [
        front_matter({**base, "library_name": "peft", "tags": ["lora", "lorasurgery"]}),
        f"# {prose(Path(report.output).name)}\n",
        f"The LoRA that was merged into {code(report.merged)}, recovered from the stored bits of that model "
        f"and of {code(report.base)}. PEFT loads it as any adapter.\n",
        f"{code(EXCEPTIONS_FILE)} has the {counted(report.exceptions, 'element')} "
        "that a merge of the factors rounds to another number. With it, `lorasurgery merge` of this adapter "
        "into the base gives the tensors of the merged model, bit for bit.\n",
        *_whole(report),
        table(["tensor", "shape", "rank", "exceptions", "share of elements"], rows),
    ]
    return "\n".join(sections)


def _whole(report: RecoveryReport) -> list[str]:
    names = ", ".join(code(each.name) for each in report.kept)
    return [f"No LoRA explains the change of {names}: the adapter has what replaces them.\n"] if names else []
