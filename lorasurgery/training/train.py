"""Train an adapter, or fine-tune all parameters, on examples.

read, check, tokenise  →  the model, its heads, the method around it  →  the fit  →  scores  →  a
folder, whole or not at all
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.arguments import several
from lorasurgery.checkpoint import check_output, output_folder, space_notes, write_text
from lorasurgery.checkpoint.written import written
from lorasurgery.errors import Interrupted, UnsupportedError
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.output.default_name import repository
from lorasurgery.surgery.output.target import folder_target
from lorasurgery.surgery.plan import at_once
from lorasurgery.training import methods
from lorasurgery.training.card import model_card
from lorasurgery.training.fit import Schedule, StepProgress, TaskStream
from lorasurgery.training.opening import DataRequest
from lorasurgery.training.processes import processes
from lorasurgery.training.recipe import Recipe, checked
from lorasurgery.training.report import REPORT_FILE, TaskReport, TrainReport
from lorasurgery.training.resume import StateKeeper
from lorasurgery.training.run import TrainJob, TrainResult, inputs_of, open_job, run_job
from lorasurgery.training.saving import note_base, written_by_libraries
from lorasurgery.training.scoring import Scores
from lorasurgery.training.seeds import deterministic
from lorasurgery.training.train_forecast import TrainForecast, forecast_of

KEEP_EVERY = 500
# A file of examples, or one for each task by its name.
Files = StrPath | Mapping[str, StrPath]


def plan_train(
    model: StrPath,
    data: Files,
    output: StrPath | None = None,
    *,
    recipe: Recipe | None = None,
    dev: Files | None = None,
    kind: str | None = None,
    text: str | Sequence[str] = (),
    label: str | None = None,
    max_tokens: int | None = None,
    eval_every: int | None = None,
    keep_every: int = KEEP_EVERY,
    resume: bool = False,
    force: bool = False,
    progress: StepProgress | None = None,
) -> TrainPlan:
    """Plan a training run: examples are read, checked and tokenised, and the output's place is checked.

    Args:
        model: a folder or a Hub name that transformers' auto classes load.
        data: a file of examples, or one for each task by its name.
        output: by default made from the names of model and method (`bert-base-lora`).
        recipe: method, rank, targets, steps, rates, seed.
        dev: examples with known answers that are held back; by the tasks' names where there are
            several.
        kind: task type; by default what the labels look like.
        text, label: names of columns.
        max_tokens: the longest example, in tokens; longer ones are cut.
        eval_every, keep_every: steps after which it is evaluated, and its state kept for `resume`.
        resume: go on from the state of an interrupted run, or begin if there is none: a command
            that is repeated gets to the end.
        force: replace an output of an earlier run, and the state of an unfinished one.
        progress: called with the step, the number of steps, and the recent loss.

    Raises:
        DataError: the data are not what the task needs.
        NumericError: the loss is not finite; the last good state is kept.
        CheckpointError, OutputError, UnsupportedError, NothingToDoError: see `lorasurgery.errors`.
    """
    recipe, name = checked(recipe or Recipe()), os.fspath(model)
    if eval_every is not None and not dev:
        raise UnsupportedError("--eval-every says how often --dev is looked at; give --dev as well.")
    methods.load(recipe.method)
    target = folder_target(output, _default_name(name, recipe), "trained adapters and models")
    asked = DataRequest(kind, several(text, "text"), label, max_tokens)
    files, held = _files(data), None if dev is None else _files(dev)
    check_output(target, inputs_of(name, files, held), force=force)
    job = open_job(name, files, held, recipe, asked)
    keeper = StateKeeper(target.with_name(f"{target.name}.training"), job.asked)
    if resume:
        keeper.refuse_other_run()
    elif not force:
        keeper.refuse_unfinished()
    job.check_method()
    pace = Schedule(None, eval_every or 0, keeper, keep_every, progress)
    return TrainPlan(job, target, pace, keeper, resume, force)


def _files(given: Files) -> str | Mapping[str, str]:
    if isinstance(given, Mapping):
        return {name: os.fspath(file) for name, file in given.items()}
    return os.fspath(given)


@dataclass(frozen=True)
class TrainPlan:
    """A run whose examples are read and tokenised, and whose model is not loaded."""

    job: TrainJob
    target: Path
    pace: Schedule
    keeper: StateKeeper
    resume: bool
    force: bool

    def __repr__(self) -> str:
        """Return one line, since the job holds all examples."""
        return (
            f"<TrainPlan: {self.job.recipe.method} on {self.job.model}, {self.job.steps} steps, "
            f"{self.target}>"
        )

    def forecast(self) -> TrainForecast:
        """Say what would be trained, for how many steps, and the memory; the model is built from
        headers alone.

        Raises:
            NothingToDoError: a target fits no module.
        """
        goes_on = self.resume and self.keeper.has_state()
        forecast = forecast_of(self.job, str(self.target), self.pace, goes_on=goes_on)
        return dataclasses.replace(forecast, notes=space_notes(self.target, forecast.nbytes))

    def run(self, progress: Callable[..., None] | bool | None = None) -> TrainReport:
        """Train, write the output, and return the report; `progress` is a `StepProgress`."""
        pace = self.pace if progress is None else dataclasses.replace(self.pace, progress=progress)
        if self.force and not self.resume:
            self.keeper.clear()
        with _saying_how_to_go_on(self.keeper, self.target), deterministic():
            if not processes().is_first:
                return _report(self, run_job(self.job, pace, resume=self.resume), 0)
            with output_folder(self.target, self.job.inputs, force=self.force) as partial:
                report = _save(self, run_job(self.job, pace, resume=self.resume), partial)
            self.keeper.clear()
        return report


train = at_once(plan_train, "train", "Train on examples, and write the adapter or the fine-tuned model.")


@contextmanager
def _saying_how_to_go_on(keeper: StateKeeper, target: Path) -> Iterator[None]:
    """Where Ctrl-C leaves a state, say so.

    Raises:
        Interrupted: in place of a bare KeyboardInterrupt.
    """
    try:
        yield
    except Interrupted:
        raise
    except KeyboardInterrupt:
        if keeper.has_state() and target not in written():
            raise Interrupted(f"interrupted; {keeper.way_on}") from None
        raise


def _save(plan: TrainPlan, result: TrainResult, folder: Path) -> TrainReport:
    with written_by_libraries(folder, plan.target):
        result.trained.save(folder)
        note_base(folder, plan.job.model)
    report = _report(plan, result, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
    write_text(folder / REPORT_FILE, json.dumps(report.as_file(), indent=2) + "\n")
    write_text(folder / "README.md", model_card(report))
    return report


def _report(plan: TrainPlan, result: TrainResult, nbytes: int) -> TrainReport:
    job = plan.job
    return TrainReport(
        output=str(plan.target),
        base=job.model,
        recipe=job.recipe.as_json() | {"max_tokens": job.max_tokens},
        targets=result.trained.targets,
        trained=result.trained.count,
        parameters=result.parameters,
        tasks={lane.name: _task_report(lane, result.scores.get(lane.name)) for lane in job.lanes},
        losses=tuple(result.history.losses),
        looks=tuple(result.history.looks),
        seconds=result.history.seconds,
        nbytes=nbytes,
    )


def _task_report(lane: TaskStream, scores: Scores | None) -> TaskReport:
    columns = lane.task.columns
    return TaskReport(
        lane.task.kind, lane.task.labels, columns.texts, columns.label, len(lane.examples), scores
    )


def _default_name(model: str, recipe: Recipe) -> str:
    path = expanded(model)
    stem = path.resolve().name if path.exists() else repository(model)
    return f"{stem}-{recipe.method}"
