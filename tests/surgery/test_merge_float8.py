"""Bases in 8-bit floats with scales.

Read as numbers, merged, written as bfloat16 or as codes again, and brought back.
"""

from __future__ import annotations

import json
from pathlib import Path

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import merge, unmerge, verify
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.linalg.rounding import round_once
from support.adapters import add
from support.merged_models import files
from support.parted import in_parts
from support.tiny_models import FAMILIES, built

Q = "model.layers.0.self_attn.q_proj"
K = "model.layers.0.self_attn.k_proj"
BLOCK = 16
FORMS = ["blocks", "rows", "tensor"]


def coded(W: Tensor, form: str) -> tuple[Tensor, Tensor]:
    """Codes and scales of a weight."""
    size = {"blocks": (BLOCK, BLOCK), "rows": (1, W.shape[1]), "tensor": tuple(W.shape)}[form]
    tiles = W.reshape(W.shape[0] // size[0], size[0], W.shape[1] // size[1], size[1])
    scales = tiles.abs().amax(dim=(1, 3)) / 448
    codes = (tiles / scales[:, None, :, None]).reshape(W.shape).to(torch.float8_e4m3fn)
    return codes, scales[0, 0] if form == "tensor" else scales


def numbers(codes: Tensor, scales: Tensor) -> Tensor:
    down, across = (
        (codes.shape[0] // scales.shape[0], codes.shape[1] // scales.shape[1]) if scales.ndim else codes.shape
    )
    return codes.float() * scales.reshape(-1, 1 if scales.ndim < 2 else scales.shape[1]).repeat_interleave(
        down, 0
    ).repeat_interleave(across, 1)


@pytest.fixture(params=FORMS)
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    model = built(FAMILIES["llama"]).to(torch.bfloat16)
    model.save_pretrained(tmp_path / "base")
    held = load_file(tmp_path / "base" / "model.safetensors")
    mark = "weight_scale_inv" if request.param == "blocks" else "weight_scale"
    for name in [name for name in held if name.endswith("_proj.weight") and "mlp" not in name]:
        held[name], held[name.replace("weight", mark)] = coded(held[name].float(), request.param)
    save_file(held, tmp_path / "base" / "model.safetensors", {"format": "pt"})
    config = json.loads((tmp_path / "base" / "config.json").read_text())
    settings = {
        "quant_method": "fp8",
        "weight_block_size": [BLOCK, BLOCK] if request.param == "blocks" else None,
    }
    (tmp_path / "base" / "config.json").write_text(json.dumps(config | {"quantization_config": settings}))
    return tmp_path / "base"


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    model = built(FAMILIES["llama"])
    add(model, peft.LoraConfig(r=3, lora_alpha=4, target_modules=["q_proj"]), tmp_path / "adapter")
    return tmp_path / "adapter"


def exact(base: Path, adapter: Path) -> tuple[Tensor, Tensor]:
    """W and W + ΔW of one module, in float64."""
    held, factors = load_file(base / "model.safetensors"), load_file(adapter / "adapter_model.safetensors")
    scale = next(
        held[f"{Q}.{mark}"] for mark in ("weight_scale_inv", "weight_scale") if f"{Q}.{mark}" in held
    )
    A, B = (factors[f"base_model.model.{Q}.lora_{side}.weight"].double() for side in "AB")
    W = numbers(held[f"{Q}.weight"], scale.float()).double()
    return W, W + B @ A * 4 / 3


def test_quantised_weights_are_dequantised_and_come_back(base: Path, adapter: Path, tmp_path: Path) -> None:
    merge(base, [adapter], tmp_path / "merged")
    merged = open_checkpoint(tmp_path / "merged")
    assert {tensor.dtype for tensor in merged.tensors.values()} == {Dtype.BF16}
    assert not any("scale" in name for name in merged.tensors)
    assert "quantization_config" not in merged.config
    assert torch.equal(
        merged.tensors[f"{Q}.weight"].read(), round_once(exact(base, adapter)[1], torch.bfloat16)
    )
    _, loading = type(built(FAMILIES["llama"])).from_pretrained(tmp_path / "merged", output_loading_info=True)
    assert not any(loading.values())
    unmerge(tmp_path / "merged", tmp_path / "back")
    for file in ("model.safetensors", "config.json"):
        assert (tmp_path / "back" / file).read_bytes() == (base / file).read_bytes()


def test_quantised_weights_are_written_again_with_a_stated_loss(
    base: Path, adapter: Path, tmp_path: Path
) -> None:
    report = merge(base, [adapter], tmp_path / "merged", requantise=True)
    old, new = load_file(base / "model.safetensors"), load_file(tmp_path / "merged" / "model.safetensors")
    changed = {name for name in old if not torch.equal(old[name].double(), new[name].double())}
    assert changed == {name for name in old if name.endswith("q_proj.weight")}
    scale = next(new[name] for name in new if name.startswith(f"{Q}.weight_scale"))
    W, wanted = exact(base, adapter)
    got = numbers(new[f"{Q}.weight"], scale).double()
    # A code has three bits behind the leading one, either neighbour may be taken, and the largest stays.
    step = 2**-3 * wanted.abs().clamp_min(1e-2 * wanted.abs().max())
    assert bool(((got - wanted).abs() <= torch.maximum(step, (wanted - W).abs())).all())
    (stated,) = (each.sums for each in report.requantised if each.name == f"{Q}.weight")
    assert stated.error**0.5 == pytest.approx(float((got - wanted).norm()), rel=1e-3)
    assert stated.change**0.5 == pytest.approx(float((wanted - W).norm()), rel=1e-5)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert (tmp_path / "back" / "model.safetensors").read_bytes() == (base / "model.safetensors").read_bytes()


@pytest.mark.parametrize("requantise", [False, True])
def test_verify_reads_quantised_weights(requantise: bool, base: Path, adapter: Path, tmp_path: Path) -> None:
    merge(base, [adapter], tmp_path / "merged", requantise=requantise)
    assert verify(base, [adapter], tmp_path / "merged").is_exact
    assert not verify(base, [f"{adapter}:2"], tmp_path / "merged").is_exact


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e8m0fnu])
def test_the_loss_is_stated_for_scales_as_they_are_stored(
    dtype: torch.dtype, base: Path, adapter: Path, tmp_path: Path
) -> None:
    held = load_file(base / "model.safetensors")
    held = {name: tensor.to(dtype) if "_scale" in name else tensor for name, tensor in held.items()}
    save_file(held, base / "model.safetensors", {"format": "pt"})
    report = merge(base, [adapter], tmp_path / "merged", requantise=True)
    new = load_file(tmp_path / "merged" / "model.safetensors")
    scale = next(new[name] for name in new if name.startswith(f"{Q}.weight_scale"))
    assert scale.dtype == dtype
    W, wanted = exact(base, adapter)
    (stated,) = (each.sums for each in report.requantised if each.name == f"{Q}.weight")
    lost = float((numbers(new[f"{Q}.weight"], scale.float()).double() - wanted).norm())
    assert stated.error**0.5 == pytest.approx(lost, rel=1e-3)
    assert stated.change**0.5 == pytest.approx(float((wanted - W).norm()), rel=1e-5)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert (tmp_path / "back" / "model.safetensors").read_bytes() == (base / "model.safetensors").read_bytes()


