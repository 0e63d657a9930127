"""PiSSA begins as the model itself, with factors that are the best of their rank.

LoRA+ lets B learn faster.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from lorasurgery.training.fit import _optimizer
from lorasurgery.training.methods import lora, pissa
from lorasurgery.training.recipe import Recipe
from support.film_reviews import BASE
from support.trained_adapters import built, inputs

RECIPE = Recipe(method="pissa", rank=8)


def weights(trained: object, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """W and what stands for it: W_res + s B A."""
    layer = trained.model.get_submodule(f"base_model.model.{name}")  # type: ignore[attr-defined]
    W = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=2).get_submodule(name).weight
    A, B = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    return W.detach(), (layer.base_layer.weight + layer.scaling["default"] * B @ A).detach()


def test_it_begins_as_the_model_itself(films: Path) -> None:
    trained = built(films, RECIPE, pissa)
    assert trained.targets
    for name in trained.targets:
        W, stands = weights(trained, name)
        assert (W - stands).norm() <= 1e-6 * W.norm()


def test_what_is_left_of_a_weight_is_what_eckart_and_young_say(films: Path) -> None:
    trained = built(films, RECIPE, pissa)
    assert trained.targets
    for name in trained.targets:
        layer = trained.model.get_submodule(f"base_model.model.{name}")
        W, _ = weights(trained, name)
        rest = torch.linalg.svdvals(W.double())[8:].square().sum().sqrt()
        assert layer.base_layer.weight.norm().item() == pytest.approx(rest.item(), rel=1e-4)  # type: ignore[union-attr]


def test_untrained_it_changes_nothing_and_its_file_is_of_twice_the_rank(films: Path, tmp_path: Path) -> None:
    import peft

    trained = built(films, RECIPE, pissa)
    (tmp_path / "out").mkdir()
    trained.save(tmp_path / "out")
    base = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=2)
    model = peft.PeftModel.from_pretrained(base, str(tmp_path / "out")).eval()
    assert model.peft_config["default"].r == 16
    layer = model.get_submodule("base_model.model.bert.encoder.layer.0.output.dense")
    assert (
        layer.scaling["default"] * layer.lora_B["default"].weight @ layer.lora_A["default"].weight
    ).abs().max() < 1e-7  # type: ignore[operator, union-attr, index]
    trained.model.eval()
    with torch.inference_mode():
        assert torch.allclose(trained.model(**inputs(films)).logits, model(**inputs(films)).logits, atol=1e-5)


def test_b_learns_faster_by_the_ratio_and_nothing_else_does(films: Path) -> None:
    trained = built(films, Recipe(rank=4, rate_ratio=16), lora)
    ratios = {
        id(each): group["ratio"]
        for group in _optimizer(trained, Recipe(rate_ratio=16)).param_groups
        for each in group["params"]
    }
    found = {name: ratios[id(each)] for name, each in trained.trainable.items()}
    assert {ratio for name, ratio in found.items() if ".lora_B." in name} == {16}
    assert {ratio for name, ratio in found.items() if ".lora_B." not in name} == {1}
