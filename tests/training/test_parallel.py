"""Branches side by side.

What fuse makes of them answers as they do, and a task moves no other task's branch.
"""

from __future__ import annotations

import json
from pathlib import Path

import peft
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification

from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.fuse import fuse
from lorasurgery.training.evaluate import evaluate
from lorasurgery.training.methods import parallel
from lorasurgery.training.models import load_model, load_tokenizer
from lorasurgery.training.opening import DataRequest, tables_of, task_for
from lorasurgery.training.recipe import Recipe, checked
from lorasurgery.training.train import train
from support.film_reviews import BASE, write_tsv
from support.trained_adapters import inputs

RECIPE = Recipe(method="parallel", rank=4, rate=1e-2, steps=30)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Two labels, three labels, and a number.

    Three tasks, of which each needs a head of its own.
    """
    films = write_tsv(tmp_path / "films.tsv", 64)
    rows = [line.split("\t") for line in films.read_text().splitlines()[1:]]
    three = "".join(f"{text}\t{len(text.split()) % 3}\n" for text, _ in rows)
    (tmp_path / "three.tsv").write_text(f"sentence\tlabel\n{three}")
    numbers = "".join(f"{text}\t{len(text.split()) / 4}\n" for text, _ in rows[:24])
    (tmp_path / "numbers.tsv").write_text(f"sentence\tscore\n{numbers}")
    return {
        "films": str(films),
        "three": str(tmp_path / "three.tsv"),
        "numbers": str(tmp_path / "numbers.tsv"),
    }


@pytest.mark.parametrize("shared", [0, 1, 2])
def test_the_fused_adapter_answers_as_the_branches_do(
    shared: int, files: dict[str, str], tmp_path: Path
) -> None:
    recipe = Recipe(method="parallel", rank=4, rate=1e-2, steps=30, shared=shared)
    train(str(BASE), files, tmp_path / "out", recipe=recipe)
    common = ["shared"] if shared == 1 else [f"shared{i + 1}" for i in range(shared)]
    for task, count in (("films", 2), ("three", 3), ("numbers", 1)):
        fuse([tmp_path / "out"], tmp_path / task, task=task)
        base = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=count)
        fused = peft.PeftModel.from_pretrained(base, str(tmp_path / task)).eval()
        base = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=count)
        # PEFT takes an adapter without a head first, and then those that bring one.
        first, *others = [*common, task]
        own = peft.PeftModel.from_pretrained(base, str(tmp_path / "out" / first), adapter_name=first)
        for name in others:
            own.load_adapter(str(tmp_path / "out" / name), adapter_name=name)
        own.set_adapter(task)
        for layer in own.modules():
            if hasattr(layer, "lora_A"):
                layer.set_adapter([*common, task])
        own.eval()
        with torch.inference_mode():
            one, other = (
                fused(**inputs(Path(files["films"]))).logits,
                own(**inputs(Path(files["films"]))).logits,
            )
        assert one.shape[-1] == count
        assert (one - other).norm() <= 1e-5 * other.norm()


def test_what_was_scored_is_what_the_folder_scores(files: dict[str, str], tmp_path: Path) -> None:
    report = train(str(BASE), files, tmp_path / "out", recipe=RECIPE, dev=files)
    assert files
    for task, file in files.items():
        scores = report.tasks[task].scores
        assert scores is not None
        found = evaluate(str(BASE), tmp_path / "out", data=file, task=task).rows[0].scores
        assert found.metrics == pytest.approx(scores.metrics, abs=1e-5)


def test_a_step_moves_the_shared_branch_and_its_tasks_own(files: dict[str, str]) -> None:
    tasks = {name: task_for(table, DataRequest()) for name, table in tables_of(files).items()}
    loaded = load_model(str(BASE), next(iter(tasks.values())), load_tokenizer(str(BASE)))
    trained = parallel.build(loaded, tasks, RECIPE)
    for number, name in enumerate(tasks):
        for each in trained.trainable.values():
            each.grad = None
        trained.begin(1, number)
        trained.model(**inputs(Path(files["films"]))).logits.square().sum().backward()
        moved = {key for key, each in trained.trainable.items() if each.grad is not None}
        allowed = {
            key
            for key in trained.trainable
            if f".{name}." in key or ".shared." in key or key.startswith(f"{name}.")
        }
        assert moved == allowed
        assert any(".shared." in key for key in moved)


def test_batches_are_mixed_by_task_in_proportion_and_each_branch_says_whom_it_serves(
    files: dict[str, str], tmp_path: Path
) -> None:
    train(str(BASE), files, tmp_path / "out", recipe=Recipe(method="parallel", rank=2, steps=2))
    content = json.loads((tmp_path / "out" / "parallel.json").read_text())
    assert content["branches"]["shared"] == {"weight": 1.0, "tasks": "all"}
    assert content["branches"]["three"] == {"weight": 1.0, "tasks": ["three"]}
    heads = {
        name: any(
            "classifier" in key for key in load_file(tmp_path / "out" / name / "adapter_model.safetensors")
        )
        for name in content["branches"]
    }
    assert heads == {"shared": False, "films": True, "three": True, "numbers": True}


def test_one_task_or_a_name_that_is_taken_is_refused(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="several tasks"):
        train(str(BASE), files["films"], tmp_path / "out", recipe=RECIPE)
    for name in ("shared", "../up"):
        with pytest.raises(UnsupportedError, match="cannot be called"):
            train(str(BASE), {name: files["films"], "three": files["three"]}, tmp_path / "out", recipe=RECIPE)
    with pytest.raises(UnsupportedError, match="method='parallel'"):
        train(str(BASE), files, tmp_path / "out", recipe=Recipe(steps=1))


def test_branches_for_all_tasks_are_no_matter_of_other_methods() -> None:
    assert checked(Recipe(method="parallel", shared=2)).shared == 2
    with pytest.raises(UnsupportedError, match="shared= is for method='parallel'"):
        checked(Recipe(method="lora", shared=2))
