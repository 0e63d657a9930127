"""The tables of docs/train.md are those of the folders, and its defaults those of the code."""

from __future__ import annotations

import re

from lorasurgery.training import kinds, methods
from lorasurgery.training.recipe import ADALORA_RATE, ADAPTER_RATE, FULL_RATE, Recipe
from support.paths import ROOT

TEXT = (ROOT / "docs" / "train.md").read_text(encoding="utf-8")


def rows_below(heading: str) -> list[str]:
    section = TEXT[TEXT.index(heading) :].split("\n\n")[0]
    return re.findall(r"^\| ([a-z0-9]+) \|", section, re.MULTILINE)


def test_every_kind_and_method_has_one_row() -> None:
    assert sorted(rows_below("| `--kind` |")) == list(kinds.names())
    assert sorted(rows_below("| `--method` |")) == list(methods.names())


def test_the_rates_are_those_of_the_text() -> None:
    text = " ".join(TEXT.split())
    assert "learning rate 5e-5 for a full fine-tune, ten times that for adapters, 5e-3 for AdaLoRA" in text
    assert (FULL_RATE, ADALORA_RATE) == (5e-5, 5e-3)
    assert 10 * FULL_RATE == ADAPTER_RATE
    assert Recipe(method="dora").learning_rate == ADAPTER_RATE


def test_every_kind_and_method_has_what_its_folder_says() -> None:
    for name in kinds.names():
        module = kinds.load(name)
        assert all(hasattr(module, each) for each in ("TASK", "read", "open_task")), name
    assert all(callable(methods.load(name).build) for name in methods.names())
