"""AdaLoRA spends its budget, and its penalty is PEFT's."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lorasurgery.errors import UnsupportedError
from lorasurgery.training.methods import adalora
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.train import train
from support.film_reviews import BASE
from support.trained_adapters import built, inputs

RECIPE = Recipe(method="adalora", rank=4, rate=1e-2, steps=60)


def ranks_in(folder: Path) -> dict[str, int]:
    tensors = load_file(folder / "adapter_model.safetensors")
    return {
        name.removesuffix(".lora_E"): each.shape[0]
        for name, each in tensors.items()
        if name.endswith(".lora_E")
    }


def test_the_file_has_the_ranks_that_were_kept_and_no_more_than_the_budget(
    films: Path, tmp_path: Path
) -> None:
    report = train(str(BASE), str(films), tmp_path / "out", recipe=RECIPE)
    ranks = ranks_in(tmp_path / "out")
    assert len(ranks) == len(report.targets)
    assert 0.9 * RECIPE.rank * len(ranks) <= sum(ranks.values()) <= RECIPE.rank * len(ranks)
    assert len(set(ranks.values())) > 1
    assert max(ranks.values()) <= adalora.initial_rank(RECIPE.rank)


def test_the_penalty_is_pefts(films: Path) -> None:
    trained = built(films, RECIPE, adalora)
    batch = inputs(films) | {"labels": torch.zeros(8, dtype=torch.long)}
    trained.model.eval()
    with_penalty = trained.model(**batch).loss
    without = trained.model.base_model.model(**batch).loss  # type: ignore[union-attr, operator]
    penalty = trained.penalty()
    assert penalty is not None
    assert (with_penalty - without).item() == pytest.approx(penalty.item(), rel=1e-5)


def test_modules_that_keep_no_rank_load_as_well(films: Path, held: Path, tmp_path: Path) -> None:
    from lorasurgery.training.evaluate import evaluate

    recipe = Recipe(method="adalora", rank=1, rate=1e-2, steps=60)
    report = train(str(BASE), str(films), tmp_path / "out", recipe=recipe, dev=str(held))
    assert 0 in ranks_in(tmp_path / "out").values()
    scores = report.tasks["task"].scores
    assert scores is not None
    found = evaluate(str(BASE), tmp_path / "out", data=held).rows[0].scores
    assert found.metrics == pytest.approx(scores.metrics, abs=2e-6)


def test_a_run_too_short_for_a_schedule_is_refused(films: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="10 steps"):
        train(str(BASE), str(films), tmp_path / "out", recipe=Recipe(method="adalora", steps=9))
    assert not (tmp_path / "out").exists()
