"""A recovered adapter that would not rebuild the model does not appear."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from safetensors.torch import save_file

from lorasurgery.errors import OutputError
from support.seeded_merges import lora_merge

module = importlib.import_module("lorasurgery.surgery.recover")


def test_factors_without_their_exceptions_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = lora_merge((160, 128), 3, 0.02)
    for name, side in (("base", pair.base), ("merged", pair.merged)):
        save_file({"layers.0.up.weight": side}, tmp_path / f"{name}.safetensors", {"format": "pt"})
    monkeypatch.setattr(module, "write_exceptions", lambda *_: None)
    with pytest.raises(OutputError, match=r"would not rebuild 'layers\.0\.up\.weight'"):
        module.recover(tmp_path / "base.safetensors", tmp_path / "merged.safetensors", tmp_path / "out")
    assert not (tmp_path / "out").exists()
