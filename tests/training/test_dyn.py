"""LoRA-Dyn: a prefix in training is what `rerank` cuts off and PEFT computes."""

from __future__ import annotations

import random
from pathlib import Path

import peft
import pytest
import torch
from transformers import AutoModelForSequenceClassification

from lorasurgery.formats import read_adapter
from lorasurgery.surgery.rerank import rerank
from lorasurgery.training.evaluate import evaluate
from lorasurgery.training.methods import dyn, lora
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.train import train
from support.film_reviews import BASE
from support.trained_adapters import built, filled, inputs

RECIPE = Recipe(method="dyn", rank=8, ranks=(1, 2, 4), rate=1e-2, steps=20)


def step_of_rank(rank: int) -> int:
    """A step at which this rank is drawn."""
    return next(step for step in range(1, 999) if random.Random(f"0 {step}").choice((1, 2, 4, 8)) == rank)


@pytest.mark.parametrize("rank", [1, 2, 4, 8])
def test_the_prefix_of_a_step_is_what_is_cut_from_the_file(rank: int, films: Path, tmp_path: Path) -> None:
    trained = built(films, RECIPE)
    filled(trained)
    trained.model.eval()
    trained.begin(step_of_rank(rank), 0)
    with torch.inference_mode():
        here = trained.model(**inputs(films)).logits
    (tmp_path / "out").mkdir()
    trained.save(tmp_path / "out")
    rerank(tmp_path / "out", tmp_path / "cut", rank=rank, method="prefix")
    base = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=2)
    model = peft.PeftModel.from_pretrained(base, str(tmp_path / "cut")).eval()
    assert model.peft_config["default"].r == rank
    with torch.inference_mode():
        there = model(**inputs(films)).logits
    assert (here - there).norm() <= 1e-5 * there.norm()


@pytest.mark.parametrize("rank", [1, 4])
def test_only_the_prefix_has_gradients(rank: int, films: Path) -> None:
    trained = built(films, RECIPE)
    filled(trained)
    trained.begin(step_of_rank(rank), 0)
    trained.model(**inputs(films)).logits.square().sum().backward()
    assert trained.trainable
    for name, each in trained.trainable.items():
        if ".lora_A." in name:
            assert each.grad is not None
            assert each.grad[:rank].any()
            assert not each.grad[rank:].any()
        if ".lora_B." in name:
            assert each.grad is not None
            assert not each.grad[:, rank:].any()


def test_at_rest_it_is_plain_lora_of_its_full_rank(films: Path) -> None:
    ours, plain = built(films, RECIPE), built(films, Recipe(rank=8, alpha=8), lora)
    for each in (ours, plain):
        filled(each)
        each.model.eval()
    ours.begin(step_of_rank(1), 0)
    ours.rest(0)
    with torch.inference_mode():
        assert torch.equal(ours.model(**inputs(films)).logits, plain.model(**inputs(films)).logits)


def test_the_file_says_what_it_is_and_evaluate_cuts_it(films: Path, held: Path, tmp_path: Path) -> None:
    train(str(BASE), str(films), tmp_path / "out", recipe=RECIPE)
    nested = read_adapter(str(tmp_path / "out"))[1].nested
    assert nested is not None
    assert (nested.form, nested.ranks) == ("nested", (1, 2, 4, 8))
    report = evaluate(str(BASE), tmp_path / "out", data=held, ranks=(1, 8))
    whole = evaluate(str(BASE), tmp_path / "out", data=held)
    rerank(tmp_path / "out", tmp_path / "cut", rank=1, method="prefix")
    one = evaluate(str(BASE), tmp_path / "cut", data=held)
    losses = [row.scores.metrics["loss"] for row in report.rows]
    assert losses == pytest.approx(
        [one.rows[0].scores.metrics["loss"], whole.rows[0].scores.metrics["loss"]], abs=1e-6
    )
    assert abs(losses[0] - losses[1]) > 1e-4


def test_the_usual_ranks_are_powers_of_two_and_the_rank() -> None:
    assert dyn.nested_ranks(Recipe(method="dyn", rank=12)) == (1, 2, 4, 8, 12)
    assert dyn.nested_ranks(Recipe(method="dyn", rank=16, ranks=(3,))) == (3, 16)