def test_quantised_weights_without_their_scales_are_refused(
    base: Path, adapter: Path, tmp_path: Path
) -> None:
    held = load_file(base / "model.safetensors")
    renamed = {
        name.replace("weight_scale_inv", "range").replace("weight_scale", "range"): t
        for name, t in held.items()
    }
    save_file(renamed, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(UnsupportedError, match=r"no scales under a name that is known .*the config says fp8"):
        merge(base, [adapter], tmp_path / "merged")


def test_scales_of_an_odd_shape_are_refused(base: Path, adapter: Path, tmp_path: Path) -> None:
    held = load_file(base / "model.safetensors")
    name = next(name for name in held if name.startswith(f"{K}.weight_scale"))
    save_file(held | {name: torch.ones(5, 3)}, base / "model.safetensors")
    with pytest.raises(UnsupportedError, match="fit neither"):
        merge(base, [adapter], tmp_path / "merged")


def test_there_is_nothing_to_requantise_in_numbers(adapter: Path, tmp_path: Path) -> None:
    built(FAMILIES["llama"]).save_pretrained(tmp_path / "plain")
    with pytest.raises(UnsupportedError, match="no quantised weights"):
        merge(tmp_path / "plain", [adapter], tmp_path / "merged", requantise=True)


@pytest.mark.parametrize("options", [{}, {"requantise": True}])
def test_parts_of_a_quantised_model_give_the_single_run(
    base: Path, adapter: Path, tmp_path: Path, options: dict[str, bool]
) -> None:
    report = merge(base, [adapter], tmp_path / "one" / "merged", **options)
    in_parts(merge, base, [adapter], output=tmp_path / "parts" / "merged", **options)
    assert files(tmp_path / "parts") == files(tmp_path / "one")
    assert bool(report.requantised) == bool(options)
    in_parts(unmerge, tmp_path / "parts" / "merged", output=tmp_path / "back")
    for file in ("model.safetensors", "config.json"):
        assert (tmp_path / "back" / file).read_bytes() == (base / file).read_bytes()
