"""Scales in dtypes that no quantiser writes them in are refused, and not taken for numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from lorasurgery.errors import UnsupportedError
from lorasurgery.quantisation import open_model
from support.quantised_forms import write

SCALES = {
    "torchao mxfp8, tiled scales": "m._weight_scale",
    "torchao int8": "m._weight_scale",
    "gptq v1 4 bit": "m.scales",
    "awq": "m.scales",
    "mlx 4 bit": "m.biases",
    "hqq 4 bit, axis 1": "m.zero",
    "quanto qint8": "m.weight._scale",
    "bitnet": "m.weight_scale",
    "compressed-tensors int8": "m.weight_scale",
    "bitsandbytes int8": "m.SCB",
}


@pytest.mark.parametrize("form", SCALES)
def test_complex_scales_are_refused_by_name(form: str, tmp_path: Path) -> None:
    name = SCALES[form]
    _rewritten(tmp_path / "base", form, torch.complex64)
    with pytest.raises(UnsupportedError, match=f"{name!r} is stored as complex64, which holds no scales"):
        open_model(tmp_path / "base").tensors["m.weight"].read()


@pytest.mark.parametrize("form", ["torchao mxfp8", "torchao float8"])
def test_integers_are_no_scales_of_floats(form: str, tmp_path: Path) -> None:
    _rewritten(tmp_path / "base", form, torch.int8)
    with pytest.raises(UnsupportedError, match="this program cannot read that as numbers"):
        open_model(tmp_path / "base").tensors["m.weight"].read()


def _rewritten(folder: Path, form: str, dtype: torch.dtype) -> None:
    """Write a checkpoint whose scales are in another dtype."""
    write(folder, form)
    path, name = folder / "model.safetensors", SCALES.get(form, "m._weight_scale")
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        said = file.metadata()
    tensors[name] = torch.ones(tensors[name].shape, dtype=dtype)
    save_file(tensors, path, said)
