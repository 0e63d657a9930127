"""What quantisers round away is known from their codes: it is not taken for a change of the weights."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import extract, inspect
from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.quantisation import open_model
from support.paths import FIXTURES

OUT, IN, RANK = 256, 192, 8


def weight() -> Tensor:
    """A matrix whose rows differ in scale, as those of models do."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(OUT, IN, generator=generator) * torch.rand(OUT, 1, generator=generator) * 0.1


def change(strength: float) -> Tensor:
    """A change of rank 8 with equal singular values, of this share of ‖W‖."""
    generator = torch.Generator().manual_seed(1)
    left, right = (torch.linalg.qr(torch.randn(side, RANK, generator=generator))[0] for side in (OUT, IN))
    return left @ right.T * strength * float(torch.linalg.matrix_norm(weight())) / RANK**0.5


def nf4(W: Tensor) -> tuple[dict[str, Tensor], str]:
    made = load_file(FIXTURES / "quantised.safetensors")
    table = made["bitsandbytes nf4/m.weight.quant_map"]
    peaks = W.reshape(-1, 64).abs().amax(1)
    codes = (W.reshape(-1, 64, 1) / peaks[:, None, None] - table).abs().argmin(-1).reshape(-1)
    pairs = (codes[::2] << 4 | codes[1::2]).to(torch.uint8)[:, None]
    state = {"quant_type": "nf4", "blocksize": 64, "dtype": "float32", "shape": list(W.shape)}
    text = torch.tensor([*json.dumps(state).encode()], dtype=torch.uint8)
    named = {"absmax": peaks, "quant_map": table, "quant_state.bitsandbytes__nf4": text}
    return {"weight": pairs} | {f"weight.{name}": each for name, each in named.items()}, "bitsandbytes"


def int4(W: Tensor) -> tuple[dict[str, Tensor], str]:
    scales = W.reshape(OUT, -1, 32).abs().amax(-1) / 7
    u = (W / scales.repeat_interleave(32, 1)).round().clamp(-8, 7).int() + 8
    words = sum(u[:, each::8].long() << 4 * each for each in range(8))
    assert isinstance(words, Tensor)
    signed = torch.where(words >= 2**31, words - 2**32, words).int()
    shape = torch.tensor(W.shape)
    return {
        "weight_packed": signed,
        "weight_scale": scales,
        "weight_shape": shape,
    }, "compressed-tensors"


def float8(W: Tensor) -> tuple[dict[str, Tensor], str]:
    scales = W.abs().amax(1, keepdim=True) / 448
    return {"weight": (W / scales).to(torch.float8_e4m3fn), "weight_scale": scales}, "compressed-tensors"


def plain(W: Tensor) -> tuple[dict[str, Tensor], str]:
    return {"weight": W.bfloat16()}, ""


Maker = Callable[[Tensor], tuple[dict[str, Tensor], str]]
QUANTISERS: dict[str, Maker] = {"NF4": nf4, "int4": int4, "FP8": float8}


def write(folder: Path, make: Maker, W: Tensor) -> Path:
    folder.mkdir()
    tensors, method = make(W)
    save_file(
        {f"m.{name}": each.contiguous() for name, each in tensors.items()}, folder / "model.safetensors"
    )
    config: dict[str, Any] = {"model_type": "unknown"}
    config |= {"quantization_config": {"quant_method": method}} if method else {}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("name", QUANTISERS)
def test_the_steps_are_as_large_as_the_quantisers_error(name: str, tmp_path: Path) -> None:
    tensor = open_model(write(tmp_path / "base", QUANTISERS[name], weight())).tensors["m.weight"]
    assert tensor.quantised is not None
    steps = tensor.quantised.steps
    assert steps is not None
    foreseen = math.sqrt(float(steps.read().double().square().sum()) / 12)
    error = float(torch.linalg.matrix_norm(tensor.read() - weight()))
    assert 0.95 < foreseen / error < 1.1
    assert torch.equal(torch.cat([steps.read_rows(0, 100), steps.read_rows(100, OUT)]), steps.read())


