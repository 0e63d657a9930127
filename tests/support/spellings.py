"""Small bases and adapters under other names, and whether two of them merge into the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft

from lorasurgery import merge
from support.adapters import add, bits
from support.tiny_models import FAMILIES, built


def same_merge(base: Path, one: Path, other: Path, folder: Path) -> list[str]:
    """Hold that two adapters give one merged model, which is not the base; the notes of the second merge."""
    merge(base, [one], folder / "one", undo=False)
    report = merge(base, [other], folder / "other", undo=False)
    assert bits(folder / "one") == bits(folder / "other")
    assert bits(folder / "one") != bits(base)
    return list(report.forecast.notes)


def llama(folder: Path, **settings: Any) -> tuple[Path, Path]:
    model = built(FAMILIES["llama"])
    model.save_pretrained(folder / "base")
    config = peft.LoraConfig(**{"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "up_proj"], **settings})
    add(model, config, folder / "adapter")
    return folder / "base", folder / "adapter"
