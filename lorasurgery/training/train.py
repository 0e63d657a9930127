"""Train: an adapter, or a full fine-tune, from examples.

read, check, tokenise  ->  the model, its heads, the method around it  ->  the fit  ->  scores  ->  a folder, whole or not at all
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.arguments import several
from lorasurgery.checkpoint import check_output, output_folder, write_text
from lorasurgery.checkpoint.written import written
from lorasurgery.errors import Interrupted, UnsupportedError
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.output.default_name import repository
from lorasurgery.surgery.output.target import folder_target
from lorasurgery.training import methods
from lorasurgery.training.card import model_card
from lorasurgery.training.data import Table, fingerprint
from lorasurgery.training.fit import History, Lane, Pace, StepProgress, fit, planned
from lorasurgery.training.methods._trained import Trained
from lorasurgery.training.models import known_labels, load_model, load_tokenizer, longest
from lorasurgery.training.opening import ONLY, Asked, files_by_task, lanes_of, tables_of, task_for
from lorasurgery.training.processes import Processes, processes
from lorasurgery.training.recipe import Recipe, checked
from lorasurgery.training.report import REPORT_FILE, TaskReport, TrainReport
from lorasurgery.training.resume import Keeper
from lorasurgery.training.saving import written_by_libraries
from lorasurgery.training.scoring import Scores, scores_of
from lorasurgery.training.seeds import deterministic, sow

KEEP_EVERY = 500
# Evaluations on the way, where the user does not say how often.
LOOKS = 4


def train(
    model: str,
    data: str | Mapping[str, str],
    output: StrPath | None = None,
    *,
    recipe: Recipe | None = None,
    dev: str | Mapping[str, str] | None = None,
    kind: str | None = None,
    text: str | Sequence[str] = (),
    label: str | None = None,
    max_tokens: int | None = None,
    eval_every: int | None = None,
    keep_every: int = KEEP_EVERY,
    resume: bool = False,
    force: bool = False,
    progress: StepProgress | None = None,
) -> TrainReport:
    """Train on examples and write what came of it.

    Args:
        model: a folder or a Hub name that transformers' auto classes load.
        data: a file of examples, or one for each task by its name.
        output: by default made from the names of model and method (`bert-base-lora`).
        recipe: method, rank, targets, steps, rates, seed.
        dev: examples with known answers that are held back; by the tasks' names where there are several.
        kind: of task; by default what the labels look like.
        text, label: names of columns.
        max_tokens: of an example; longer ones are cut.
        eval_every, keep_every: steps after which it is evaluated, and its state kept for `resume`.
        resume: go on from the state of a run that ended early, or begin where there is none: a command that is started again and again gets there.
        force: replace an output of an earlier run, and the state of an unfinished one.
        progress: called with the step, how many there are, and the loss of late.

    Raises:
        DataError: the data are not what the task needs.
        NumericError: the loss is no number; the last good state is kept.
        CheckpointError, OutputError, UnsupportedError, NothingToDoError: see `lorasurgery.errors`.
    """
    recipe = checked(recipe or Recipe())
    if eval_every is not None and not dev:
        raise UnsupportedError("--eval-every says how often --dev is looked at; give --dev as well.")
    methods.load(recipe.method)
    target = folder_target(output, _default_name(model, recipe), "trained adapters and models")
    job = _prepared(
        model, data, dev, target, recipe, Asked(kind, several(text, "text"), label, max_tokens), force=force
    )
    keeper = Keeper(target.with_name(f"{target.name}.training"), job.asked)
    if not resume:
        keeper.refuse_unfinished() if not force else keeper.clear()
    pace = Pace(None, eval_every or 0, keeper, keep_every, progress)
    with _saying_how_to_go_on(keeper, target), deterministic():
        if not processes().is_first:
            return _report(job, _run(job, pace, resume=resume), 0)
        with output_folder(target, job.inputs, force=force) as partial:
            report = _save(job, _run(job, pace, resume=resume), partial)
        keeper.clear()
    return report


@contextmanager
def _saying_how_to_go_on(keeper: Keeper, target: Path) -> Iterator[None]:
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


@dataclass(frozen=True)
class _Job:
    """What was asked for, with all files read and checked."""

    model: str
    target: Path
    inputs: tuple[Path, ...]
    recipe: Recipe
    tokenizer: Any
    max_tokens: int
    lanes: tuple[Lane, ...]
    held: Mapping[str, Lane]
    asked: Mapping[str, Any]


@dataclass(frozen=True)
class _Done:
    """What came of it."""

    team: Processes
    trained: Trained
    parameters: int
    history: History
    scores: Mapping[str, Scores]


def scored(model: str, table: Table, held: Table, whole: Table, recipe: Recipe, asked: Asked) -> Scores:
    """Train on one table and score on another, both of `whole`; nothing is written. For arguments and errors see `train`."""
    job = _opened(model, {ONLY: table}, {ONLY: held}, {ONLY: whole}, Path(), recipe, asked)
    with deterministic():
        return _run(job, Pace(), resume=False).scores[ONLY]


def _prepared(
    model: str,
    data: str | Mapping[str, str],
    dev: str | Mapping[str, str] | None,
    target: Path,
    recipe: Recipe,
    asked: Asked,
    *,
    force: bool,
) -> _Job:
    """Read and check everything, before anything takes long."""
    tables = tables_of(data, asked.kind)
    files = files_by_task(dev, list(tables), "--dev")
    held = tables_of(files, asked.kind) if files else {}
    check_output(target, _inputs(model, tables, held), force=force)
    return _opened(model, tables, held, tables, target, recipe, asked)


def _inputs(model: str, *tables: Mapping[str, Table]) -> tuple[Path, ...]:
    """What an output must stay clear of."""
    files = [table.file for each in tables for table in each.values()]
    return (*files, Path(model)) if Path(model).exists() else tuple(files)


def _opened(
    model: str,
    tables: Mapping[str, Table],
    held: Mapping[str, Table],
    whole: Mapping[str, Table],
    target: Path,
    recipe: Recipe,
    asked: Asked,
) -> _Job:
    labels = known_labels(model)
    tasks = {name: task_for(table, asked, labels) for name, table in whole.items()}
    tokenizer = load_tokenizer(model)
    limit = longest(model, tokenizer, asked.max_tokens)
    prints = {name: fingerprint(table.file) for name, table in tables.items()}
    return _Job(
        model=model,
        target=target,
        inputs=_inputs(model, tables, held),
        recipe=recipe,
        tokenizer=tokenizer,
        max_tokens=limit,
        lanes=tuple(lanes_of(tables, tasks, tokenizer, limit)),
        held={lane.name: lane for lane in lanes_of(held, tasks, tokenizer, limit)},
        asked={"model": model, **dataclasses.asdict(asked), **recipe.as_json(), "data": prints},
    )


def _run(job: _Job, pace: Pace, *, resume: bool) -> _Done:
    team = processes()
    sow(job.recipe.seed, 0)
    tasks = {lane.name: lane.task for lane in job.lanes}
    counted = dataclasses.replace(job.recipe, steps=len(planned(job.lanes, job.recipe)))
    method = methods.load(job.recipe.method)
    if hasattr(method, "check"):
        method.check(counted)
    loaded = load_model(job.model, job.lanes[0].task, job.tokenizer)
    loaded.model.to(team.device)
    parameters = sum(each.numel() for each in loaded.model.parameters())
    trained = method.build(loaded, tasks, counted)
    trained.model.to(team.device)
    state = pace.keeper.load() if resume and pace.keeper else None
    history = fit(
        trained, job.lanes, job.tokenizer, job.recipe, team, _with_looks(job, trained, team, pace), state
    )
    return _Done(team, trained, parameters, history, _scores(job, trained, team))


def _with_looks(job: _Job, trained: Trained, team: Processes, pace: Pace) -> Pace:
    """The pace of a fit that is evaluated on the way, where its state is kept and there is something to evaluate it on."""
    if not job.held or not pace.keeper:
        return pace

    def look(_: int) -> dict[str, float]:
        return {name: scores.score for name, scores in _scores(job, trained, team).items()}

    every = pace.look_every or -(-len(planned(job.lanes, job.recipe)) // LOOKS)
    return dataclasses.replace(pace, look=look, look_every=every)


def _scores(job: _Job, trained: Trained, team: Processes) -> dict[str, Scores]:
    """What every task scores on the examples that were held back."""
    found = {}
    for number, lane in enumerate(job.lanes):
        if lane.name in job.held:
            trained.rest(number)
            held = job.held[lane.name]
            found[lane.name] = scores_of(trained.model, held.task, held.examples, job.tokenizer, team.device)
    return found


def _save(job: _Job, done: _Done, folder: Path) -> TrainReport:
    with written_by_libraries(folder, job.target):
        done.trained.save(folder)
    report = _report(job, done, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
    write_text(folder / REPORT_FILE, json.dumps(report.as_file(), indent=2) + "\n")
    write_text(folder / "README.md", model_card(report))
    return report


def _report(job: _Job, done: _Done, nbytes: int) -> TrainReport:
    return TrainReport(
        output=str(job.target),
        base=job.model,
        recipe=job.recipe.as_json() | {"max_tokens": job.max_tokens},
        targets=done.trained.targets,
        trained=done.trained.count,
        parameters=done.parameters,
        tasks={lane.name: _task_report(lane, done.scores.get(lane.name)) for lane in job.lanes},
        losses=tuple(done.history.losses),
        looks=tuple(done.history.looks),
        seconds=done.history.seconds,
        nbytes=nbytes,
    )


def _task_report(lane: Lane, scores: Scores | None) -> TaskReport:
    columns = lane.task.columns
    return TaskReport(
        lane.task.kind, lane.task.labels, columns.texts, columns.label, len(lane.examples), scores
    )


def _default_name(model: str, recipe: Recipe) -> str:
    path = expanded(model)
    stem = path.resolve().name if path.exists() else repository(model)
    return f"{stem}-{recipe.method}"
