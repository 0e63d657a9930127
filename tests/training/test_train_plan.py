"""The plan of a training run: what it forecasts is what the run trains, and a forecast writes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import lorasurgery
from lorasurgery.errors import NothingToDoError, OutputError, UnsupportedError
from lorasurgery.training import methods
from lorasurgery.training.data import ColumnNames, DataError
from lorasurgery.training.kinds.causal import Causal
from lorasurgery.training.models import load_model
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.train import plan_train, train
from support.film_reviews import write_tsv
from support.paths import FIXTURES

BASE = FIXTURES / "bert-base"


def is_only(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


@pytest.mark.parametrize("method", methods.names())
def test_a_run_trains_what_its_plan_forecasts(method: str, tmp_path: Path) -> None:
    file = write_tsv(tmp_path / "films.tsv", 32)
    data: Any = {"one": file, "two": file} if method == "parallel" else file
    recipe = Recipe(method=method, steps=10, batch_size=8, **({} if method == "full" else {"rank": 3}))
    plan = plan_train(BASE, data, tmp_path / "out", recipe=recipe)
    forecast = plan.forecast()
    assert is_only(tmp_path, "films.tsv")
    report = plan.run()
    assert (forecast.trained, forecast.parameters) == (report.trained, report.parameters)
    assert forecast.targets == report.targets
    assert (forecast.steps, forecast.output) == (len(report.losses), report.output)
    assert dict(forecast.recipe) == dict(report.recipe)
    for name, task in report.tasks.items():
        seen = forecast.tasks[name]
        assert (seen.kind, seen.labels, seen.examples) == (task.kind, task.labels, task.examples)


def test_a_tied_head_is_counted_once() -> None:
    task, tokenizer = Causal(ColumnNames(("text",), None)), SimpleNamespace(pad_token_id=0)
    outline, whole = (
        load_model(str(FIXTURES / "gpt2-base"), task, tokenizer, as_outline=as_outline)
        for as_outline in (True, False)
    )
    assert (outline.is_outline, whole.is_outline) == (True, False)
    shapes = [
        [(name, each.shape) for name, each in loaded.model.named_parameters()] for loaded in (outline, whole)
    ]
    assert shapes[0] == shapes[1]
    assert outline.heads == whole.heads


def test_heads_are_trained_with_an_adapter(tmp_path: Path) -> None:
    data = write_tsv(tmp_path / "films.tsv", 16)
    forecast = plan_train(
        BASE, data, tmp_path / "out", recipe=Recipe(targets=("layer.*.output.dense",))
    ).forecast()
    assert forecast.heads == ("classifier",)
    assert all(name.endswith("output.dense") for name in forecast.targets)


def test_held_out_examples_are_counted(tmp_path: Path) -> None:
    data, dev = write_tsv(tmp_path / "films.tsv", 64), write_tsv(tmp_path / "dev.tsv", 16)
    recipe = Recipe(steps=8, batch_size=8)
    forecast = plan_train(BASE, data, tmp_path / "out", recipe=recipe, dev=dev).forecast()
    assert forecast.tasks["task"].held_out == 16
    assert forecast.evaluate_every == 2
    assert plan_train(BASE, data, tmp_path / "out", recipe=recipe).forecast().evaluate_every == 0


def test_a_wrong_target_is_found_by_the_forecast(tmp_path: Path) -> None:
    data = write_tsv(tmp_path / "films.tsv", 16)
    plan = plan_train(BASE, data, tmp_path / "out", recipe=Recipe(targets=("layer.*.outptu.dense",)))
    with pytest.raises(NothingToDoError, match="matches none of"):
        plan.forecast()


def test_wrong_data_and_outputs_that_are_there_are_refused_by_the_plan(tmp_path: Path) -> None:
    data = write_tsv(tmp_path / "films.tsv", 16)
    with pytest.raises(DataError, match="does not exist"):
        plan_train(BASE, tmp_path / "absent.tsv", tmp_path / "out")
    with pytest.raises(UnsupportedError, match="10 steps"):
        plan_train(BASE, data, tmp_path / "out", recipe=Recipe(method="adalora", steps=9))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(OutputError, match="exists already"):
        plan_train(BASE, data, tmp_path / "out")


def test_a_plan_leaves_the_state_of_an_unfinished_run_alone(tmp_path: Path) -> None:
    data = write_tsv(tmp_path / "films.tsv", 32)
    recipe = Recipe(rank=2, steps=6, batch_size=8)

    def stop(step: int, *_: object) -> None:
        if step == 4:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        train(BASE, data, tmp_path / "out", recipe=recipe, keep_every=2, progress=stop)
    with pytest.raises(OutputError, match="unfinished run"):
        plan_train(BASE, data, tmp_path / "out", recipe=recipe)
    with pytest.raises(UnsupportedError, match="state of another run"):
        plan_train(BASE, data, tmp_path / "out", recipe=Recipe(rank=3, steps=6, batch_size=8), resume=True)
    assert plan_train(BASE, data, tmp_path / "out", recipe=recipe, resume=True).forecast().resumes
    assert not plan_train(BASE, data, tmp_path / "out", recipe=recipe, force=True).forecast().resumes
    assert is_only(tmp_path, "films.tsv", "out.training")
    assert len(plan_train(BASE, data, tmp_path / "out", recipe=recipe, resume=True).run().losses) == 6


def test_a_forecast_is_plain_json_and_paths_may_be_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Path(write_tsv(tmp_path / "films.tsv", 16))
    monkeypatch.chdir(tmp_path)
    forecast = lorasurgery.plan_train(BASE, data).forecast()
    content = json.loads(json.dumps(forecast.to_dict()))
    assert (content["dry_run"], content["output"]) == (True, "bert-base-lora")
    assert len(repr(forecast)) < 200
    assert is_only(tmp_path, "films.tsv")