@pytest.mark.parametrize("tuned", QUANTISERS)
@pytest.mark.parametrize("base", QUANTISERS)
def test_a_strong_change_between_quantised_files_has_its_rank(base: str, tuned: str, tmp_path: Path) -> None:
    one = write(tmp_path / "base", QUANTISERS[base], weight())
    other = write(tmp_path / "tuned", QUANTISERS[tuned], weight() + change(0.5))
    report = extract(one, other, tmp_path / "adapter", noise_edge=True)
    assert [each.rank for each in report.modules] == [RANK]


@pytest.mark.parametrize("strength", [0.02, 0.1])
@pytest.mark.parametrize("name", QUANTISERS)
def test_no_more_ranks_are_seen_than_there_are(name: str, strength: float, tmp_path: Path) -> None:
    one = write(tmp_path / "base", QUANTISERS[name], weight())
    other = write(tmp_path / "tuned", QUANTISERS[name], weight() + change(strength))
    seen = inspect(one, other).modules[0]
    assert seen.edge_rank is not None
    assert seen.edge_rank <= RANK


@pytest.mark.parametrize("name", QUANTISERS)
def test_a_quantised_model_beside_its_own_original_has_no_change(name: str, tmp_path: Path) -> None:
    base = write(tmp_path / "base", QUANTISERS[name], weight().bfloat16().float())
    original = write(tmp_path / "original", plain, weight())
    for one, other in ((base, original), (original, base)):
        with pytest.raises(NothingToDoError, match="above the noise of rounding"):
            extract(one, other, tmp_path / "adapter", noise_edge=True)
        assert inspect(one, other).modules[0].edge_rank == 0


@pytest.mark.parametrize("name", QUANTISERS)
def test_a_merge_into_the_dequantised_weights_counts_its_own_rounding_alone(
    name: str, tmp_path: Path
) -> None:
    base = write(tmp_path / "base", QUANTISERS[name], weight())
    numbers = open_model(base).tensors["m.weight"].read()
    merged = write(tmp_path / "merged", plain, numbers + change(0.02))
    report = extract(base, merged, tmp_path / "adapter", noise_edge=True)
    assert [each.rank for each in report.modules] == [RANK]


def test_of_formats_that_are_only_read_the_edge_is_not_known(tmp_path: Path) -> None:
    def by_quanto(W: Tensor) -> tuple[dict[str, Tensor], str]:
        scale = W.abs().amax(1, keepdim=True) / 127
        return {"weight._data": (W / scale).round().to(torch.int8), "weight._scale": scale}, "quanto"

    base = write(tmp_path / "base", by_quanto, weight())
    tuned = write(tmp_path / "tuned", plain, weight() + change(0.1))
    with pytest.raises(UnsupportedError, match=r"quanto.*energy"):
        extract(base, tuned, tmp_path / "adapter", noise_edge=True)
    assert inspect(base, tuned).modules[0].edge_rank is None


@pytest.mark.parametrize("name", QUANTISERS)
def test_an_inspection_states_format_size_and_noise(name: str, tmp_path: Path) -> None:
    base = write(tmp_path / "base", QUANTISERS[name], weight())
    report = inspect(base)
    tensor = open_model(base).tensors["m.weight"]
    assert tensor.quantised is not None
    size = tensor.quantised.nbytes / tensor.numel
    (note,) = report.notes
    assert f"1 weight stored as {tensor.quantised.label}: {size:.3g} bytes" in note
    (seen,) = report.modules
    error = float(torch.linalg.matrix_norm(tensor.read() - weight()))
    assert seen.noise is not None
    assert abs(seen.noise / error - 1) < 0.1


def test_what_lies_under_the_edge_is_said(tmp_path: Path) -> None:
    one = write(tmp_path / "base", nf4, weight())
    other = write(tmp_path / "tuned", nf4, weight() + change(0.5))
    report = extract(one, other, tmp_path / "adapter", noise_edge=True)
    under = 1 - report.modules[0].energy_kept
    assert any("bitsandbytes NF4). What is under it" in note for note in report.notes)
    assert 0 < under < 0.2
