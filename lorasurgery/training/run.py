"""A training run on opened files: the model, its heads and its method, the fit, and the scores on
held-out examples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.paths import expanded
from lorasurgery.training import methods
from lorasurgery.training.data import ExampleTable, fingerprint
from lorasurgery.training.fit import LossHistory, Schedule, TaskStream, fit, planned
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import known_labels, load_model, load_tokenizer, longest
from lorasurgery.training.opening import ONLY, DataRequest, files_by_task, lanes_of, tables_of, task_for
from lorasurgery.training.processes import Processes, processes
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.scoring import Scores, scores_of
from lorasurgery.training.seeds import deterministic, sow

# Evaluations during a run, where the user does not say how often.
EVALUATIONS = 4


@dataclass(frozen=True)
class TrainJob:
    """What is trained on what, with all files read and checked; `asked` is what a resumed run has
    to agree with.
    """

    model: str
    recipe: Recipe
    tokenizer: Any
    max_tokens: int
    lanes: tuple[TaskStream, ...]
    held: Mapping[str, TaskStream]
    asked: Mapping[str, Any]
    inputs: tuple[Path, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps the run has."""
        return len(planned(self.lanes, self.recipe))

    @property
    def counted_recipe(self) -> Recipe:
        """The recipe with the steps of this run, as methods want it."""
        return dataclasses.replace(self.recipe, steps=self.steps)

    def check_method(self) -> None:
        """Have the method refuse the recipe before the model is loaded.

        Raises:
            UnsupportedError: it does.
        """
        method = methods.load(self.recipe.method)
        if hasattr(method, "check"):
            method.check(self.counted_recipe)


@dataclass(frozen=True)
class TrainResult:
    """A model at the end of its run, and the scores of its tasks."""

    trained: TrainableModel
    parameters: int
    history: LossHistory
    scores: Mapping[str, Scores]


def open_job(
    model: str,
    data: str | Mapping[str, str],
    dev: str | Mapping[str, str] | None,
    recipe: Recipe,
    asked: DataRequest,
) -> TrainJob:
    """Read, check and tokenise all files. For arguments and errors see `train`."""
    tables = tables_of(data, asked.kind)
    files = files_by_task(dev, list(tables), "--dev")
    held = tables_of(files, asked.kind) if files else {}
    job = _job(model, tables, held, tables, recipe, asked)
    return dataclasses.replace(job, inputs=inputs_of(model, data, dev))


def scored(
    model: str,
    table: ExampleTable,
    held: ExampleTable,
    whole: ExampleTable,
    recipe: Recipe,
    asked: DataRequest,
) -> Scores:
    """Train on one table and score on another, both of `whole`; nothing is written.

    For arguments and errors see `train`.
    """
    job = _job(model, {ONLY: table}, {ONLY: held}, {ONLY: whole}, recipe, asked)
    job.check_method()
    with deterministic():
        return run_job(job, Schedule(), resume=False).scores[ONLY]


def _job(
    model: str,
    tables: Mapping[str, ExampleTable],
    held: Mapping[str, ExampleTable],
    whole: Mapping[str, ExampleTable],
    recipe: Recipe,
    asked: DataRequest,
) -> TrainJob:
    labels = known_labels(model)
    tasks = {name: task_for(table, asked, labels) for name, table in whole.items()}
    tokenizer = load_tokenizer(model)
    limit = longest(model, tokenizer, asked.max_tokens)
    prints = {name: fingerprint(table.file) for name, table in tables.items()}
    return TrainJob(
        model=model,
        recipe=recipe,
        tokenizer=tokenizer,
        max_tokens=limit,
        lanes=tuple(lanes_of(tables, tasks, tokenizer, limit)),
        held={lane.name: lane for lane in lanes_of(held, tasks, tokenizer, limit)},
        asked={"model": model, **dataclasses.asdict(asked), **recipe.as_json(), "data": prints},
    )


def inputs_of(
    model: str, data: str | Mapping[str, str], dev: str | Mapping[str, str] | None
) -> tuple[Path, ...]:
    """Return what an output must stay clear of: the files of examples, and the model if it is on disk."""
    given = [each for each in (data, dev) if each is not None]
    names = [name for each in given for name in ([each] if isinstance(each, str) else each.values())]
    files = tuple(map(expanded, names))
    return (*files, expanded(model)) if expanded(model).exists() else files


def run_job(job: TrainJob, pace: Schedule, *, resume: bool) -> TrainResult:
    """Load the model, fit it, and score it on the examples that were held back."""
    team = processes()
    sow(job.recipe.seed, 0)
    tasks = {lane.name: lane.task for lane in job.lanes}
    loaded = load_model(job.model, job.lanes[0].task, job.tokenizer)
    loaded.model.to(team.device)
    parameters = sum(each.numel() for each in loaded.model.parameters())
    trained = methods.load(job.recipe.method).build(loaded, tasks, job.counted_recipe)
    trained.model.to(team.device)
    state = pace.keeper.load() if resume and pace.keeper else None
    pace = _with_evaluations(job, trained, team, pace)
    history = fit(trained, job.lanes, job.tokenizer, job.recipe, team, pace, state)
    return TrainResult(trained, parameters, history, _scores(job, trained, team))


def _with_evaluations(job: TrainJob, trained: TrainableModel, team: Processes, pace: Schedule) -> Schedule:
    """Return the pace of a fit that is evaluated on the way, where its state is kept and there are
    held-out examples.
    """
    if not job.held or not pace.keeper:
        return pace

    def look(_: int) -> dict[str, float]:
        return {name: scores.score for name, scores in _scores(job, trained, team).items()}

    return dataclasses.replace(pace, look=look, look_every=evaluation_interval(job, pace.look_every))


def evaluation_interval(job: TrainJob, asked: int | None) -> int:
    """Return after how many steps a run is evaluated: what is asked for, or a quarter of all."""
    return asked or -(-job.steps // EVALUATIONS)


def _scores(job: TrainJob, trained: TrainableModel, team: Processes) -> dict[str, Scores]:
    """Return what every task scores on the examples that were held back."""
    scores = {}
    for number, lane in enumerate(job.lanes):
        if lane.name in job.held:
            trained.rest(number)
            held = job.held[lane.name]
            scores[lane.name] = scores_of(trained.model, held.task, held.examples, job.tokenizer, team.device)
    return scores
