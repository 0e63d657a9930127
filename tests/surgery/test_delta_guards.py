"""What stands between a fault of the program, or of others, and a wrong output of a delta."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

from lorasurgery.errors import DamagedFileError, SurgeryError
from lorasurgery.surgery.apply import apply
from lorasurgery.surgery.delta.delta_file import Delta
from lorasurgery.surgery.undo.corrections import CorrectionDecoder
from support.checkpoint_pairs import merged, model, save, stepped

module = importlib.import_module("lorasurgery.surgery.make_delta")


def test_what_comes_out_wrong_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = save(model(), tmp_path / "one"), save(stepped(model()), tmp_path / "other")
    module.make_delta(one, other, tmp_path / "delta")
    monkeypatch.setattr(CorrectionDecoder, "correct", lambda *_, **__: None)
    with pytest.raises(DamagedFileError, match="does not come out as it was"):
        apply(one, tmp_path / "delta", tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_a_side_that_is_written_to_after_it_was_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = save(model(), tmp_path / "one"), save(merged(model(), 2), tmp_path / "other")
    encoded = module._encoded

    def touched(*arguments: Any) -> Delta:
        delta = encoded(*arguments)
        os.utime(one / "model.safetensors", (1, 1))
        return delta

    monkeypatch.setattr(module, "_encoded", touched)
    with pytest.raises(SurgeryError, match="changed"):
        module.make_delta(one, other, tmp_path / "delta")
    assert not (tmp_path / "delta").exists()
