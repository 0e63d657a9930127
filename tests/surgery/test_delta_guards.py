"""What stands between a fault of the program, or of others, and a wrong output of a delta."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import zstandard

from lorasurgery.checkpoint.safetensors_file import read_header
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, SurgeryError
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.apply import apply
from lorasurgery.surgery.delta.byte_planes import PlaneDecoder
from lorasurgery.surgery.delta.delta_file import Delta
from lorasurgery.surgery.make_delta import make_delta
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


def test_a_damaged_part_of_the_way_back_is_refused_on_the_way_there(tmp_path: Path) -> None:
    W = {"a.weight": torch.ones(4, 4), "gone.weight": torch.arange(64.0)}
    one, other = save(W, tmp_path / "one"), save({"a.weight": W["a.weight"]}, tmp_path / "other")
    make_delta(one, other, tmp_path / "delta")
    good = (tmp_path / "delta").read_bytes()
    header, _ = read_header(tmp_path / "delta")
    assert header.entries
    for entry in header.entries.values():
        data = bytearray(good)
        data[header.data_start + entry.start] ^= 1
        (tmp_path / "delta").write_bytes(data)
        with pytest.raises(DamagedFileError):
            apply(one, tmp_path / "delta", tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_a_plane_of_another_length_is_refused() -> None:
    base = StoredArray(np.zeros(8, np.uint8), Dtype.I8)
    frame = zstandard.ZstdCompressor().compress(bytes(7))
    data = np.frombuffer(len(frame).to_bytes(4, "little") + frame, np.uint8)
    with pytest.raises(DamagedFileError, match="another number of bytes than its block"):
        PlaneDecoder("x", data, Dtype.I8).apply(base)
