"""LyCORIS's methods that multiply the weight do what LyCORIS's own modules do."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from lycoris.modules.base import LycorisBaseModule
from lycoris.modules.boft import ButterflyOFTModule
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery import merge
from lorasurgery.errors import DamagedFileError, NumericError, UnsupportedError
from lorasurgery.formats import kohya
from support.image_adapters import random, saved
from support.lycoris_modules import LAYERS, NAME, PATH

INPUTS = {"linear": (5, 24), "wide": (5, 40), "conv": (2, 12, 7, 7), "conv1d": (2, 12, 7)}
# The largest block; the number of blocks is a power of two.
BOFT = {"lora_dim": 10}
CASES: list[tuple[str, type[LycorisBaseModule], dict[str, Any]]] = [
    *((layer, IA3Module, {"train_on_input": of_inputs}) for layer in INPUTS for of_inputs in (False, True)),
    *((layer, GLoRAModule, {}) for layer in INPUTS),
    *((layer, DiagOFTModule, {}) for layer in INPUTS),
    *((layer, DiagOFTModule, {"rescaled": True}) for layer in ("linear", "conv")),
    *((layer, ButterflyOFTModule, BOFT) for layer in INPUTS),
    ("linear", ButterflyOFTModule, BOFT | {"rescaled": True}),
    ("linear", ButterflyOFTModule, BOFT | {"constraint": 1e-3}),
    # The norm of what is stored is above the limit in the first, and below it in the second.
    ("linear", DiagOFTModule, {"constraint": 1e-3}),
    ("linear", DiagOFTModule, {"constraint": 1.0}),
]


def is_weighed_alike(case: tuple[str, type[LycorisBaseModule], dict[str, Any]]) -> bool:
    """LyCORIS does not weigh the gains of OFT, and weighs each stage of BOFT."""
    return "rescaled" not in case[2] and case[1] is not ButterflyOFTModule


@pytest.mark.parametrize(
    ("layer", "kind", "settings", "weight"),
    [(*case, weight) for case in CASES for weight in (1.0, 0.5) if weight == 1 or is_weighed_alike(case)],
)
def test_a_merge_does_what_lycoris_does(
    layer: str, kind: type[LycorisBaseModule], settings: dict[str, Any], weight: float, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    base = LAYERS[layer]()
    ours = copy.deepcopy(base)
    module: Any = kind(NAME, base, **{"lora_dim": 4, "alpha": 3.0, "multiplier": weight, **settings})
    with torch.no_grad():
        for seed, parameter in enumerate(module.parameters()):
            parameter.add_(0.3 * random(*parameter.shape, seed=seed))
    tensors = {f"{NAME}.{part}": each.detach().clone() for part, each in module.state_dict().items()}
    saved(tmp_path / "a.safetensors", tensors)
    path = "unet.mid_block.attentions.0.proj_in"
    save_file(
        {f"{path}.{part}": each for part, each in ours.state_dict().items()}, tmp_path / "b.safetensors"
    )
    merge(tmp_path / "b.safetensors", f"{tmp_path / 'a.safetensors'}:{weight}", tmp_path / "m", undo=False)
    merged = load_file(tmp_path / "m" / "b.safetensors")
    x = random(*INPUTS[layer])
    with torch.no_grad():
        before = ours(x)
        ours.load_state_dict({name.removeprefix(f"{path}."): each for name, each in merged.items()})
        torch.testing.assert_close(ours(x), module(x), rtol=1e-5, atol=1e-5)
        assert settings.get("constraint") == 1e-3 or not torch.allclose(ours(x), before, rtol=0.1)


def test_boft_has_no_other_weight_than_1(tmp_path: Path) -> None:
    module: Any = ButterflyOFTModule(NAME, nn.Linear(24, 32), lora_dim=4)
    tensors = {f"{NAME}.{part}": each.detach().clone() for part, each in module.state_dict().items()}
    file = saved(tmp_path / "a.safetensors", tensors)
    path = "unet.mid_block.attentions.0.proj_in"
    save_file({f"{path}.weight": torch.ones(32, 24)}, tmp_path / "b.safetensors")
    with pytest.raises(UnsupportedError, match=r"cannot be taken 0\.5 times"):
        merge(tmp_path / "b.safetensors", f"{file}:0.5", tmp_path / "m")
    with pytest.raises(UnsupportedError, match=r"cannot be taken 0\.5 times"):
        merge(tmp_path / "b.safetensors", file, tmp_path / "m", weight=["unet.*=0.5"])


# What is a part of what in Flux, by the width 8 of its model: rows of queries, keys, values, MLP.
OF_FLUX = {
    "double_blocks.0.img_attn.qkv": (8, 8, 8),
    "single_blocks.0.linear1": (8, 8, 8, 32),
    "double_blocks.0.img_attn.proj": (8,),
}
IN_DIFFUSERS = {
    "double_blocks.0.img_attn.qkv": [f"transformer_blocks.0.attn.to_{x}" for x in "qkv"],
    "single_blocks.0.linear1": [
        *(f"single_transformer_blocks.0.attn.to_{x}" for x in "qkv"),
        "single_transformer_blocks.0.proj_mlp",
    ],
    "double_blocks.0.img_attn.proj": ["transformer_blocks.0.attn.to_out.0"],
}


def oft_of_sd_scripts(W: Tensor, blocks: Tensor, alpha: float, weight: float) -> Tensor:
    """The forward pass of `oft.py`, in float64: R W by blocks, R between the identity and the rotation."""
    W, blocks = W.double(), blocks.double()
    count, size, _ = blocks.shape
    Q = blocks - blocks.mT
    norm = Q.flatten().norm()
    Q = Q * ((norm.clamp(max=alpha * len(W)) + 1e-8) / (norm + 1e-8))
    identity = torch.eye(size, dtype=torch.float64)
    R = weight * ((identity + Q) @ (identity - Q).inverse() - identity) + identity
    return torch.einsum("knm,knp->kmp", R, W.reshape(count, size, -1)).reshape(W.shape)


@pytest.mark.parametrize("alpha", [1e-3, 10.0])
@pytest.mark.parametrize("weight", [1.0, 0.7])
def test_oft_of_sd_scripts_turns_each_part_of_flux_by_itself(
    alpha: float, weight: float, tmp_path: Path
) -> None:
    tensors, base, wanted, apart = {}, {}, {}, {}
    for seed, (name, heights) in enumerate(OF_FLUX.items()):
        stacks = [random(2, rows // 2, rows // 2, seed=seed + rows + i) for i, rows in enumerate(heights)]
        flat = f"oft_unet_{name.replace('.', '_')}"
        ends = [f".{i}" for i in range(len(stacks))] if len(stacks) > 1 else [""]
        tensors |= {f"{flat}.oft_blocks{end}": each for end, each in zip(ends, stacks, strict=True)}
        tensors[f"{flat}.alpha"] = torch.tensor(alpha)
        parts = [random(rows, 8, seed=seed + 30 + i) for i, rows in enumerate(heights)]
        base[f"{name}.weight"] = torch.cat(parts)
        rotated = [oft_of_sd_scripts(W, S, alpha, weight).float() for W, S in zip(parts, stacks, strict=True)]
        wanted[f"{name}.weight"] = torch.cat(rotated)
        apart |= dict(zip(IN_DIFFUSERS[name], zip(parts, rotated, strict=True), strict=True))
    lora = saved(tmp_path / "oft.safetensors", tensors)
    (tmp_path / "original").mkdir()
    (tmp_path / "diffusers").mkdir()
    save_file(base, tmp_path / "original" / "b.safetensors")
    save_file({f"{k}.weight": W for k, (W, _) in apart.items()}, tmp_path / "diffusers" / "b.safetensors")
    wholes = {"original": wanted, "diffusers": {f"{k}.weight": each for k, (_, each) in apart.items()}}
    for layout, expected in wholes.items():
        merge(tmp_path / layout / "b.safetensors", f"{lora}:{weight}", tmp_path / f"m-{layout}", undo=False)
        merged = load_file(tmp_path / f"m-{layout}" / "b.safetensors")
        for key, each in expected.items():
            torch.testing.assert_close(merged[key], each, rtol=1e-5, atol=1e-6)


GLORA = {"a1.weight": (6, 2), "a2.weight": (2, 6), "b1.weight": (4, 2), "b2.weight": (2, 6)}


def parts(**shapes: tuple[int, ...]) -> dict[str, Tensor]:
    return {name.replace("__", "."): torch.ones(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"weight": torch.ones(4)}, "and no on_input"),
        (parts(weight=(4, 6), on_input=()), "the gains of IA3 are one vector"),
        (parts(oft_blocks=(2, 3, 2)), "blocks of OFT are square"),
        (parts(oft_blocks=(2, 2, 3, 3)), "blocks of BOFT have two halves"),
        (parts(oft_blocks__1=(2, 3, 3)), "the parts of OFT are counted"),
        (parts(oft_blocks=(2, 3, 3), rescale=(5, 1)), "a number for each row"),
        (parts(oft_blocks=(2, 3, 3), alpha=(2,)), "the limit of OFT"),
        (
            {part: torch.ones(shape) for part, shape in GLORA.items() if part != "b1.weight"},
            "and no b1.weight",
        ),
        ({part: torch.ones(GLORA[part][::-1]) for part in GLORA}, "numbers of inputs differ|ranks differ"),
    ],
)
def test_tensors_that_contradict_each_other_are_refused(
    tensors: dict[str, Tensor], reason: str, tmp_path: Path
) -> None:
    file = saved(tmp_path / "a.safetensors", {f"{NAME}.{part}": each for part, each in tensors.items()})
    with pytest.raises(DamagedFileError, match=reason):
        kohya.read(file)


@pytest.mark.parametrize("shape", [(2, 12, 12), (2, 4, 6, 6)])
@pytest.mark.parametrize("part", ["oft_blocks", "rescale"])
def test_a_nan_is_said_of_the_adapter(shape: tuple[int, ...], part: str, tmp_path: Path) -> None:
    """And not of the dtype, beyond whose range the result would be."""
    tensors = {"oft_blocks": torch.zeros(shape), "rescale": torch.ones(24, 1)}
    tensors[part].view(-1)[0] = torch.nan
    lora = saved(tmp_path / "a.safetensors", {f"{NAME}.{key}": each for key, each in tensors.items()})
    base = saved(tmp_path / "b.safetensors", {f"{PATH}.weight": torch.ones(24, 8)})
    with pytest.raises(NumericError, match=r"The adapter's factors of .* have a NaN or an infinity"):
        merge(base, lora, tmp_path / "m")


def test_a_bias_or_magnitudes_beside_them_are_refused(tmp_path: Path) -> None:
    for beside in ("diff_b", "dora_scale"):
        tensors = parts(oft_blocks=(2, 3, 3)) | {beside: torch.ones(6, 1)}
        file = saved(tmp_path / "a.safetensors", {f"{NAME}.{part}": each for part, each in tensors.items()})
        with pytest.raises(UnsupportedError, match=f"both {beside} and oft"):
            kohya.read(file)


def test_an_adapter_of_these_is_not_taken_for_a_model(tmp_path: Path) -> None:
    module = IA3Module(NAME, nn.Linear(24, 40))
    tensors = {f"{NAME}.{part}": each.detach().clone() for part, each in module.state_dict().items()}
    file = saved(tmp_path / "a.safetensors", tensors)
    assert kohya.recognise(file) == file
