"""What bitsandbytes' states and scales may say that it never writes itself."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.quantisation import open_model, quantised_model
from support.quantised_checkpoints import mark
from support.quantised_forms import write

NESTED = "bitsandbytes nf4, nested"
STATE = "m.weight.quant_state.bitsandbytes__nf4"


def test_infinite_scales_of_scales_give_no_warning_between_the_lines(tmp_path: Path) -> None:
    write(tmp_path / "base", NESTED)
    tensors = load_file(tmp_path / "base" / "model.safetensors")
    tensors["m.weight.nested_absmax"][:] = torch.inf
    tensors["m.weight.nested_quant_map"][:] = 0
    save_file(tensors, tmp_path / "base" / "model.safetensors", {"format": "pt"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not open_model(tmp_path / "base").tensors["m.weight"].read().isfinite().all()
        (weight,) = quantised_model(open_checkpoint(tmp_path / "base")).readable.values()
        assert weight.encoding is not None
        weight.encoding.scales(0, 2)


@pytest.mark.parametrize(
    "said",
    [
        {"nested_offset": 1e308},
        {"nested_offset": 10**400},
        {"nested_offset": float("nan")},
        {"nested_blocksize": 2**64},
    ],
    ids=lambda said: "".join(f"{key} {str(value)[:8]}" for key, value in said.items()),
)
def test_a_state_of_numbers_that_no_float_or_index_holds_is_refused(
    said: dict[str, float], tmp_path: Path
) -> None:
    write(tmp_path / "base", NESTED)
    tensors = load_file(tmp_path / "base" / "model.safetensors")
    state = json.loads(tensors[STATE].numpy().tobytes())
    tensors[STATE] = mark(**{**state, **said})
    save_file(tensors, tmp_path / "base" / "model.safetensors", {"format": "pt"})
    with pytest.raises(UnsupportedError):
        open_model(tmp_path / "base").tensors["m.weight"].read()
