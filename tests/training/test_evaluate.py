"""Evaluate: adapters from elsewhere, ranks of an extraction, and what it says where something is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lorasurgery import extract
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.training.evaluate import evaluate
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.scoring import Scores
from lorasurgery.training.train import train
from support.film_reviews import BASE


@pytest.fixture
def tuned(films: Path, tmp_path: Path) -> Path:
    train(str(BASE), str(films), tmp_path / "tuned", recipe=Recipe(method="full", rate=3e-3, steps=40))
    return tmp_path / "tuned"


@pytest.fixture
def adapter(films: Path, tmp_path: Path) -> Path:
    train(str(BASE), str(films), tmp_path / "adapter", recipe=Recipe(rank=4, rate=1e-2, steps=12))
    return tmp_path / "adapter"


def loss(*arguments: object, **options: object) -> float:
    return evaluate(*arguments, **options).rows[0].scores.metrics["loss"]  # type: ignore[arg-type]


def test_an_extraction_comes_closer_to_its_fine_tune_with_every_rank(
    tuned: Path, held: Path, tmp_path: Path
) -> None:
    extract(BASE, tuned, tmp_path / "out", rank=64)
    report = evaluate(str(BASE), tmp_path / "out", data=held, ranks=(1, 8, 64))
    there = loss(str(tuned), data=held)
    gaps = [abs(row.scores.metrics["loss"] - there) for row in report.rows]
    assert gaps[2] < 1e-4
    assert gaps[2] < gaps[1] < gaps[0]


def test_an_adapter_without_our_report_is_told_by_the_data(adapter: Path, held: Path) -> None:
    with_report = loss(str(BASE), adapter, data=held)
    (adapter / "training.json").unlink()
    assert loss(str(BASE), adapter, data=held) == with_report


def test_an_adapter_of_another_format_is_read(adapter: Path, held: Path, tmp_path: Path) -> None:
    # loralib stores no scale: it is in the factors, and alpha is the rank.
    convert(adapter, tmp_path / "other.pt", format="loralib", base=BASE)
    assert loss(str(BASE), tmp_path / "other.pt", data=held, alpha=4) == pytest.approx(
        loss(str(BASE), adapter, data=held), abs=1e-6
    )


@pytest.mark.usefixtures("adapter")
def test_a_head_that_neither_base_nor_adapter_has_is_reported(films: Path) -> None:
    with pytest.raises(AlignmentError, match=r"the model lacks 'classifier.bias', 'classifier.weight'"):
        evaluate(str(BASE), data=films)


def test_a_report_that_is_damaged_is_told(adapter: Path, held: Path) -> None:
    for content in ({}, {"tasks": {"task": {"kind": "classification"}}}, {"tasks": []}):
        (adapter / "training.json").write_text(json.dumps(content))
        with pytest.raises(DamagedFileError, match=r"training\.json"):
            evaluate(str(BASE), adapter, data=held)


def test_a_task_that_it_was_not_trained_for_is_told(adapter: Path, held: Path) -> None:
    with pytest.raises(UnsupportedError, match="was trained for task, and not for 'sst2'"):
        evaluate(str(BASE), adapter, data=held, task="sst2")


@pytest.mark.usefixtures("tuned")
def test_an_adapter_of_another_model_is_told(adapter: Path, held: Path, tmp_path: Path) -> None:
    shutil.copytree(adapter, tmp_path / "wide")
    path = tmp_path / "wide" / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"r": 5}))
    with pytest.raises(AlignmentError, match="does not fit"):
        evaluate(str(BASE), tmp_path / "wide", data=held)


def test_json_has_no_infinity() -> None:
    scores = Scores({"perplexity": float("inf"), "loss": 800.0}, ("perplexity",), None, 1, ())
    assert json.loads(json.dumps(scores.as_json(), allow_nan=False))["perplexity"] is None


def test_an_adapter_whose_names_are_those_of_another_class_is_told(adapter: Path, held: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(adapter / "adapter_model.safetensors")
    renamed = {name.replace("model.bert.", "model."): each for name, each in tensors.items()}
    save_file(renamed, adapter / "adapter_model.safetensors", {"format": "pt"})
    path = adapter / "adapter_config.json"
    path.write_text(path.read_text().replace("bert.encoder", "encoder").replace("bert.pooler", "pooler"))
    with pytest.raises(
        AlignmentError, match=r"changes 'encoder.layer.0.*which BertForSequenceClassification has not"
    ):
        evaluate(str(BASE), adapter, data=held)
