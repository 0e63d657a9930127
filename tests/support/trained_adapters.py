"""Adapters built on the fixture's BERT as training builds them, still in memory."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoTokenizer

from lorasurgery.training.data import read_table
from lorasurgery.training.kinds.classification import open_task
from lorasurgery.training.methods import dyn
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import load_model, load_tokenizer
from lorasurgery.training.recipe import Recipe
from support.film_reviews import BASE


def built(films: Path, recipe: Recipe, method: object = dyn) -> TrainableModel:
    task = open_task(read_table(films))
    torch.manual_seed(0)
    loaded = load_model(str(BASE), task, load_tokenizer(str(BASE)))
    trained: TrainableModel = method.build(loaded, {"task": task}, recipe)  # type: ignore[attr-defined]
    return trained


def inputs(films: Path) -> dict[str, torch.Tensor]:
    rows = [line.split("\t")[0] for line in films.read_text().splitlines()[1:9]]
    return dict(AutoTokenizer.from_pretrained(BASE)(rows, padding=True, return_tensors="pt"))


def filled(trained: TrainableModel) -> None:
    """B that is not zero."""
    draw = torch.Generator().manual_seed(1)
    for name, each in trained.trainable.items():
        if ".lora_B." in name:
            torch.nn.init.normal_(each.data, std=0.3, generator=draw)
