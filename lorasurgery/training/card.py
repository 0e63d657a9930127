"""The model card beside what was trained: what it is, how to load it, how good it is, how it was made."""

from __future__ import annotations

import shlex
from pathlib import Path

from lorasurgery.markdown import code, front_matter, prose, python_text, table
from lorasurgery.text import percent
from lorasurgery.training import kinds
from lorasurgery.training.report import REPORT_FILE, TrainReport
from lorasurgery.training.scoring import Scores


def model_card(report: TrainReport) -> str:
    """Write the card as Markdown with the Hub's front matter."""
    sections = [
        _front(report),
        f"# {prose(Path(report.output).name)}\n",
        _what(report),
        _usage(report),
        _scores(report),
    ]
    return "\n".join(section for section in sections if section)


def _front(report: TrainReport) -> str:
    is_full = report.recipe["method"] == "full"
    tags = ["lorasurgery"] if is_full else [str(report.recipe["method"]), "lora", "lorasurgery"]
    library = "transformers" if is_full else "peft"
    return front_matter(
        {"base_model": report.base, "library_name": library, "tags": list(dict.fromkeys(tags))}
    )


def _what(report: TrainReport) -> str:
    recipe = report.recipe
    share = percent(report.trained / report.parameters)
    made = (
        "A full fine-tune"
        if recipe["method"] == "full"
        else f"An adapter (`{recipe['method']}`, rank {recipe['rank']})"
    )
    modules = f" on {len(report.targets)} modules" if report.targets else ""
    return (
        f"{made}{modules} of {code(report.base)}, made by `lorasurgery train`: {report.trained:,} numbers "
        f"trained ({share} of the model), {len(report.losses)} steps of "
        f"{recipe['batch_size']} examples, learning rate {recipe['rate']:g}, seed {recipe['seed']}. All "
        f"settings and the loss of every step are in `{REPORT_FILE}`.\n"
    )


def _usage(report: TrainReport) -> str:
    method, (name, task) = report.recipe["method"], next(iter(report.tasks.items()))
    loader = kinds.model_task(task.kind).auto_class
    count = (
        f", num_labels={len(task.labels) or 1}"
        if task.kind in ("classification", "regression", "tokens")
        else ""
    )
    folder = Path(report.output).name
    if method == "parallel":
        command = code(shlex.join(["lorasurgery", "fuse", folder, "--task", name]))
        return f"One folder for each branch; {command} makes one adapter of those that serve a task.\n"
    if method == "full":
        lines = [
            f"from transformers import {loader}",
            "",
            f"model = {loader}.from_pretrained({python_text(folder)})",
        ]
    else:
        lines = [
            f"from transformers import {loader}",
            "from peft import PeftModel",
            "",
            f"model = {loader}.from_pretrained({python_text(report.base)}{count})",
            f"model = PeftModel.from_pretrained(model, {python_text(folder)})",
        ]
    return "\n".join(["```python", *lines, "```", ""])


def _scores(report: TrainReport) -> str:
    rows = [
        [code(name) if len(report.tasks) > 1 else task.kind, f"{task.scores.count:,}", _figures(task.scores)]
        for name, task in report.tasks.items()
        if task.scores
    ]
    return (
        "On examples that were held back:\n\n" + table(["task", "examples", "scores"], rows) if rows else ""
    )


def _figures(scores: Scores) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in scores.metrics.items())
