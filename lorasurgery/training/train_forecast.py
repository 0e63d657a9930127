"""What a training run would train and cost, found on an outline of the model: shapes without numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.text import counted, percent
from lorasurgery.training import methods
from lorasurgery.training.fit import Schedule
from lorasurgery.training.models import load_model
from lorasurgery.training.run import TrainJob, evaluation_interval

VERSION = 1
# What the interpreter takes with torch, transformers and PEFT loaded.
LIBRARY_BYTES = 600 * 10**6
# Bytes of activations for each token and each number of a layer's width in float32, and for each
# head and pair of tokens: twice those of half precision (Korthikanti et al., 2022, arXiv
# 2205.05198, section 4.1).
BYTES_BY_WIDTH, BYTES_BY_PAIR = 2 * 34, 2 * 5
# A parameter that is trained has a gradient and AdamW's two moments, in float32 as the parameter
# itself.
FLOAT_BYTES, TRAINED_COPIES = 4, 3


@dataclass(frozen=True)
class TaskForecast:
    """One task: its kind and labels, how many examples it has to train on and held back, and the
    longest in tokens.
    """

    kind: str
    labels: tuple[str, ...]
    texts: tuple[str, ...]
    label: str | None
    examples: int
    held_out: int
    longest: int

    def as_json(self) -> dict[str, Any]:
        """Return the task as JSON values, in the words of a training report."""
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "text": list(self.texts),
            "label": self.label,
            "examples": self.examples,
            "held_out": self.held_out,
            "longest": self.longest,
        }


@dataclass(frozen=True, repr=False)
class TrainForecast(Report):
    """What a run would train, for how many steps, and where the output would be.

    `targets` are the adapted modules, `heads` those that are trained whole. `nbytes` are those of
    what is trained, about what is written. `peak_nbytes` is the memory of one process: weights,
    gradients, moments and activations, the last by a formula for transformers. `evaluate_every` is
    0 without held-out examples; `resumes` says that a state is kept.
    """

    output: str
    base: str
    recipe: Mapping[str, Any]
    targets: tuple[str, ...]
    heads: tuple[str, ...]
    trained: int
    parameters: int
    tasks: Mapping[str, TaskForecast]
    steps: int
    warmup_steps: int
    evaluate_every: int
    keep_every: int
    resumes: bool
    nbytes: int
    peak_nbytes: int
    notes: Sequence[str] = ()

    ROWS: ClassVar[str] = "targets"

    @property
    def summary(self) -> str:
        """The method, what it trains, how long, and where the output would be."""
        share = percent(self.trained / self.parameters)
        steps = counted(self.steps, "step")
        return (
            f"{self.recipe['method']}, {self.trained:,} parameters ({share}), {steps}, would write "
            f"{self.output}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the forecast as JSON values, in the words of a training report."""
        return {
            "verb": "train",
            "version": VERSION,
            "dry_run": True,
            "output": self.output,
            "base": self.base,
            "recipe": dict(self.recipe),
            "targets": list(self.targets),
            "heads": list(self.heads),
            "trained": self.trained,
            "parameters": self.parameters,
            "tasks": {name: task.as_json() for name, task in self.tasks.items()},
            "steps": self.steps,
            "warmup_steps": self.warmup_steps,
            "evaluate_every": self.evaluate_every,
            "keep_every": self.keep_every,
            "resumes": self.resumes,
            "nbytes": self.nbytes,
            "peak_nbytes": self.peak_nbytes,
            "notes": list(self.notes),
        }


def forecast_of(job: TrainJob, output: str, pace: Schedule, *, goes_on: bool) -> TrainForecast:
    """Build the model without numbers, put the method around it, and count what would be trained.

    Raises:
        NothingToDoError: a target fits no module.
        NotACheckpointError, UnsupportedError: transformers cannot load the model for this task.
    """
    loaded = load_model(job.model, job.lanes[0].task, job.tokenizer, as_outline=True)
    parameters = sum(each.numel() for each in loaded.model.parameters())
    tasks = {lane.name: lane.task for lane in job.lanes}
    model: Any = loaded.model
    config = model.config.get_text_config()
    trained = methods.load(job.recipe.method).build(loaded, tasks, job.counted_recipe)
    weights = FLOAT_BYTES * sum(each.numel() for each in trained.model.parameters())
    moments = FLOAT_BYTES * TRAINED_COPIES * trained.count
    return TrainForecast(
        output=output,
        base=job.model,
        recipe=job.recipe.as_json() | {"max_tokens": job.max_tokens},
        targets=trained.targets,
        heads=loaded.heads,
        trained=trained.count,
        parameters=parameters,
        tasks={lane.name: _task(job, lane.name) for lane in job.lanes},
        steps=job.steps,
        warmup_steps=max(1, round(job.steps * job.recipe.warmup)),
        evaluate_every=evaluation_interval(job, pace.look_every) if job.held else 0,
        keep_every=pace.keep_every,
        resumes=goes_on,
        nbytes=FLOAT_BYTES * trained.count,
        peak_nbytes=LIBRARY_BYTES + weights + moments + _activation_nbytes(job, config),
    )


def _task(job: TrainJob, name: str) -> TaskForecast:
    lane = next(lane for lane in job.lanes if lane.name == name)
    columns = lane.task.columns
    return TaskForecast(
        kind=lane.task.kind,
        labels=lane.task.labels,
        texts=columns.texts,
        label=columns.label,
        examples=len(lane.examples),
        held_out=len(job.held[name].examples) if name in job.held else 0,
        longest=max(each.length for each in lane.examples),
    )


def _activation_nbytes(job: TrainJob, config: Any) -> int:
    """Estimate what the backward pass needs of a step's largest batch; less where the config does
    not say its sizes.
    """
    names = ("hidden_size", "num_hidden_layers", "num_attention_heads")
    width, layers, heads = (int(getattr(config, name, None) or 0) for name in names)
    tokens = max(each.length for lane in job.lanes for each in lane.examples)
    examples = min(job.recipe.batch_size, max(len(lane.examples) for lane in job.lanes))
    by_layer = BYTES_BY_WIDTH * width * tokens + BYTES_BY_PAIR * heads * tokens**2
    words = int(getattr(config, "vocab_size", 0)) if job.lanes[0].task.kind in ("causal", "seq2seq") else 0
    return examples * (layers * by_layer + TRAINED_COPIES * FLOAT_BYTES * tokens * words)
