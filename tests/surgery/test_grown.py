"""The way back from a merged number, where its binade grew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.linalg.ulps import Differences, take_steps
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.apply import apply
from lorasurgery.surgery.delta.delta_file import read_delta
from lorasurgery.surgery.delta.grown import GrownDecoder, GrownEncoder
from lorasurgery.surgery.make_delta import make_delta
from lorasurgery.surgery.undo.corrections import CorrectionEncoder
from support.seeded_merges import lora_merge

HALVES = [Dtype.BF16, Dtype.F16, Dtype.F32]


def drawn(dtype: Dtype, seed: int) -> StoredArray:
    """Any finite numbers."""
    draw = np.random.default_rng(seed)
    bits = draw.integers(0, 2**8, 4000 * dtype.itemsize, np.uint8).view(f"<u{dtype.itemsize}")
    values = StoredArray(bits.reshape(40, 100), dtype)
    return StoredArray.of(torch.nan_to_num(values.tensor, 0.0, 1.0, -1.0))


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("spread", [1, 100, 5000])
def test_any_prediction_is_corrected(dtype: Dtype, spread: int) -> None:
    base, merged, first = drawn(dtype, 1), drawn(dtype, 2), 12_000
    predicted = StoredArray(base.bits.copy(), dtype)
    places = np.arange(0, 4000, 3)
    take_steps(predicted, places, np.random.default_rng(3).integers(-spread, spread + 1, len(places)))
    found = Differences()
    found.note(base, predicted, first)
    encoder, held = GrownEncoder(), found.held
    encoder.add(StoredArray(base.bits.copy(), dtype), merged, found, first)
    assert found.held < held  # half of what is drawn grew
    decoder = GrownDecoder("x", np.frombuffer(encoder.finish(), np.uint8))
    decoder.correct(predicted, merged)
    take_steps(predicted, found.places - first, found.steps)
    decoder.finish()
    assert np.array_equal(predicted.bits, base.bits)


def test_what_has_no_position_takes_less(tmp_path: Path) -> None:
    pair = lora_merge((512, 640), 4, 0.01)
    one, other, delta = (tmp_path / name for name in ("a.safetensors", "b.safetensors", "delta"))
    save_file({"x": pair.base}, one)
    save_file({"x": pair.merged}, other)
    report = make_delta(one, other, delta)
    recipe = next(each for each in read_delta(delta).forward if each.method == "low-rank")
    held = sum(recipe.parts[name].nbytes for name in ("grown", "back"))
    assert report.back_nbytes >= held
    predicted = (pair.merged.double() - pair.change).bfloat16()
    encoder = CorrectionEncoder()
    encoder.differences.note(StoredArray.of(pair.base), StoredArray.of(predicted), 0)
    assert held < 0.75 * len(encoder.finish())
    apply(other, delta, tmp_path / "back.safetensors", revert=True)
    assert (tmp_path / "back.safetensors").read_bytes() == one.read_bytes()


def decoded(data: bytes, predicted: StoredArray, merged: StoredArray) -> None:
    decoder = GrownDecoder("x", np.frombuffer(data, np.uint8))
    decoder.correct(predicted, merged)
    decoder.finish()


@pytest.mark.parametrize("harm", ["short", "long", "number"])
def test_damage_is_refused(harm: str) -> None:
    base, merged = drawn(Dtype.BF16, 1), drawn(Dtype.BF16, 2)
    predicted = StoredArray(base.bits.copy(), Dtype.BF16)
    take_steps(predicted, np.arange(4000), np.full(4000, 2))
    found = Differences()
    found.note(base, predicted, 0)
    encoder = GrownEncoder()
    encoder.add(base, merged, found, 0)
    data = bytearray(encoder.finish())
    if harm == "long":
        data += b"\0"
    elif harm == "short":
        del data[-1:]
    else:
        data[0] ^= 1
    with pytest.raises(DamagedFileError):
        decoded(bytes(data), predicted, merged)
