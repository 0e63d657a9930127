"""Numbers within names sort by their value, and whatever else stands there does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery import inspect
from lorasurgery.text import natural_key, number_in


def test_layer_2_comes_before_layer_10() -> None:
    names = [
        "layers.10.q",
        "layers.2.q",
        "layers.2.mlp.experts.11",
        "layers.2.mlp.experts.9",
        "h[10]",
        "h[9]",
        "a",
    ]
    assert sorted(names, key=natural_key) == [
        "a",
        "h[9]",
        "h[10]",
        *names[3:1:-1],
        "layers.2.q",
        "layers.10.q",
    ]


@pytest.mark.parametrize(
    ("part", "number"),
    [("7", 7), ("007", 7), ("", None), ("²", None), ("-1", None), ("x1", None), ("9" * 5000, None)],
)
def test_a_number_is_decimal_digits_and_few(part: str, number: int | None) -> None:
    assert number_in(part) == number


def test_a_checkpoint_with_odd_numbers_in_its_names_is_inspected(tmp_path: Path) -> None:
    names = [f"layers.{number}.weight" for number in ("²", "9" * 5000, "10", "2")]
    save_file({name: torch.randn(4, 4) for name in names}, tmp_path / "x.safetensors")
    seen = [each.module for each in inspect(str(tmp_path / "x.safetensors")).seen]
    assert len(seen) == 4
    assert seen.index("layers.2") < seen.index("layers.10")
