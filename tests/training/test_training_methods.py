"""Every method learns, loads in PEFT or transformers with the same answers, and makes the same
bytes again.
"""

from __future__ import annotations

import json
from pathlib import Path

import peft
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.training import methods
from lorasurgery.training.evaluate import evaluate
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.train import train
from support.film_reviews import BASE

SINGLE = sorted(set(methods.names()) - {"parallel"})
# A rate at which these tiny models learn in a few steps.
RATES = {"full": 3e-3}


def recipe(method: str, **numbers: object) -> Recipe:
    return Recipe(**{"method": method, "rank": 4, "rate": RATES.get(method, 1e-2), "steps": 24, **numbers})  # type: ignore[arg-type]


def loaded(folder: Path, method: str) -> torch.nn.Module:
    """By the libraries alone."""
    if method == "full":
        return AutoModelForSequenceClassification.from_pretrained(folder).eval()
    model = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=2)
    return peft.PeftModel.from_pretrained(model, str(folder)).eval()


def logits(model: torch.nn.Module, file: Path) -> torch.Tensor:
    rows = [line.split("\t")[0] for line in file.read_text().splitlines()[1:]]
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    with torch.inference_mode():
        return model(**tokenizer(rows, padding=True, return_tensors="pt")).logits


@pytest.mark.parametrize("method", SINGLE)
def test_the_libraries_give_the_scores_that_were_reported(
    method: str, films: Path, held: Path, tmp_path: Path
) -> None:
    report = train(str(BASE), str(films), tmp_path / "out", recipe=recipe(method), dev=str(held))
    found = logits(loaded(tmp_path / "out", method), held)
    truth = torch.tensor([int(line.split("\t")[1]) for line in held.read_text().splitlines()[1:]])
    scores = report.tasks["task"].scores
    assert scores is not None
    assert tuple(found.argmax(-1).tolist()) == scores.answers
    assert torch.nn.functional.cross_entropy(found, truth).item() == pytest.approx(
        scores.metrics["loss"], abs=2e-6
    )
    again = evaluate(
        str(BASE) if method != "full" else str(tmp_path / "out"),
        None if method == "full" else tmp_path / "out",
        data=held,
    )
    assert again.rows[0].scores.metrics == pytest.approx(scores.metrics, abs=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize("method", SINGLE)
def test_it_learns(method: str, films: Path, tmp_path: Path) -> None:
    report = train(str(BASE), str(films), tmp_path / "out", recipe=recipe(method, steps=150, rank=8))
    assert sum(report.losses[-10:]) < 0.5 * sum(report.losses[:10])


@pytest.mark.parametrize("method", SINGLE)
def test_the_same_run_makes_the_same_bytes(method: str, films: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        torch.manual_seed(len(name))
        (tmp_path / name).mkdir()
        train(str(BASE), str(films), tmp_path / name / "out", recipe=recipe(method, steps=12), keep_every=4)
    one, other = (
        sorted(path for path in (tmp_path / name).rglob("*") if path.is_file()) for name in ("one", "other")
    )
    assert [path.name for path in one] == [path.name for path in other]
    for first, second in zip(one, other, strict=True):
        assert first.read_bytes().replace(b"/one/", b"/other/") == second.read_bytes(), first.name


def test_another_seed_makes_another_adapter(films: Path, tmp_path: Path) -> None:
    found = []
    for seed in (0, 1):
        train(str(BASE), str(films), tmp_path / str(seed), recipe=recipe("lora", steps=2, seed=seed))
        found.append(load_file(tmp_path / str(seed) / "adapter_model.safetensors"))
    assert not any(torch.equal(found[0][name], found[1][name]) for name in found[0] if "lora_A" in name)


def test_a_target_adapts_the_modules_that_it_names_and_no_others(films: Path, tmp_path: Path) -> None:
    train(
        str(BASE),
        str(films),
        tmp_path / "out",
        recipe=recipe("lora", steps=1, targets=("layer.*.output.dense",)),
    )
    names = {
        name.rpartition(".lora_")[0] for name in load_file(tmp_path / "out" / "adapter_model.safetensors")
    }
    assert names - {""} == {f"base_model.model.bert.encoder.layer.{layer}.output.dense" for layer in (0, 1)}
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    # PEFT keeps sets, whose order is another in every process.
    assert config["target_modules"] == [f"bert.encoder.layer.{layer}.output.dense" for layer in (0, 1)]
    assert config["modules_to_save"] == ["classifier", "score"]
    with safe_open(tmp_path / "out" / "adapter_model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt", "lorasurgery.base_root": open_checkpoint(BASE).root}


def test_an_untrained_lora_changes_nothing_and_its_scale_is_two(films: Path, tmp_path: Path) -> None:
    for method in ("lora", "rslora"):
        train(str(BASE), str(films), tmp_path / method, recipe=recipe(method, steps=1, rate=1e-12))
        model = loaded(tmp_path / method, method)
        layer = model.base_model.model.bert.encoder.layer[0].output.dense  # type: ignore[union-attr, index]
        assert layer.scaling["default"] == pytest.approx(2)
        assert layer.lora_B["default"].weight.abs().max() <= 1.1e-12  # one step at the least rate
        assert layer.lora_A["default"].weight.abs().max() <= 1 / layer.in_features**0.5 + 1e-7


def test_what_was_trained_is_written_down(films: Path, held: Path, tmp_path: Path) -> None:
    report = train(
        str(BASE), str(films), tmp_path / "out", recipe=recipe("lora", steps=8), dev=str(held), eval_every=3
    )
    content = json.loads((tmp_path / "out" / "training.json").read_text())
    assert content["losses"] == list(report.losses)
    assert [look["step"] for look in content["looks"]] == [3, 6]
    assert content["tasks"]["task"]["labels"] == ["0", "1"]
    assert content["recipe"]["rate"] == 1e-2
    assert "accuracy" in (tmp_path / "out" / "README.md").read_text()
    assert not (tmp_path / "out.training").exists()
